import { once } from 'node:events';
import { request, type IncomingHttpHeaders } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startBinary, type Running } from '../support/binary.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';

const TOKEN = 'a-long-token-of-the-tests';

let drive: EmulatedDrive;
let running: Running[] = [];
let sockets: Socket[] = [];
beforeEach(async () => {
  drive = await emulatedDrive();
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const one of running) one.process.kill('SIGKILL');
  await Promise.all(running.map(({ done }) => done));
  running = [];
  sockets = [];
  await drive.close();
});

interface Served extends Running {
  url: string;
  port: number;
}

/** Starts the real binary, serving at a free port; resolves once it is connected. */
async function serve(args: readonly string[] = [], env: Record<string, string> = {}, { address = '0' } = {}): Promise<Served> {
  const watch = startBinary(['watch', 'me', '--changes', '--json', '--lifecycle', '--serve', address, ...args], { env: { ...drive.env, ...env } });
  running.push(watch);
  await watch.until('stdout', '"ready"');
  const [url = '', port = ''] = /http:\/\/[^ ]*:(\d+)\//.exec(watch.stderr) ?? [];
  return Object.defineProperties(watch, { url: { value: url }, port: { value: Number(port) } }) as Served;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

function ask({ port }: Served, path: string, { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      incoming.on('end', () => { resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }); });
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A connection on which a test can write anything. */
async function raw({ port }: Served): Promise<Socket & { text: string }> {
  const socket = Object.assign(connect(port, '127.0.0.1'), { text: '' });
  sockets.push(socket);
  socket.setEncoding('utf8').on('data', (piece) => (socket.text += String(piece)));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Resolves once the received text contains this. */
async function until(socket: Socket & { text: string }, wanted: string): Promise<void> {
  while (!socket.text.includes(wanted)) await once(socket, 'data');
}

async function events(served: Served, query = '', headers: Record<string, string> = {}): Promise<Socket & { text: string }> {
  const socket = await raw(served);
  socket.write(`GET /events${query} HTTP/1.1\r\nHost: localhost\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  await until(socket, 'retry: 2000');
  return socket;
}

const pathsIn = ({ text }: { text: string }): string[] => [...text.matchAll(/^data: (\{"type":"change".*)$/gm)].map(([, data = '']) => (JSON.parse(data) as { item: { path: string } }).item.path);

describe('a watch that is served', () => {
  it('answers probes, reports its state, and serves the same events as on stdout', async () => {
    const served = await serve();
    expect(served.stderr).toContain(`Serving at http://127.0.0.1:${served.port}/`);
    expect(await ask(served, '/healthz')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    const reader = await events(served, '?recent=all');
    drive.write('one.txt', 'one');
    await until(reader, 'one.txt');
    expect(JSON.parse((await ask(served, '/readyz')).text)).toEqual({ ready: true, targets: 1, connected: 1 });
    expect((await ask(served, '/readyz?min=2')).status).toBe(503);
    expect((await ask(served, '/readyz?min=x')).status).toBe(400);
    const state = JSON.parse((await ask(served, '/state')).text) as Record<string, unknown>;
    expect(state).toMatchObject({
      mode: 'changes', ready: true, totals: { events: 1, changes: { created: 1 } }, events: { remembered: 2, readers: 1 },
      targets: [{ target: 'me', state: 'connected', caughtUp: true, events: 1, reconnects: 0, gaps: 0 }], recent: [{ type: 'ready', target: 'me' }],
    });
    const records = [...reader.text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => data);
    expect(records).toEqual(served.stdout.trim().split('\n'));
    served.process.kill('SIGTERM');
    // The end comes at once, and readers are told why.
    await until(reader, 'event: closing\ndata: {"type":"closing","reason":"stopped (SIGTERM)"}\n\n');
    expect(reader.text).toContain('"type":"end"');
    expect((await served.done).code).toBe(143);
  });

  it('continues for a reader that reconnects, or reports that something may be missing', async () => {
    const served = await serve();
    const first = await events(served);
    drive.write('one.txt', 'one');
    await until(first, 'one.txt');
    const [, id = ''] = /^id: ([0-9a-f]{32})\ndata: \{"type":"change"/m.exec(first.text) ?? [];
    first.destroy();
    drive.write('two.txt', 'two');
    await served.until('stdout', 'two.txt');
    const again = await events(served, '', { 'Last-Event-ID': id });
    await until(again, 'two.txt');
    expect(pathsIn(again)).toEqual(['/two.txt']);
    expect(again.text).not.toContain('missed');
    const stranger = await events(served, '?lastEventId=of-another-run');
    await until(stranger, 'two.txt');
    expect(stranger.text).toContain('event: missed\ndata: {"type":"missed","reason":"unknown-id"');
    expect(pathsIn(stranger)).toEqual(['/one.txt', '/two.txt']);
  });

  it('filters what a reader gets, and sends CloudEvents if requested', async () => {
    const served = await serve();
    const [docs, cloud] = [await events(served, '?path=/docs/**&type=change'), await events(served, '?format=cloudevents&only=files')];
    drive.write('other.txt', '1');
    await served.until('stdout', 'other.txt');
    drive.write('docs/one.txt', '1');
    await until(docs, 'docs/one.txt');
    await until(cloud, 'docs/one.txt');
    expect(pathsIn(docs)).toEqual(['/docs', '/docs/one.txt']);
    const [, id = '', data = '{}'] = /^id: (.*)\ndata: (.*other\.txt.*)$/m.exec(cloud.text) ?? [];
    expect(JSON.parse(data)).toMatchObject({ specversion: '1.0', id, type: 'dev.graph-watch.change.created', data: { type: 'change' } });
    const bad = await ask(served, '/events?path=[z-a]');
    expect([bad.status, JSON.parse(bad.text)]).toEqual([400, { error: expect.stringContaining('is not a valid glob'), hint: expect.any(String) }]);
    for (const query of ['change=eaten', 'only=both', 'nonsense=1']) expect((await ask(served, `/events?${query}`)).status).toBe(400);
  });

  it('survives malformed requests, and refuses those not meant for it', async () => {
    const served = await serve();
    const refused: [string, Parameters<typeof ask>[2], number][] = [
      ['/state', { headers: { host: 'evil.example' } }, 421], ['/healthz', { headers: { host: 'evil.example' } }, 421],
      ['/state', { headers: { origin: 'http://evil.example' } }, 403], ['/events', { headers: { 'sec-fetch-site': 'cross-site' } }, 403],
      ['/nothing', {}, 404], ['/../../etc/passwd', {}, 404], ['/assets/..%2f..%2fpackage.json', {}, 404], ['//evil.example/state', {}, 404], ['/state/', {}, 404], ['/%00', {}, 404], ['/%E0%A4%A', {}, 404],
      ['/state', { method: 'POST', body: 'x' }, 405], ['/events', { method: 'DELETE' }, 405], ['/healthz', { method: 'PUT', body: '{}' }, 405], ['/state', { method: 'OPTIONS' }, 405],
      ['/state', { headers: { 'x-long': 'x'.repeat(20_000) } }, 431], ['/events?recent=-1', {}, 400],
    ];
    for (const [path, options, status] of refused) {
      const answer = await ask(served, path, options);
      expect({ path, options, status: answer.status }).toEqual({ path, options, status });
    }
    expect((await ask(served, '/events', { method: 'HEAD' })).status).toBe(200);
    const noise = ['\0\x01\x02', 'GET\r\n\r\n', 'GET /state HTTP/1.1\r\n\r\n', 'GET http://evil.example/state HTTP/1.1\r\nHost: localhost\r\n\r\n', 'TRACE /state HTTP/1.1\r\nHost: localhost\r\n\r\n', `POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n${'x'.repeat(10_000)}`, 'GET /state HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n'];
    for (const text of noise) {
      const socket = await raw(served);
      socket.write(text);
      await Promise.race([once(socket, 'data'), once(socket, 'close')]);
      expect(socket.text).not.toMatch(/^HTTP\/1\.1 [25]/);
    }
    const { headers } = await ask(served, '/state');
    expect(headers).toMatchObject({ 'content-security-policy': expect.stringContaining("default-src 'none'"), 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'cross-origin-resource-policy': 'same-origin' });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    drive.write('after.txt', 'x');
    await served.until('stdout', 'after.txt');
    expect(served.stderr).not.toContain('warning');
  });

  it('limits readers and connections, even if clients hold them open', async () => {
    const served = await serve();
    const idle = await Promise.all(Array.from({ length: 100 }, () => raw(served)));
    for (const socket of idle) socket.write('GET /state HTTP/1.1\r\nHost: local');
    const readers: Socket[] = [];
    for (let count = 0; count < 50; count += 1) readers.push(await events(served));
    const tooMany = await ask(served, '/events');
    expect([tooMany.status, tooMany.headers['retry-after']]).toEqual([503, '10']);
    expect((await ask(served, '/healthz')).status).toBe(200);
    const many = await Promise.all(Array.from({ length: 200 }, () => raw(served)));
    await Promise.race(many.map((socket) => once(socket, 'close')));
    drive.write('meanwhile.txt', 'x');
    await served.until('stdout', 'meanwhile.txt');
    served.process.kill('SIGTERM');
    expect((await served.done).code).toBe(143);
  });

  it('does not wait for a reader that does not read', async () => {
    const served = await serve();
    const slow = await events(served, '?recent=all');
    slow.pause();
    for (let count = 0; count < 300; count += 1) drive.write(`many/${'a-rather-long-name-'.repeat(8)}${count}.txt`, 'x');
    await served.until('stdout', '299.txt');
    expect((await ask(served, '/healthz')).status).toBe(200);
    served.process.kill('SIGTERM');
    expect((await served.done).code).toBe(143);
  });
});

describe('a token', () => {
  it('is needed for everything but probes, and is never shown', async () => {
    const served = await serve(['--debug'], { GRAPH_WATCH_SERVE_TOKEN: TOKEN }, { address: '0.0.0.0:0' });
    const bearer = { authorization: `Bearer ${TOKEN}` };
    for (const path of ['/healthz', '/readyz', '/login', '/assets/login.css']) expect((await ask(served, path)).status).toBe(200);
    const texts: string[] = [];
    for (const path of ['/state', '/metrics', '/events', '/', '/nothing']) {
      const [none, wrong] = [await ask(served, path), await ask(served, path, { headers: { authorization: 'Bearer wrong-wrong-wrong' } })];
      expect([path, none.status, wrong.status]).toEqual([path, 401, 401]);
      texts.push(none.text, wrong.text);
    }
    for (const path of ['/state', '/metrics', '/']) texts.push((await ask(served, path, { headers: bearer })).text);
    expect((await ask(served, '/state', { headers: { ...bearer, host: 'watch.example.org' } })).status).toBe(200);
    expect((await ask(served, '/state', { headers: { ...bearer, origin: 'http://evil.example' } })).status).toBe(403);
    expect((await ask(served, '/?token=' + TOKEN)).status).toBe(401);
    served.process.kill('SIGTERM');
    const { stdout, stderr } = await served.done;
    for (const text of [...texts, stdout, stderr]) for (const secret of [TOKEN, drive.token]) expect(text).not.toContain(secret);
  });

  it('signs a browser in with a form, and a cookie that scripts cannot read', async () => {
    const served = await serve([], { GRAPH_WATCH_SERVE_TOKEN: TOKEN });
    const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    const wrong = await ask(served, '/login', { ...form, body: 'token=wrong' });
    expect([wrong.status, wrong.headers['set-cookie']]).toEqual([401, undefined]);
    expect((await ask(served, '/login', { ...form, headers: { ...form.headers, origin: 'http://evil.example' }, body: `token=${TOKEN}` })).status).toBe(403);
    expect((await ask(served, '/login', { ...form, body: `token=${'x'.repeat(5_000)}` })).status).toBe(413);
    const right = await ask(served, '/login', { ...form, body: `token=${TOKEN}` });
    const [cookie = ''] = right.headers['set-cookie'] ?? [];
    expect([right.status, right.headers.location]).toEqual([303, '/']);
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(TOKEN);
    const [pair = ''] = cookie.split(';');
    expect((await ask(served, '/state', { headers: { cookie: pair } })).status).toBe(200);
    expect((await ask(served, '/state', { headers: { cookie: `${pair}x` } })).status).toBe(401);
  });
});

it('a port that is in use is a usage error, before anything is sent', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const before = drive.running.emulator.admin.issueToken();
  const watch = startBinary(['watch', 'me', '--serve', String(port)], { env: { ...drive.env, GRAPH_WATCH_TOKEN: before } });
  expect(await watch.done).toEqual({ code: 2, stdout: '', stderr: `error: Cannot serve at 127.0.0.1:${port}: the port is already in use.\nChoose another port, or 0 for any free one.\n` });
  taken.close();
});

it('a command does not see the token', async () => {
  const watch = startBinary(['watch', 'me', '--changes', '-n', '1', '--lifecycle', '--serve', '0', '--', 'sh', '-c', 'env'], { env: { ...drive.env, GRAPH_WATCH_SERVE_TOKEN: TOKEN } });
  running.push(watch);
  await watch.until('stdout', '"ready"');
  drive.write('one.txt', 'one');
  const { code, stdout, stderr } = await watch.done;
  expect(code).toBe(0);
  expect(stdout + stderr).toContain('GRAPH_WATCH_EVENT_PATH=/one.txt');
  expect(stdout + stderr).not.toContain(TOKEN);
});
