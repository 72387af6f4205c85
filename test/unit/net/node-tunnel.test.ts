import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { tunnelThrough } from '../../../src/net/node-tunnel.ts';

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** A proxy by hand: `answers` gets each connection once the CONNECT has arrived. */
async function proxyThat(answers: (socket: Socket) => void) {
  const sockets: { socket: Socket; asked: string; closed: Promise<unknown> }[] = [];
  const arrived: (() => void)[] = [];
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      sockets.push({ socket, asked: data.toString(), closed: new Promise((resolve) => socket.once('close', resolve)) });
      answers(socket);
      for (const resolve of arrived.splice(0)) resolve();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    asked: () => new Promise<void>((resolve) => { arrived.push(resolve); }),
  };
}

const open = (proxy: string, signal = new AbortController().signal): Promise<Socket> =>
  new Promise((resolve, reject) => {
    tunnelThrough({ proxy, tls: undefined, secureContext: undefined, signal })({ host: 'push.example', port: 443 }, (error, socket) => {
      if (error === null) resolve(socket as Socket);
      else reject(error);
    });
  });

describe('a tunnel', () => {
  it('is requested with CONNECT, and is then the connection', async () => {
    const proxy = await proxyThat((socket) => { socket.write('HTTP/1.1 200 Connection established\r\n\r\n'); });
    const socket = await open(proxy.url.replace('//', '//ada:p%25w@'));
    expect(proxy.sockets[0]?.asked).toMatch(/^CONNECT push\.example:443 HTTP\/1\.1\r\n/);
    expect(proxy.sockets[0]?.asked.toLowerCase()).toContain(`proxy-authorization: basic ${Buffer.from('ada:p%w').toString('base64').toLowerCase()}\r\n`);
    socket.write('hello');
    expect(String((await once(proxy.sockets[0]!.socket, 'data'))[0])).toBe('hello');
    socket.destroy();
  });

  it.each([407, 403, 502])('that is refused with %i has that status, and Retry-After', async (status) => {
    const proxy = await proxyThat((socket) => { socket.end(`HTTP/1.1 ${status} No\r\nRetry-After: 3\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\npage`); });
    await expect(open(proxy.url)).rejects.toMatchObject({ name: 'TunnelRefused', status, retryAfter: '3, 7' });
    await proxy.sockets[0]?.closed;
  });

  it.each([
    ['closes', (socket: Socket) => { socket.end(); }],
    ['resets', (socket: Socket) => { socket.resetAndDestroy(); }],
    ['does not speak HTTP', (socket: Socket) => { socket.end('SSH-2.0-OpenSSH_9.6\r\n'); }],
    ['speaks first', (socket: Socket) => { socket.end('HTTP/1.1 200 OK\r\n\r\n<html>'); }],
    ['ends in the middle of its answer', (socket: Socket) => { socket.end('HTTP/1.1 200 OK\r\nVia: '); }],
  ])('through a proxy that %s fails, and leaves no socket open', async (_how, answers) => {
    const proxy = await proxyThat(answers);
    await expect(open(proxy.url)).rejects.toHaveProperty('message');
    await proxy.sockets[0]?.closed;
  });

  it('does not store endless headers of a proxy', async () => {
    let sent = 0;
    const flood = (socket: Socket): void => {
      while (!socket.destroyed && sent < 64 * 1024 * 1024) {
        const chunk = `X-Filler-${sent}: ${'x'.repeat(4_000)}\r\n`;
        sent += chunk.length;
        if (!socket.write(chunk)) {
          socket.once('drain', () => { flood(socket); });
          return;
        }
      }
    };
    const proxy = await proxyThat((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      flood(socket);
    });
    await expect(open(proxy.url)).rejects.toMatchObject({ code: 'HPE_HEADER_OVERFLOW' });
    await proxy.sockets[0]?.closed;
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it('belongs to its attempt, so a proxy that never answers leaves no socket behind', async () => {
    const proxy = await proxyThat(() => undefined);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const ended = new AbortController();
      const asked = proxy.asked();
      const opening = open(proxy.url, ended.signal);
      await asked;
      ended.abort();
      await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
      await proxy.sockets[attempt]?.closed;
    }
  });
});
