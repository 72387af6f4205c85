import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { createNetwork, type Network } from '../../../src/net/network.ts';

let network: Network | undefined;
afterEach(async () => {
  await network?.close();
  network = undefined;
});

const agentFor = (url: string, env: Record<string, string>) => {
  network = createNetwork({ env });
  return network.socketAgent(url);
};

describe('the agent of a WebSocket', () => {
  it('is none where there is no proxy', () => {
    expect(agentFor('wss://push.svc.ms/x', {})).toBeUndefined();
    expect(agentFor('wss://push.svc.ms/x', { HTTPS_PROXY: 'http://proxy:1', NO_PROXY: 'svc.ms' })).toBeUndefined();
  });

  it('goes through the proxy that its https twin would take', () => {
    for (const url of ['https://push.svc.ms/x', 'wss://push.svc.ms/x']) {
      const agent = agentFor(url, { HTTPS_PROXY: 'ada:p%w@proxy:3128' });
      expect(agent).toBeInstanceOf(HttpsProxyAgent);
      expect((agent as unknown as HttpsProxyAgent<string>).proxy.href).toBe('http://ada:p%25w@proxy:3128/');
    }
  });
});

it('trusts what Node trusts, unless there is a root of its own', () => {
  network = createNetwork({ env: {} });
  expect(network.secureContext).toBeUndefined();
});

it('ends a request with a usage error where the proxy cannot be one', async () => {
  network = createNetwork({ env: { HTTPS_PROXY: 'socks5://proxy:1' } });
  const { createSend } = await import('../../../src/net/send.ts');
  await expect(createSend(network)({ method: 'GET', url: 'https://graph.test/' })).rejects.toMatchObject({ category: 'usage' });
});
