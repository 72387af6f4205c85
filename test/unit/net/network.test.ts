import { rootCertificates } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { connectProxy } from '../../support/connect-proxy.ts';
import { createNetwork, type Network } from '../../../src/net/network.ts';

let network: Network | undefined;
afterEach(async () => {
  await network?.close();
  network = undefined;
});

const NEVER_ABORTED = new AbortController().signal;

const tunnelFor = (url: string, env: Record<string, string>) => {
  network = createNetwork({ env });
  return network.tunnel(url, NEVER_ABORTED);
};

describe('the tunnel of a WebSocket', () => {
  it('does not exist without a proxy', () => {
    expect(tunnelFor('wss://push.svc.ms/x', {})).toBeUndefined();
    expect(tunnelFor('wss://push.svc.ms/x', { HTTPS_PROXY: 'http://proxy:1', NO_PROXY: 'svc.ms' })).toBeUndefined();
  });

  it('uses the same proxy as the corresponding http or https URL', async () => {
    const proxy = await connectProxy();
    try {
      for (const [url, env] of [['https://push.svc.ms/x', { HTTPS_PROXY: `ada:p%w@127.0.0.1:${proxy.port}` }], ['ws://push.svc.ms/x', { HTTP_PROXY: `ada:p%w@127.0.0.1:${proxy.port}` }]] as const) {
        proxy.refusals.set('push.svc.ms:443', 403);
        const error = await new Promise((resolve) => { tunnelFor(url, env)?.({ host: 'push.svc.ms', port: 443 }, resolve); });
        expect(error).toMatchObject({ name: 'TunnelRefused', status: 403 });
      }
      const authorization = `Basic ${Buffer.from('ada:p%w').toString('base64')}`;
      expect(proxy.tunnels).toEqual([{ target: 'push.svc.ms:443', authorization }, { target: 'push.svc.ms:443', authorization }]);
    } finally {
      await proxy.close();
    }
  });
});

describe('with loopback addresses direct', () => {
  it.each(['https://localhost:8443', 'https://push.localhost:1', 'wss://127.0.0.1:1', 'http://[::1]:1'])('%s bypasses the proxy', (url) => {
    network = createNetwork({ env: { ALL_PROXY: 'http://proxy:1' }, loopbackDirect: true });
    expect(network.tunnel(url, NEVER_ABORTED)).toBeUndefined();
  });

  it('anything else uses it', () => {
    network = createNetwork({ env: { ALL_PROXY: 'http://proxy:1' }, loopbackDirect: true });
    expect(network.tunnel('wss://push.svc.ms', NEVER_ABORTED)).toBeDefined();
    expect(tunnelFor('wss://localhost:1', { ALL_PROXY: 'http://proxy:1' })).toBeDefined();
  });
});

it('trusts Node\'s roots, and one of its own if it has one', async () => {
  network = createNetwork({ env: {} });
  expect(network.secureContext).toBeUndefined();
  await network.close();
  network = createNetwork({ env: {}, extraCa: rootCertificates[0]! });
  expect(network.secureContext).toBeDefined();
});

it('fails a request with a usage error if the proxy is not a valid one', async () => {
  network = createNetwork({ env: { HTTPS_PROXY: 'socks5://proxy:1' } });
  const { createSend } = await import('../../../src/net/send.ts');
  await expect(createSend(network)({ method: 'GET', url: 'https://graph.test/' })).rejects.toMatchObject({ category: 'usage' });
});
