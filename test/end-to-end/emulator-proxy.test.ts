import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect as connectTls } from 'node:tls';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { RunningEmulator } from '../unit/emulator/support/running-emulator.ts';

let running: RunningEmulator;
beforeEach(async () => {
  running = await runEmulator({ alsoAnswer: ['graph.microsoft.com', 'login.microsoftonline.com'], proxyPort: 0 });
});
afterEach(() => running.close());

const proxyPort = (): string => new URL(running.emulator.proxyUrl ?? '').port;

async function connectTo(target: string): Promise<{ status: number | undefined; socket: Socket }> {
  const outgoing = request({ host: '127.0.0.1', port: proxyPort(), method: 'CONNECT', path: target }).end();
  const [response, socket] = (await once(outgoing, 'connect')) as [IncomingMessage, Socket];
  return { status: response.statusCode, socket };
}

it('leads to the emulator, which answers as the requested host', async () => {
  const { status, socket } = await connectTo('Graph.Microsoft.com:443');
  expect(status).toBe(200);
  const tls = connectTls({ socket, servername: 'graph.microsoft.com', ca: running.emulator.ca });
  await once(tls, 'secureConnect');
  tls.write(`GET /v1.0/me/drive HTTP/1.1\r\nHost: graph.microsoft.com\r\nAuthorization: Bearer ${running.emulator.admin.issueToken()}\r\nConnection: close\r\n\r\n`);
  let text = '';
  for await (const piece of tls.setEncoding('utf8')) text += String(piece);
  expect(text).toMatch(/^HTTP\/1\.1 200/);
  expect(text).toContain('"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#drives/$entity"');
});

it('also leads to the push host and to Graph by their own addresses', async () => {
  for (const url of [running.emulator.graphUrl, running.emulator.pushUrl]) {
    const { status, socket } = await connectTo(new URL(url).host);
    socket.destroy();
    expect(status).toBe(200);
  }
});

it.each(['example.com:443', 'graph.microsoft.com:80', 'localhost:22', '127.0.0.1:1', 'graph.microsoft.com', '', '[', 'graph.microsoft.com:443@example.com:443'])('does not lead to %j', async (target) => {
  const { status, socket } = await connectTo(target);
  socket.destroy();
  expect(status).toBe(403);
});

it('does not act as a plain HTTP proxy', async () => {
  const outgoing = request({ host: '127.0.0.1', port: proxyPort(), path: 'http://graph.microsoft.com/' }).end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.resume();
  expect(response.statusCode).toBe(405);
});

it('survives a client that disconnects midway, and closes its connections when it stops', async () => {
  const { socket: left } = await connectTo('graph.microsoft.com:443');
  left.resetAndDestroy();
  const { status, socket } = await connectTo('graph.microsoft.com:443');
  expect(status).toBe(200);
  socket.resume();
  await Promise.all([once(socket, 'close'), running.emulator.close()]);
});
