import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AnswerKind } from '../../../src/net/body.ts';
import { createNetwork, type Network } from '../../../src/net/network.ts';
import { createSend, type HttpResponse } from '../../../src/net/send.ts';

const MIB = 1024 * 1024;
/** What the system's socket buffers may hold beyond what was read. */
const BUFFERS = 16 * MIB;

let server: Server;
let network: Network;
let url: string;
let respond: RequestListener;
let connections: number;
beforeEach(async () => {
  connections = 0;
  server = createServer((request, response) => { respond(request, response); })
    .on('connection', () => { connections += 1; })
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  network = createNetwork({ env: {} });
});
afterEach(async () => {
  await network.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const ask = (answer: AnswerKind): Promise<HttpResponse> => createSend(network)({ method: 'GET', url, answer });

/** Sends endlessly, as fast as the client reads. Resolves with the number of bytes sent, once the client has disconnected. */
async function flood(response: ServerResponse, status: number): Promise<number> {
  const piece = Buffer.alloc(MIB, ' ');
  let bytes = 0;
  response.writeHead(status, { 'content-type': 'application/json' });
  const write = (): void => {
    bytes += piece.length;
    if (!response.destroyed) response.write(piece, write);
  };
  write();
  await once(response, 'close');
  return bytes;
}

describe('an endless answer', () => {
  it.each([
    ['graph', 32, /sent a Graph response larger than 32768 KiB/], ['token', 1, /sent a token response larger than 1024 KiB/],
    ['discovery', 0, /sent a discovery document larger than 256 KiB/],
  ] as const)('is read only up to the limit for a %s answer', async (kind, mib, message) => {
    let sent: Promise<number> | undefined;
    respond = (_request, response) => { sent = flood(response, 200); };
    await expect(ask(kind)).rejects.toMatchObject({ category: 'network', code: 'answerTooLong', message: expect.stringMatching(message) });
    expect(await sent).toBeLessThan(mib * MIB + BUFFERS);
  });

  it.each(['graph', 'token', 'discovery'] as const)('is dropped if it is an error (%s), whose status still counts', async (kind) => {
    let sent: Promise<number> | undefined;
    respond = (_request, response) => { sent = flood(response, 503); };
    expect(await ask(kind)).toMatchObject({ status: 503, body: '', bodyDropped: true });
    expect(await sent).toBeLessThan(BUFFERS);
  });

  it('does not matter if only the status is needed', async () => {
    let sent: Promise<number> | undefined;
    respond = (_request, response) => { sent = flood(response, 200); };
    expect(await ask('status')).toMatchObject({ status: 200, body: '' });
    expect(await sent).toBeLessThan(BUFFERS);
  });
});

describe('if only the status is needed', () => {
  it.each([200, 500])('a body that is cut off or never comes does not matter (%d)', async (status) => {
    respond = (_request, response) => {
      response.writeHead(status, { 'content-length': '1000' });
      response.write('four', () => { response.destroy(); });
    };
    expect(await ask('status')).toMatchObject({ status, body: '' });
    respond = (_request, response) => { response.writeHead(status, { 'content-length': '1000' }).flushHeaders(); };
    expect(await ask('status')).toMatchObject({ status, body: '' });
  });

  it('the connection is reused after a short body', async () => {
    respond = (_request, response) => { response.end('ok'); };
    for (let n = 0; n < 3; n += 1) {
      await ask('status');
      await new Promise((resolve) => { setImmediate(resolve); });
    }
    expect(connections).toBe(1);
  });
});

it('reads an answer of exactly the limit, and splits no character', async () => {
  const text = 'ü'.repeat(MIB / 2);
  respond = (_request, response) => { response.end(text); };
  expect((await ask('token')).body).toBe(text);
  respond = (_request, response) => { response.end(`${text}!`); };
  await expect(ask('token')).rejects.toMatchObject({ code: 'answerTooLong' });
});

it.each([['{},', 3], ['0,', 2], ['[', 1]])('refuses a long answer of nothing but small values (%s…), which would take far more memory than its length', async (piece, length) => {
  const most = 1_000_000;
  respond = (_request, response) => { response.end(`"${'x'.repeat(5 * MIB)}"${piece.repeat(most)}`); };
  await expect(ask('graph')).rejects.toMatchObject({ category: 'network', code: 'answerTooLong', message: expect.stringMatching(/sent a Graph response with more than 1000000 values/) });
  const few = `"${'x'.repeat(5 * MIB)}"${piece.repeat(most / 2 - 1)}`;
  respond = (_request, response) => { response.end(few); };
  expect((await ask('graph')).body).toHaveLength(few.length);
  const short = piece.repeat((4 * MIB) / length - 1);
  respond = (_request, response) => { response.end(short); };
  expect((await ask('graph')).body).toHaveLength(short.length);
});

it.each([
  ['nothing', []], ['ASCII', [0x7b, 0x7f, 0x7d]], ['UTF-8', [...Buffer.from('{"ü":"文😀"}')]], ['bytes that are not UTF-8', [0x22, 0xe9, 0xff, 0x22]],
  ['a byte order mark', [0xef, 0xbb, 0xbf, 0x7b, 0x7d]], ['a zero', [0x61, 0x00, 0x62]],
])('reads %s as UTF-8', async (_what, bytes) => {
  respond = (_request, response) => { response.end(Buffer.from(bytes)); };
  expect((await ask('graph')).body).toBe(new TextDecoder().decode(Buffer.from(bytes)));
});
