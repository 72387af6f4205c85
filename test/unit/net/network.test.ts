import { Agent as HttpsAgent } from 'node:https';
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
  it('connects directly where there is no proxy, with or without TLS', () => {
    expect(agentFor('wss://push.svc.ms/x', {})).toBeInstanceOf(HttpsAgent);
    expect(agentFor('wss://push.svc.ms/x', { HTTPS_PROXY: 'http://proxy:1', NO_PROXY: 'svc.ms' })).toBeInstanceOf(HttpsAgent);
    expect(agentFor('ws://push.test/x', {})).not.toBeInstanceOf(HttpsAgent);
  });

  it('goes through the proxy that its https twin would take', () => {
    for (const url of ['https://push.svc.ms/x', 'wss://push.svc.ms/x']) {
      const agent = agentFor(url, { HTTPS_PROXY: 'ada:p%w@proxy:3128' });
      expect(agent).toBeInstanceOf(HttpsProxyAgent);
      expect((agent as unknown as HttpsProxyAgent<string>).proxy.href).toBe('http://ada:p%25w@proxy:3128/');
    }
  });
});

describe('with loopback directly', () => {
  it.each(['https://localhost:8443', 'https://push.localhost:1', 'wss://127.0.0.1:1', 'http://[::1]:1'])('%s goes past the proxy', (url) => {
    network = createNetwork({ env: { ALL_PROXY: 'http://proxy:1' }, loopbackDirect: true });
    expect(network.socketAgent(url)).not.toBeInstanceOf(HttpsProxyAgent);
  });

  it('anything else goes through it', () => {
    network = createNetwork({ env: { ALL_PROXY: 'http://proxy:1' }, loopbackDirect: true });
    expect(network.socketAgent('wss://push.svc.ms')).toBeInstanceOf(HttpsProxyAgent);
    expect(agentFor('wss://localhost:1', { ALL_PROXY: 'http://proxy:1' })).toBeInstanceOf(HttpsProxyAgent);
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
