import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createNetwork, type Network } from '../../../src/net/network.ts';
import { proxyClient } from '../../../src/net/undici-tunnel.ts';
import { createSend } from '../../../src/net/send.ts';

let server: Server;
let network: Network;
let connections: number;
let act: (socket: Socket) => void;
beforeEach(async () => {
  connections = 0;
  server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    act(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  network = createNetwork({ env: { ALL_PROXY: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } });
});
afterEach(async () => {
  await network.close();
  server.close();
  await once(server, 'close');
});

const after = (answer: string) => (socket: Socket): void => {
  socket.once('data', () => socket.end(answer));
};

describe.each(['https://graph.test/', 'http://hook.test/'])('a proxy on the way to %s', (url) => {
  it.each([
    ['hangs up at once', (socket: Socket) => { socket.destroy(); }],
    ['takes the CONNECT and hangs up', after('')],
    ['hangs up in the middle of its answer', after('HTTP/1.1 200')],
    ['hangs up before its final answer', after('HTTP/1.1 100 Continue\r\n\r\n')],
    ['answers with its own page', after('HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n<h1>Hi.</h1>')],
  ])('that %s is a failure, and is tried once', async (_how, does) => {
    act = does;
    await expect(createSend(network)({ method: 'GET', url })).rejects.toMatchObject({
      category: 'network', code: 'ECONNRESET', message: expect.stringMatching(/^(graph|hook)\.test could not be reached: the proxy http:\/\/\S+ \(\w+\) opened no tunnel: \w/) as unknown,
    });
    expect(connections).toBe(1);
  });
});

it('reports that a proxy did not answer, and how long it had', async () => {
  act = (socket) => { socket.resume(); };
  const { port } = server.address() as AddressInfo;
  const client = proxyClient({}, 1);
  await expect(client.connect({ origin: `http://127.0.0.1:${port}`, path: 'graph.test:443' })).rejects.toMatchObject({
    code: 'UND_ERR_HEADERS_TIMEOUT', message: 'the proxy opened no tunnel: it did not answer within 1 ms',
  });
  await client.destroy();
});
