import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../src/main.ts';
import { startBinary } from '../support/binary.ts';
import { connectProxy, type ConnectProxy } from '../support/connect-proxy.ts';
import { fakeGraph, type FakeGraph, type GraphAnswer, type GraphScript, type PushConnection, type PushScript } from '../support/fake-graph.ts';
import { fakeSurroundings, type FakeSurroundings } from '../support/fake-surroundings.ts';

const TOKEN = 'opaque-GRAPH-secret.0/1+2=';
/** As in the URL: partly percent-encoded, as the real one is passed on. */
const PUSH_TOKEN = 'w1-PUSH-secret-a+b%2Bc%2Fd';
const APPLICATION = 'application-secret-9188040d';
const PASSWORD = 'proxy-PASSWORD-secret';

/** The forms in which a secret may turn up. */
const SECRETS = [TOKEN, PUSH_TOKEN, APPLICATION, PASSWORD].flatMap((secret) => [
  secret, encodeURIComponent(secret), decodeURIComponent(secret), new URLSearchParams(`t=${secret}`).get('t')!, Buffer.from(secret).toString('base64'),
]).concat(Buffer.from(`ada:${PASSWORD}`).toString('base64'));
/** Every way in which a text may mention the secrets. */
const ECHO = `token ${TOKEN}, "Bearer ${TOKEN}", /socket.io/?token=${PUSH_TOKEN}&applicationId=${APPLICATION}&EIO=4`;
/** What only a peer that has had the URL can repeat, in every form. */
const URL_ECHO = `${ECHO}, ${PUSH_TOKEN} and ${decodeURIComponent(PUSH_TOKEN)}`;

let graph: FakeGraph;
let folder: string;
let proxy: ConnectProxy | undefined;
beforeEach(async () => {
  graph = await fakeGraph();
  folder = mkdtempSync(join(tmpdir(), 'graph-watch-'));
});
afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
  await graph.close();
  rmSync(folder, { recursive: true, force: true });
});

const notificationUrl = (): string => `${graph.pushUrl}/notifications?token=${PUSH_TOKEN}&applicationId=${APPLICATION}`;
const endpoint = (more: GraphAnswer = {}): GraphAnswer => ({ notificationUrl: notificationUrl(), ...more });
const env = (): Record<string, string> => ({ GRAPH_WATCH_TOKEN: TOKEN, GRAPH_WATCH_GRAPH_URL: graph.url });

function expectNoSecret(text: string): void {
  for (const secret of SECRETS) expect(text).not.toContain(secret);
}

function start(argv: readonly string[], more: Record<string, string> = {}): FakeSurroundings & { done: Promise<number> } {
  const surroundings = fakeSurroundings({ env: { ...env(), ...more }, random: () => 0.001 });
  return Object.assign(surroundings, { done: main([...argv, '--debug'], surroundings) });
}

/** Runs a watch into the prepared failure, ends it, and returns everything that it wrote. */
async function outputOf(strike?: (connection: PushConnection) => void): Promise<string> {
  // After the failure, everything is as before it.
  for (let i = 0; i < 5; i += 1) graph.answers.push(endpoint());
  const s = start(['watch', 'me', '--lifecycle', '--json']);
  if (strike !== undefined) {
    const connection = await graph.connection(0);
    await s.stdout.until('"ready"');
    strike(connection);
  }
  await Promise.race([s.done, s.stdout.until('"reconnecting"')]);
  s.raise('SIGINT');
  await s.done;
  expect(s.stdout.text + s.stderr.text).toMatch(/reconnecting|error:/);
  return s.stdout.text + s.stderr.text;
}

const failed = (status: number, headers: Record<string, string> = {}): GraphAnswer => ({
  status, headers: { 'request-id': `r-${TOKEN}`, ...headers }, body: { error: { code: `c-${TOKEN}`, message: ECHO, innerError: { code: ECHO, 'request-id': ECHO } } },
});

describe('no secret is printed, although the service repeats it, when', () => {
  it.each<[string, () => GraphScript[]]>([
    ['Graph answers 400', () => [failed(400)]],
    ['Graph refuses the token', () => [failed(401)]],
    ['Graph refuses the drive', () => [failed(403)]],
    ['Graph knows no such drive', () => [failed(404)]],
    ['Graph asks for a pause', () => [failed(429, { 'retry-after': '0' })]],
    ['Graph is broken', () => [failed(500)]],
    ['Graph\'s answer is not JSON', () => [{ status: 502, body: ECHO }]],
    ['Graph redirects', () => [{ status: 302, headers: { location: `https://elsewhere.example/?${ECHO}` }, body: '' }]],
    ['Graph hangs up', () => ['reset']],
    ['the answer has no URL', () => [{ body: { id: ECHO } }]],
    ['the URL is not valid', () => [{ notificationUrl: `https://[${PUSH_TOKEN}` }]],
    ['the URL is not https', () => [{ notificationUrl: `http://push.example/n?token=${PUSH_TOKEN}` }]],
    ['the URL has another scheme', () => [{ notificationUrl: `ftp://ada:${PASSWORD}@push.example/n?token=${PUSH_TOKEN}` }]],
    ['the push host does not exist', () => [{ notificationUrl: `https://ada:${PASSWORD}@push.invalid/n?token=${PUSH_TOKEN}` }]],
    ['nothing listens at the push host', () => [{ notificationUrl: `http://127.0.0.1:1/n?token=${PUSH_TOKEN}` }]],
    ['the push host does not speak TLS', () => [{ notificationUrl: notificationUrl().replace('http:', 'https:') }]],
  ])('%s', async (_name, answers) => {
    graph.answers.push(...answers());
    expectNoSecret(await outputOf());
  });

  it.each<[string, PushScript]>([
    ['the push host refuses the handshake', { status: 401, headers: { 'www-authenticate': URL_ECHO } }],
    ['the push host redirects', { status: 302, headers: { location: `https://elsewhere.example/?token=${PUSH_TOKEN}` } }],
    ['the push host hangs up', 'reset'],
    ['the namespace is not known', 'invalid-namespace'],
    ['the acknowledgement is from an old server', 'no-sid'],
    ['the handshake is garbage', { open: `garbage ${URL_ECHO}` }],
    ['the handshake is incomplete', { open: `0${JSON.stringify({ sid: URL_ECHO })}` }],
    ['the handshake is cut off', { open: `0{"sid":"${PUSH_TOKEN}` }],
  ])('%s', async (_name, script) => {
    graph.pushes.push(script);
    expectNoSecret(await outputOf());
  });

  it.each<[string, (connection: PushConnection) => void]>([
    ['the server ends the session', (c) => { c.disconnect(); }],
    ['the WebSocket is closed with a reason', (c) => { c.close(1011, URL_ECHO.slice(0, 120)); }],
    ['the connection is reset', (c) => { c.reset(); }],
    ['the namespace is revoked', (c) => { c.send(`44/notifications,${JSON.stringify({ message: URL_ECHO, data: { url: URL_ECHO } })}`); }],
    ['a frame is garbage', (c) => { c.send(`4${URL_ECHO}`); }],
    ['an event is cut off', (c) => { c.send(`42/notifications,["${URL_ECHO.slice(0, 60)}`); }],
    ['the frame is not a WebSocket frame', (c) => { (c.webSocket as unknown as { _socket: NodeJS.WritableStream })._socket.write(URL_ECHO); }],
  ])('%s', async (_name, strike) => {
    expectNoSecret(await outputOf(strike));
  });

  it('the renewal fails', async () => {
    graph.answers.push(endpoint({ lifetimeMs: 700 }), failed(500), failed(403));
    const s = start(['watch', 'me']);
    await s.stderr.until('couldn\'t renew the endpoint');
    s.raise('SIGINT');
    await s.done;
    expectNoSecret(s.stdout.text + s.stderr.text);
  });

  it('the token file does not contain a token', async () => {
    const path = join(folder, 'token');
    for (const content of [`${TOKEN} ${PUSH_TOKEN}`, `${TOKEN}\n${TOKEN}`, `${TOKEN}ü`, `"${TOKEN}\u0000"`]) {
      writeFileSync(path, content);
      const s = start(['watch', 'me'], { GRAPH_WATCH_TOKEN: '', GRAPH_WATCH_TOKEN_FILE: path });
      expect(await s.done).toBe(3);
      expectNoSecret(s.stdout.text + s.stderr.text);
    }
  });

  it('stdout fails, --timeout is reached, or the watch is interrupted', async () => {
    const outputs: string[] = [];
    for (const end of [
      (s: FakeSurroundings, c: PushConnection) => {
        s.stdout.breakWith('ENOSPC');
        c.notify('x');
      },
      (s: FakeSurroundings) => { s.raise('SIGINT'); },
      (_s: FakeSurroundings, c: PushConnection) => { c.notify('x'); },
    ]) {
      graph.answers.push(endpoint());
      const s = start(['watch', 'me', '-n', '1']);
      end(s, await graph.connection(outputs.length));
      await s.done;
      outputs.push(s.stdout.text + s.stderr.text);
    }
    expectNoSecret(outputs.join(''));
  });
});

describe('no secret is printed by the real binary', () => {
  /** Makes libraries print debug output. */
  const LOUD = { DEBUG: '*' };

  it('when it is disconnected, refused and interrupted, with --debug and any value of DEBUG', async () => {
    graph.answers.push(failed(500), endpoint(), endpoint(), endpoint());
    graph.pushes.push({ status: 503 }, 'accept', 'invalid-namespace', 'accept');
    const run = startBinary(['watch', 'me', '--lifecycle', '--debug'], { env: { ...env(), ...LOUD, NODE_OPTIONS: '--import=data:text/javascript,Math.random=()=>0.001' } });
    const first = await graph.connection(0);
    await run.until('stdout', '"ready"');
    first.disconnect();
    await graph.until(() => graph.connections.length > 2);
    run.process.kill('SIGINT');
    const { stdout, stderr } = await run.done;
    expect(stdout).toMatch(/"ready".*\n(.*\n)*.*"reconnecting"/);
    expectNoSecret(stdout + stderr);
  });

  it('when a proxy fails in any way', async () => {
    proxy = await connectProxy();
    const { host } = new URL(graph.url);
    for (const refusal of [407, 403, 502]) {
      proxy.refusals.set(host, refusal);
      const { code, stdout, stderr } = await startBinary(['endpoint', 'me', '--debug'], { env: { ...env(), ...LOUD, HTTP_PROXY: `http://ada:${PASSWORD}@127.0.0.1:${proxy.port}` } }).done;
      expect(code).toBe(4);
      expectNoSecret(stdout + stderr);
    }
    proxy.refusals.clear();
    proxy.refusals.set(new URL(graph.pushUrl).host, 407);
    graph.answers.push(endpoint());
    const run = startBinary(['watch', 'me', '--debug'], { env: { ...env(), ...LOUD, HTTP_PROXY: `ada:${PASSWORD}@127.0.0.1:${proxy.port}` } });
    const { stdout, stderr } = await run.done;
    expect(stderr).toContain('HTTP 407');
    expectNoSecret(stdout + stderr);
    const { port } = proxy;
    await proxy.close();
    for (const HTTP_PROXY of [`http://ada:${PASSWORD}@127.0.0.1:${port}`, `socks5://ada:${PASSWORD}@127.0.0.1:1`, `http://ada:${PASSWORD}@127.0.0.1:port`]) {
      const gone = await startBinary(['endpoint', 'me', '--debug'], { env: { ...env(), ...LOUD, HTTP_PROXY } }).done;
      expect([2, 4]).toContain(gone.code);
      expectNoSecret(gone.stdout + gone.stderr);
    }
  });
});

it('except for endpoint, which prints Graph\'s answer unchanged on stdout, and still no secret on stderr', async () => {
  graph.answers.push(endpoint());
  const s = start(['endpoint', 'me']);
  expect(await s.done).toBe(0);
  expect(JSON.parse(s.stdout.text)).toMatchObject({ notificationUrl: notificationUrl() });
  expect(s.stderr.text).toContain('debug: GET /v1.0/me/drive/root/subscriptions/socketIo 200');
  expectNoSecret(s.stderr.text);
  expect(s.stdout.text).not.toContain(TOKEN);
});
