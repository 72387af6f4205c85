import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { emulatorFilePath } from '../../src/app/emulator-file.ts';
import { main } from '../../src/main.ts';
import { realClock, type Clock } from '../../src/surroundings.ts';
import { startBinary } from '../support/binary.ts';
import { certificateFor, type TestCertificate } from '../support/certificate.ts';
import { connectProxy } from '../support/connect-proxy.ts';
import { doctorSchemaErrors } from '../support/events-schema.ts';
import { fakeGraph, type FakeGraph, type FakeGraphOptions, type PushScript } from '../support/fake-graph.ts';
import { fakeSurroundings } from '../support/fake-surroundings.ts';
import { impatientClock } from '../support/impatient-clock.ts';
import { runEmulator, type RunningEmulator } from '../unit/emulator/support/running-emulator.ts';

const TOKEN = 'opaque-GRAPH-secret.0/1+2=';
const PASSWORD = 'proxy-PASSWORD-secret';

interface Answer {
  exitCode: number;
  steps: { step: string; result: string; ms: number | null; detail: string; advice: string | null }[];
  measured: Record<string, Record<string, unknown>>;
  report: string;
}

const aNumber: unknown = expect.any(Number);

/** Everything that any run in this file has written. */
let written = '';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graph-watch-doctor-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function doctor(args: readonly string[], env: Record<string, string>, clock?: Clock): Promise<Answer & { code: number; stderr: string }> {
  const surroundings = fakeSurroundings({ env: { GRAPH_WATCH_CONFIG_DIR: join(folder, 'config'), ...env }, ...(clock === undefined ? {} : { clock }) });
  const code = await main(['doctor', ...args], surroundings);
  written += surroundings.stdout.text + surroundings.stderr.text;
  const answer = JSON.parse(surroundings.stdout.text) as Answer;
  expect(doctorSchemaErrors(answer)).toEqual([]);
  expect(answer.exitCode).toBe(code);
  return { ...answer, code, stderr: surroundings.stderr.text };
}

const step = ({ steps }: Answer, name: string) => steps.find((one) => one.step === name);
const results = ({ steps }: Answer) => Object.fromEntries(steps.map((one) => [one.step, one.result]));
const failed = ({ steps }: Answer) => steps.filter(({ result }) => result === 'failed').map((one) => one.step);

describe('doctor against the emulator', () => {
  let running: RunningEmulator;
  let env: Record<string, string>;
  beforeEach(async () => {
    running = await runEmulator({ pingIntervalMs: 100 });
    const { graphUrl, authority, caFile, admin } = running.emulator;
    const file = emulatorFilePath(join(folder, 'config'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ graphUrl, login: authority.replace(/\/[^/]*$/, ''), caFile }));
    env = { GRAPH_WATCH_CLOUD: 'emulator', GRAPH_WATCH_TOKEN: admin.issueToken({ scopes: ['Files.ReadWrite', 'User.Read'] }) };
  });
  afterEach(async () => {
    await running.close();
    // Neither this emulator's access tokens nor those of its endpoints were shown.
    expect(written).not.toContain(env.GRAPH_WATCH_TOKEN);
    expect(written).not.toContain('token=');
  });

  it('tests every step, and measures what is not documented', async () => {
    const answer = await doctor([], env);
    expect([answer.code, failed(answer)]).toEqual([0, []]);
    expect(step(answer, 'tls')?.detail).toContain('certificate from graph-watch emulator');
    expect(step(answer, 'sign-in')?.detail).toMatch(/^the token in GRAPH_WATCH_TOKEN; the token is valid for (?:1 h 00 m|59 m \d\d s)/);
    expect(step(answer, 'probe')).toMatchObject({ result: 'skipped', ms: null });
    expect(answer.measured.endpoint).toMatchObject({ lifetimeMs: aNumber, fields: expect.arrayContaining(['notificationUrl']) as unknown });
    expect(answer.measured.push).toMatchObject({
      pingIntervalMs: 100, pingTimeoutMs: 20_000, firstPingMs: aNumber, webSocketPongMs: aNumber,
      namespaceAnswer: '40/notifications,{sid: string}', rootAnswer: '40{sid: string}', headers: { upgrade: 'websocket' }, otherHeaders: ['sec-websocket-accept'],
    });
    expect(answer.report).toMatch(/cloud emulator, credential token, target me \(drive type business\)\. Endpoint: lifetime 1 h/);
  });

  it('creates a file, sees its notification and its entry in delta, and deletes it', async () => {
    mkdirSync(join(running.folder, 'Reports'));
    await running.emulator.admin.rescan();
    const answer = await doctor(['me', '--probe', '/Reports'], env);
    expect([answer.code, failed(answer)]).toEqual([0, []]);
    expect(step(answer, 'probe')?.detail).toContain('the file was deleted again');
    expect(answer.measured.probe).toMatchObject({ notificationMs: aNumber, deltaMs: aNumber });
    expect(answer.measured.notification).toEqual({ shape: expect.stringMatching(/^a JSON string of \{value: \[\{subscriptionId: string, /) as unknown });
    expect(readdirSync(join(running.folder, 'Reports'))).toEqual([]);
  });

  it('deletes the file even after Ctrl-C', async () => {
    running.emulator.admin.setPace({ notifyDelayMs: 3_600_000 });
    const surroundings = fakeSurroundings({ env: { GRAPH_WATCH_CONFIG_DIR: join(folder, 'config'), ...env }, tty: { stdout: true } });
    const done = main(['doctor', '--probe', '/'], surroundings);
    await surroundings.stdout.until('delta');
    while (readdirSync(running.folder).length === 0) await new Promise((resolve) => setImmediate(resolve));
    surroundings.raise('SIGINT');
    expect(await done).toBe(130);
    expect(readdirSync(running.folder)).toEqual([]);
    written += surroundings.stdout.text + surroundings.stderr.text;
  });

  it('lets the reason why the file cannot be deleted send nothing to the terminal', async () => {
    running.emulator.admin.setPace({ notifyDelayMs: 3_600_000 });
    const surroundings = fakeSurroundings({ env: { GRAPH_WATCH_CONFIG_DIR: join(folder, 'config'), ...env }, tty: { stdout: true } });
    const done = main(['doctor', '--probe', '/'], surroundings);
    await surroundings.stdout.until('delta');
    while (readdirSync(running.folder).length === 0) await new Promise((resolve) => setImmediate(resolve));
    running.emulator.admin.arm({ kind: 'answer', status: 403, message: 'not\u001b[2J\u202eyours' }, { pathPrefix: '/v1.0/me/drive/root:/graph-watch-doctor-' });
    surroundings.raise('SIGINT');
    expect(await done).toBe(130);
    expect(surroundings.stderr.text).toMatch(/^The file \/graph-watch-doctor-\w+\.txt may still be in the drive \(.*not\\x1b\[2J\\u202eyours.*\): delete it\.$/m);
  });

  it.each([
    ['a folder that is not there', '/Nowhere', 'there is no folder /Nowhere in this drive'],
    ['a file', '/file.txt', '/file.txt is not a folder'],
    ['a path that climbs out', '/../x', '"/../x" is not a valid folder.'],
  ])('refuses to probe in %s', async (_what, path, message) => {
    writeFileSync(join(running.folder, 'file.txt'), 'x');
    await running.emulator.admin.rescan();
    const answer = await doctor(['--probe', path], env);
    expect(failed(answer)).toEqual(['probe']);
    expect(step(answer, 'probe')?.detail).toBe(message);
  });

  it('names the scope that a probe needs, and writes nothing without it', async () => {
    const answer = await doctor(['--probe', '/'], { ...env, GRAPH_WATCH_TOKEN: running.emulator.admin.issueToken({ scopes: ['Files.Read', 'User.Read'] }) });
    expect([answer.code, failed(answer)]).toEqual([5, ['scopes']]);
    expect(step(answer, 'scopes')).toMatchObject({ detail: 'the token has Files.Read, but Files.ReadWrite is needed', advice: 'Get a token with the scope Files.ReadWrite.' });
    expect(step(answer, 'probe')).toMatchObject({ result: 'skipped', detail: 'not tested: scopes failed' });
    expect(results(answer)).toMatchObject({ graph: 'ok', websocket: 'ok', delta: 'ok' });
    expect(readdirSync(running.folder)).toEqual([]);
  });

  it('says how to sign in, and to which cloud', async () => {
    const answer = await doctor([], { GRAPH_WATCH_CLOUD: 'emulator' });
    expect([answer.code, failed(answer)]).toEqual([3, ['sign-in']]);
    expect(step(answer, 'sign-in')?.advice).toBe('Run graph-watch --cloud emulator login.');
    expect(answer.stderr).toMatch(/^error: You are not signed in/m);
    expect(results(answer)).toMatchObject({ clock: 'ok', graph: 'skipped', delta: 'skipped' });
  });

  it('shows a stored sign-in, its scopes and how long it is valid', async () => {
    running.emulator.admin.setPace({ approveDelayMs: 0 });
    const surroundings = fakeSurroundings({ env: { GRAPH_WATCH_CONFIG_DIR: join(folder, 'config'), GRAPH_WATCH_CLOUD: 'emulator' } });
    const login = main(['login'], surroundings);
    running.emulator.admin.approveDevice(/^ {4}([A-Z0-9]{6,12})$/m.exec(await surroundings.stderr.until(/^ {4}[A-Z0-9]{6,12}$/m))?.[1] ?? '');
    expect(await login).toBe(0);
    const answer = await doctor([], { GRAPH_WATCH_CLOUD: 'emulator' });
    expect(step(answer, 'sign-in')?.detail).toMatch(/^the stored sign-in; the token is valid for /);
    expect(step(answer, 'scopes')?.detail).toBe('Files.Read; Files.Read is needed');
  });

  it.each([
    ['the drive', '/v1.0/me/drive', 403, 5, ['graph']],
    ['the endpoint', '/v1.0/me/drive/root/subscriptions', 400, 5, ['endpoint']],
    ['delta', '/v1.0/me/drive/root/delta', 503, 4, ['delta']],
  ])('continues as far as it can when %s is refused', async (_what, pathPrefix, status, code, steps) => {
    running.emulator.admin.arm({ kind: 'answer', status }, { pathPrefix, count: 1 });
    const answer = await doctor([], env);
    expect([answer.code, failed(answer)]).toEqual([code, steps]);
  });

  it('reports a token that Graph does not accept', async () => {
    const answer = await doctor([], { ...env, GRAPH_WATCH_TOKEN: TOKEN });
    expect([answer.code, failed(answer)]).toEqual([3, ['graph']]);
    expect(step(answer, 'scopes')?.detail).toBe('the token does not list its scopes; Files.Read is needed');
  });

  it('reports an expired token before any request is sent', async () => {
    const answer = await doctor([], { ...env, GRAPH_WATCH_TOKEN: jwt({ exp: 1_700_000_000, scp: 'Files.Read' }) });
    expect([answer.code, failed(answer)]).toEqual([3, ['sign-in']]);
    expect(step(answer, 'sign-in')?.detail).toMatch(/expired \d+ d \d+ h ago, at 2023-11-14T22:13:20\.000Z$/);
  });

  it('reports a token without any scope for files', async () => {
    const answer = await doctor([], { ...env, GRAPH_WATCH_TOKEN: running.emulator.admin.issueToken({ scopes: ['User.Read'] }) });
    expect(answer.code).toBe(5);
    expect(step(answer, 'scopes')).toMatchObject({ result: 'failed', detail: 'the token has no scope for files, but Files.Read is needed' });
  });

  it('takes any target', async () => {
    const answer = await doctor(['drive', running.emulator.drive.id], env);
    expect(step(answer, 'scopes')).toMatchObject({ result: 'ok', advice: 'Otherwise: Get a token with the scope Files.Read.All.' });
    expect(answer.report).toContain('target drive');
    expect(JSON.stringify(answer)).not.toContain(running.emulator.drive.id);
  });

  it('prints text on a terminal', async () => {
    const surroundings = fakeSurroundings({ env: { GRAPH_WATCH_CONFIG_DIR: join(folder, 'config'), ...env, NO_COLOR: '1' }, tty: { stdout: true } });
    expect(await main(['doctor'], surroundings)).toBe(0);
    expect(surroundings.stdout.lines[0]).toMatch(/^ok {7}settings {3} *\d+ m?s {2}cloud emulator, Graph at https:\/\/localhost:\d+;$/);
    expect(surroundings.stdout.lines.at(-1)).toBe('Everything works.');
    expect(Math.max(...surroundings.stdout.lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    written += surroundings.stdout.text;
  });
});

function jwt(claims: Record<string, unknown>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.c2lnbmF0dXJl`;
}

describe('doctor with a network or a service in trouble', () => {
  let tls: TestCertificate;
  let place: string;
  let graph: FakeGraph | undefined;
  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'graph-watch-doctor-tls-'));
    tls = await certificateFor(['graph.microsoft.com', 'localhost'], place);
  });
  afterAll(() => {
    rmSync(place, { recursive: true, force: true });
    // Everything that was printed, in any form.
    for (const secret of [TOKEN, encodeURIComponent(TOKEN), PASSWORD, Buffer.from(`ada:${PASSWORD}`).toString('base64'), 'w1-secret']) expect(written).not.toContain(secret);
  });
  afterEach(async () => {
    await graph?.close();
    graph = undefined;
  });

  /** A Graph with a drive, and a push host that behaves like this. */
  async function troubled(push: PushScript, options: FakeGraphOptions = {}): Promise<{ graph: FakeGraph; env: Record<string, string> }> {
    graph = await fakeGraph(options);
    const { url } = graph;
    graph.answers.push({ body: '' }, { body: { id: 'b!x', driveType: 'business' } }, {}, { body: { value: [], '@odata.deltaLink': `${url}/v1.0/drives/x/root/delta?token=1` } });
    graph.pushes.push(push);
    return { graph, env: { GRAPH_WATCH_TOKEN: TOKEN, GRAPH_WATCH_GRAPH_URL: url } };
  }

  it('reports a proxy on which nothing listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { env } = await troubled('accept');
    const answer = await doctor([], { ...env, HTTP_PROXY: `http://ada:${PASSWORD}@127.0.0.1:${port}` });
    expect([answer.code, failed(answer)]).toEqual([4, ['proxy']]);
    expect(step(answer, 'proxy')).toMatchObject({
      detail: expect.stringContaining(`could not connect to the proxy http://127.0.0.1:${port} (HTTP_PROXY): connect ECONNREFUSED`) as unknown,
      advice: expect.stringContaining('Check HTTP_PROXY') as unknown,
    });
  });

  it('reports a proxy that wants a password, and one that is not a URL', async () => {
    const proxy = await connectProxy();
    try {
      const { graph: { url }, env } = await troubled('accept');
      proxy.refusals.set(new URL(url).host, 407);
      const answer = await doctor([], { ...env, HTTP_PROXY: `http://ada:${PASSWORD}@127.0.0.1:${proxy.port}` });
      expect(step(answer, 'proxy')?.detail).toContain('rejected the user name or password (HTTP 407)');
      const nonsense = await doctor([], { ...env, HTTP_PROXY: 'socks5://127.0.0.1:1' });
      expect([nonsense.code, failed(nonsense)]).toEqual([2, ['proxy']]);
    } finally {
      await proxy.close();
    }
  });

  it('reports a name that is not found', async () => {
    const answer = await doctor([], { GRAPH_WATCH_TOKEN: TOKEN, GRAPH_WATCH_GRAPH_URL: 'https://graph.invalid' });
    expect([answer.code, failed(answer)]).toEqual([4, ['dns']]);
    expect(step(answer, 'dns')?.advice).toContain('behind a proxy, set HTTPS_PROXY');
    expect(results(answer)).toMatchObject({ proxy: 'ok', tls: 'skipped', graph: 'skipped' });
  });

  it('reports an untrusted certificate and who issued it, without sending the token', async () => {
    const { graph: { url, requests }, env } = await troubled('accept', { tls, name: 'localhost' });
    const answer = await doctor([], { ...env, GRAPH_WATCH_GRAPH_URL: url });
    expect([answer.code, failed(answer)]).toEqual([4, ['tls']]);
    expect(step(answer, 'tls')?.detail).toMatch(/^the certificate of localhost:\d+ is not trusted \([A-Z_]+\); it was issued by graph-watch test authority$/);
    expect(step(answer, 'tls')?.advice).toContain('NODE_EXTRA_CA_CERTS');
    expect(requests.map(({ method, headers }) => [method, headers.authorization])).toEqual([['HEAD', undefined]]);
    expect(step(answer, 'clock')?.result).toBe('ok');
  });

  it.each([
    ['recognizes TLS inspection', true],
    ['says how to trust an inspecting proxy', false],
  ])('%s', async (_what, trusted) => {
    const proxy = await connectProxy();
    try {
      const { graph: { url } } = await troubled('accept', { tls, pingIntervalMs: 50 });
      proxy.routes.set('graph.microsoft.com:443', Number(new URL(url).port));
      const running = startBinary(['doctor'], { env: {
        GRAPH_WATCH_TOKEN: TOKEN, HTTPS_PROXY: `http://ada:${PASSWORD}@127.0.0.1:${proxy.port}`, ...(trusted ? { NODE_EXTRA_CA_CERTS: tls.caFile } : {}),
      } });
      const { stdout, stderr } = await running.done;
      written += stdout + stderr;
      const answer = JSON.parse(stdout) as Answer;
      expect(step(answer, 'dns')).toMatchObject({ result: 'skipped', detail: 'not needed: the proxy resolves names' });
      const said = step(answer, 'tls');
      if (trusted) expect(said?.detail).toContain('which is not a public authority: something is inspecting TLS');
      else expect([said?.result, said?.advice]).toEqual(['failed', expect.stringContaining('A proxy or a security program is inspecting TLS')]);
    } finally {
      await proxy.close();
    }
  });

  it.each([
    ['fast', 3_600_000, '1 h 00 m fast'],
    ['slow', -86_400_000, '24 h 00 m slow'],
  ])('reports a clock that is %s, and tries the rest', async (_what, ms, words) => {
    const { env } = await troubled({ status: 503 });
    const clock = impatientClock();
    clock.jump(ms);
    const answer = await doctor([], env, clock);
    expect([answer.code, failed(answer)]).toEqual([4, ['clock', 'websocket']]);
    expect(step(answer, 'clock')?.detail).toContain(`this machine's clock is ${words}`);
  });

  it('reports a push host that does not answer', async () => {
    const { graph: silent, env } = await troubled('hang');
    const clock = handClock();
    const answer = doctor([], env, clock);
    await silent.until(() => silent.handshakes.length > 0);
    clock.reachLimits();
    expect([failed(await answer), step(await answer, 'websocket')?.detail]).toEqual([['websocket'], 'no response within 30 s']);
    expect(step(await answer, 'delta')?.result).toBe('ok');
  });

  it('reports a network that blocks WebSockets, and says what works without them', async () => {
    const { env } = await troubled({ status: 403 });
    const answer = await doctor([], env);
    expect([answer.code, failed(answer)]).toEqual([4, ['websocket']]);
    expect(step(answer, 'websocket')).toMatchObject({ detail: 'the push host refused the connection: HTTP 403', advice: expect.stringContaining('watch --poll 30s') as unknown });
  });

  it('reports a namespace that is refused', async () => {
    const { env } = await troubled('invalid-namespace');
    const answer = await doctor([], env);
    expect([answer.code, failed(answer)]).toEqual([4, ['namespace']]);
    expect(answer.measured.push).toMatchObject({ headers: { upgrade: 'websocket' } });
  });

  it('reports a server that does not ping', async () => {
    const { env } = await troubled('accept', { pingIntervalMs: 1_500 });
    // The wait for the ping is over at once; the step's time limit is never reached.
    const answer = await doctor([], env, handClock(10_000));
    expect([answer.code, failed(answer)]).toEqual([4, ['ping']]);
    expect(step(answer, 'ping')?.detail).toBe('the server sent no ping within 7 s');
    expect(answer.measured.push).toMatchObject({ pingIntervalMs: 1_500, rootAnswer: null });
    expect(answer.measured.push?.firstPingMs).toBeUndefined();
  });

  it('leaves out personal data in the push host\'s headers', async () => {
    const { graph: { pushes }, env } = await troubled('accept', { pingIntervalMs: 50 });
    expect(pushes).toHaveLength(1);
    const answer = await doctor([], env, handClock(4_000));
    expect(answer.measured.push?.otherHeaders).toEqual(['sec-websocket-accept']);
  });

  it('prints JSON even if the settings cannot be used', async () => {
    const answer = await doctor(['--json'], { GRAPH_WATCH_CLOUD: 'mars' });
    expect([answer.code, failed(answer)]).toEqual([2, ['settings']]);
    expect(answer.steps.slice(1).every(({ result, detail }) => result === 'skipped' && detail === 'not tested: settings failed')).toBe(true);
    expect(existsSync(join(folder, 'config'))).toBe(false);
  });

  it('works without a drive if an app signs in and no drive is named', async () => {
    const { env } = await troubled('accept');
    const answer = await doctor([], { GRAPH_WATCH_GRAPH_URL: env.GRAPH_WATCH_GRAPH_URL ?? '', GRAPH_WATCH_AUTH: 'managed-identity', IDENTITY_ENDPOINT: 'http://127.0.0.1:1/', IDENTITY_HEADER: 'secret-identity-header' });
    expect(failed(answer)).toEqual(['sign-in']);
    expect(JSON.stringify(answer)).not.toContain('secret-identity-header');
  });
});

/** Real time, except for waits of 3 s or more: those under `patienceMs` are over at once, longer ones when the test says so. */
function handClock(patienceMs = 0): Clock & { reachLimits: () => void } {
  const waiting = new Set<() => void>();
  return {
    now: Date.now,
    sleep: (ms, signal) => ms < 3_000 || ms < patienceMs ? realClock.sleep(ms < 3_000 ? ms : 0, signal) : new Promise((resolve) => {
      const done = (): void => { waiting.delete(done); resolve(); };
      waiting.add(done);
      signal?.addEventListener('abort', done, { once: true });
    }),
    reachLimits: () => { for (const done of [...waiting]) done(); },
  };
}
