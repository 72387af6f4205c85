import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openSocket } from '../../../src/stream/socket.ts';

let close: (() => void) | undefined;
afterEach(() => {
  close?.();
  close = undefined;
});

describe('openSocket', () => {
  it('leaves nothing behind when it is told to stop in the middle of a handshake', async () => {
    const reached = new AbortController();
    const server = createServer((socket) => {
      socket.once('data', () => { reached.abort(); });
    }).listen(0, '127.0.0.1');
    close = () => { server.close(); };
    await new Promise((resolve) => server.once('listening', resolve));
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/notifications?token=x`);

    const opening = openSocket(url, { agent: undefined, secureContext: undefined, now: Date.now, debug: () => undefined }, reached.signal);
    await expect(opening).rejects.toMatchObject({ category: 'network' });
    // The crash this shows came from a listener of the signal, outside of any promise.
    await new Promise((resolve) => setImmediate(resolve));
  });
});
