import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { handshakeUrl } from '../../../src/stream/transport.ts';

describe('the handshake\'s URL', () => {
  it.each([
    ['https://3-westeurope1.pushp.svc.ms/notifications?token=w1-abc', 'wss://3-westeurope1.pushp.svc.ms/socket.io/?token=w1-abc&EIO=4&transport=websocket'],
    ['https://host:8443/zbaehwg/callback?snthgk=1&b=2', 'wss://host:8443/socket.io/?snthgk=1&b=2&EIO=4&transport=websocket'],
    ['https://host/notifications', 'wss://host/socket.io/?EIO=4&transport=websocket'],
    ['https://host/notifications?', 'wss://host/socket.io/?EIO=4&transport=websocket'],
    ['http://127.0.0.1:1/n?token=a+b%2Bc%20d', 'ws://127.0.0.1:1/socket.io/?token=a+b%2Bc%20d&EIO=4&transport=websocket'],
    ['https://[::1]:1/n?t=1#fragment', 'wss://[::1]:1/socket.io/?t=1&EIO=4&transport=websocket'],
    ['wss://host/n?t=1', 'wss://host/socket.io/?t=1&EIO=4&transport=websocket'],
    ['ws://localhost/n?t=1', 'ws://localhost/socket.io/?t=1&EIO=4&transport=websocket'],
    ['https://user:password@host/n?t=1', 'wss://host/socket.io/?t=1&EIO=4&transport=websocket'],
  ])('of %s is %s', (endpoint, url) => {
    expect(handshakeUrl(new URL(endpoint))).toBe(url);
  });

  it('has the endpoint\'s query unchanged, whatever it contains', () => {
    fc.assert(fc.property(fc.webQueryParameters(), fc.string(), (query, more) => {
      const endpoint = new URL(`https://host/n?${query}&${more}`);
      const url = handshakeUrl(endpoint);
      expect(url).toBe(`wss://host/socket.io/${endpoint.search}&EIO=4&transport=websocket`);
      expect(new URL(url).search.startsWith(endpoint.search)).toBe(true);
    }));
  });
});
