import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startProgram, type Running } from '../support/binary.ts';
import { codeBlocks, document, ROOT } from '../support/documents.ts';
import { runEmulator, type RunningEmulator } from '../unit/emulator/support/running-emulator.ts';

let service: RunningEmulator;
let place: string;
const started: Running[] = [];

/** The programs in docs/api.md, by name. */
const examples = new Map(codeBlocks(document('docs/api.md')).filter(({ language }) => language === 'js').map(({ text }) => {
  const [, name = '', code = ''] = /^\/\/ (\S+)\n(.*)$/s.exec(text) ?? [];
  return [name, code];
}));

beforeAll(async () => {
  service = await runEmulator();
  place = mkdtempSync(join(tmpdir(), 'graph-watch-programs-'));
  for (const [name, code] of examples) writeFileSync(join(place, name), code);
  // The built package. The programs do not say where this Graph is, so it is added here.
  writePackage('graph-watch', `
import * as built from ${JSON.stringify(join(ROOT, 'dist/index.js'))};
const here = JSON.parse(process.env.HERE);
export const { createEmulator, WatchError } = built;
export const watch = (target, options) => built.watch(target, { ...(options.env === undefined ? here : {}), ...options });
export const changes = (target, options) => built.changes(target, { ...here, ...options });
`);
  writePackage('@azure/identity', 'export class DefaultAzureCredential { async getToken() { return { token: process.env.TOKEN }; } }');
});
afterEach(async () => {
  for (const run of started) if (run.process.exitCode === null) run.process.kill('SIGKILL');
  await Promise.all(started.splice(0).map(({ done }) => done));
});
afterAll(async () => {
  await service.close();
  rmSync(place, { recursive: true, force: true });
});

function writePackage(name: string, code: string): void {
  const folder = join(place, 'node_modules', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }));
  writeFileSync(join(folder, 'index.js'), code);
}

interface StartOptions {
  env?: Record<string, string>;
  stdin?: 'pipe';
}

/** Runs one of the folder's programs, with a token in its environment. */
function start(args: readonly string[], { env = {}, stdin }: StartOptions = {}): Running {
  const { graphUrl, ca, admin } = service.emulator;
  const run = startProgram(args, { cwd: place, env: { HERE: JSON.stringify({ cloud: 'emulator', graphUrl, ca }), TOKEN: admin.issueToken(), ...env }, ...(stdin === undefined ? {} : { stdin }) });
  started.push(run);
  return run;
}

/** Starts it, and waits until it is connected. */
async function connected(args: readonly string[], options?: StartOptions): Promise<Running> {
  const connection = service.emulator.events.next('connected');
  const run = start(args, options);
  await Promise.race([connection, run.done.then(({ stderr }) => { throw new Error(`it ended: ${stderr}`); })]);
  return run;
}

async function write(path: string, text = 'x'): Promise<void> {
  const whole = join(service.folder, path);
  mkdirSync(join(whole, '..'), { recursive: true });
  writeFileSync(whole, text);
  await service.emulator.admin.rescan();
}

describe('the program in the README', () => {
  it('is the same as the first one in the docs', () => {
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(`\`\`\`js\n${examples.get('follow.mjs') ?? 'missing'}\`\`\``);
  });

  it('misses nothing when it is killed, is cut off, loses its cursor, or is refused', async () => {
    const { admin } = service.emulator;
    const renew = (): void => { writeFileSync(join(place, 'token.txt'), admin.issueToken()); };
    renew();
    const first = await connected(['follow.mjs']);
    await write('/a.txt');
    await first.until('stdout', 'created /a.txt');
    first.process.kill('SIGKILL');
    await first.done;
    await write('/b.txt');
    rmSync(join(service.folder, 'a.txt'));
    await admin.rescan();
    const second = await connected(['follow.mjs']);
    await second.until('stdout', 'created /b.txt');
    await second.until('stdout', 'deleted /a.txt');
    const again = service.emulator.events.next('connected');
    admin.drop('reset');
    await write('/c.txt');
    await second.until('stdout', 'created /c.txt');
    await again;
    const { events } = service.emulator;
    const gone = events.next('request', ({ status }) => status === 410);
    admin.gone({ count: 1, code: 'resyncRequired', location: 'good' });
    await write('/before-d.txt');
    await gone;
    // Without a complete index, which it may not have yet, changes are reported from here on.
    await events.next('request', ({ path, status }) => path.includes('delta') && status === 200);
    await write('/d.txt');
    await second.until('stdout', 'created /d.txt');
    admin.revokeTokens();
    renew();
    await write('/e.txt');
    await second.until('stdout', 'created /e.txt');
    expect(second.stderr).toBe('');
  });

  it('reports each of many changes at least once, no matter when it is killed', async () => {
    writeFileSync(join(place, 'token.txt'), service.emulator.admin.issueToken());
    const wanted: string[] = [];
    let seen = '';
    for (let round = 0; round < 3; round += 1) {
      const run = await connected(['follow.mjs']);
      const paths = Array.from({ length: 20 }, (_, index) => `/burst-${round}/${index}.txt`);
      wanted.push(...paths);
      for (const path of paths) {
        mkdirSync(join(service.folder, `burst-${round}`), { recursive: true });
        writeFileSync(join(service.folder, path), 'x');
      }
      await service.emulator.admin.rescan();
      await run.until('stdout', `/burst-${round}/`);
      run.process.kill('SIGKILL');
      seen += (await run.done).stdout;
    }
    const last = await connected(['follow.mjs']);
    await write('/last.txt');
    await last.until('stdout', '/last.txt');
    seen += last.stdout;
    expect(wanted.filter((path) => !seen.includes(`${path}\n`))).toEqual([]);
  });
});

describe('the programs in the docs', () => {
  it('filter, and report the connection', async () => {
    const run = start(['reports.mjs']);
    await run.until('stdout', 'connected');
    await write('/elsewhere.txt');
    await write('/Reports/wanted.txt');
    await run.until('stdout', 'created /Reports/wanted.txt');
    expect(run.stdout).not.toContain('elsewhere');
  });

  it('poll as an app', async () => {
    const { admin, drive, events } = service.emulator;
    const polled = events.next('request', ({ path }) => path.includes('delta'));
    const run = start(['identity.mjs', drive.id], { env: { TOKEN: admin.issueToken({ appOnly: true }) } });
    await polled;
    // Whatever the first query does not cover, the next one does some seconds later.
    await write('/polled.txt');
    await write('/polled.txt', 'changed');
    await run.until('stdout', '/polled.txt');
  });

  it('use the settings of the command line', async () => {
    const { graphUrl, caFile, admin } = service.emulator;
    const run = await connected(['stored.mjs'], { env: { GRAPH_WATCH_TOKEN: admin.issueToken(), GRAPH_WATCH_GRAPH_URL: graphUrl, NODE_EXTRA_CA_CERTS: caFile } });
    await write('/stored.txt');
    await run.until('stdout', /^\d{4}-/);
  });

  it('acknowledge batches, and exit', async () => {
    const first = await start(['batches.mjs']).done;
    expect(first).toMatchObject({ code: 0, stdout: '', stderr: '' });
    await write('/batch/a.txt');
    await write('/batch/b.txt');
    // The folder, and two files.
    expect(await start(['batches.mjs']).done).toMatchObject({ code: 0, stdout: expect.stringMatching(/^storing/), stderr: '' });
    expect(await start(['batches.mjs']).done).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('stop on a signal, and exit', async () => {
    expect(await start(['a-minute.mjs'], { env: { MS: '1' } }).done).toMatchObject({ code: 0, stdout: 'time is up\n', stderr: '' });
  });

  it('run a test with their own emulator', async () => {
    const { code, stdout } = await start(['--test', 'my.test.mjs'], { env: { HERE: '{}' } }).done;
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/pass 1\b/) });
  });

  it('are all covered here', () => {
    expect([...examples.keys()].sort()).toEqual(['a-minute.mjs', 'batches.mjs', 'follow.mjs', 'identity.mjs', 'my.test.mjs', 'reports.mjs', 'stored.mjs']);
  });
});

describe('a process that watches', () => {
  it('is not otherwise affected, and exits on its own', async () => {
    writeFileSync(join(place, 'effects.mjs'), `
import fs, { readdirSync } from 'node:fs';
import { changes, watch } from 'graph-watch';
const written = [];
const reads = new Set();
const out = process.stdout.write.bind(process.stdout);
for (const name of ['stdout', 'stderr']) process[name].write = (text) => written.push(String(text)) > 0;
const token = process.env.TOKEN;
process.env = new Proxy(process.env, { get: (env, name) => { reads.add(String(name)); return env[name]; } });
const snapshot = () => ({
  listeners: Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)])),
  functions: [process.emit, process.exit, process.reallyExit, process.emitWarning, process.cwd, process.chdir, fs.close, fs.readFile, globalThis.fetch, globalThis.setTimeout].map((f) => f.toString().length),
  symbols: Object.getOwnPropertySymbols(globalThis).map(String), names: Object.getOwnPropertyNames(globalThis), reflect: Reflect.ownKeys(Reflect).map(String),
  cwd: readdirSync('effects'),
});
const before = snapshot();
const first = changes('me', { token, lifecycle: true, resume: './effects/position', log: () => undefined });
await first.next();
const second = watch('me', { token, lifecycle: true });
await second.next();
out('ready\\n');
for await (const event of first) if (event.type === 'change') break;
await second.close();
const after = snapshot();
out(JSON.stringify({ before, after, written, reads: [...reads] }) + '\\n');
`);
    mkdirSync(join(place, 'effects'));
    const home = mkdtempSync(join(place, 'home-'));
    const run = start(['effects.mjs'], { env: { HOME: home, GRAPH_WATCH_CONFIG_DIR: join(home, 'config'), GRAPH_WATCH_CLOUD: 'china', HTTPS_PROXY: 'http://127.0.0.1:9', GRAPH_WATCH_TOKEN: 'opaque-other' } });
    await run.until('stdout', 'ready');
    await write('/effects.txt');
    const { code, stdout, stderr } = await run.done;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { before, after, written, reads } = JSON.parse(stdout.split('\n')[1] ?? '') as { before: Snapshot; after: Snapshot; written: string[]; reads: string[] };
    expect(written).toEqual([]);
    // The lock of the position file is removed if the process exits.
    expect(after).toEqual({ ...before, listeners: { ...before.listeners, exit: (before.listeners.exit ?? 0) + 1 }, cwd: ['position.jsonl'] });
    expect(reads.filter((name) => /GRAPH_WATCH|PROXY|AZURE|HOME|XDG|NATS/i.test(name))).toEqual([]);
  });

  interface Snapshot {
    listeners: Record<string, number>;
    cwd: string[];
  }

  it('holds only a bounded number of events while it is slow', async () => {
    writeFileSync(join(place, 'slow.mjs'), `
import { once } from 'node:events';
import { watch } from 'graph-watch';
let count = 0;
for await (const event of watch('me', { token: process.env.TOKEN })) {
  count += 1;
  if (count === 1) { console.log('first'); await once(process.stdin, 'data'); process.stdin.destroy(); }
  if (event.data.last === true) break;
}
console.log('got ' + count);
`);
    const events = 3_000;
    const run = await connected(['--max-old-space-size=96', 'slow.mjs'], { stdin: 'pipe' });
    // More than its heap could hold.
    const pad = JSON.stringify({ value: [{ pad: 'x'.repeat(50_000) }] });
    const sending = service.emulator.admin.notify({ argument: pad, count: events });
    await run.until('stdout', 'first');
    await sending;
    await service.emulator.admin.notify({ argument: JSON.stringify({ value: [{ last: true }] }) });
    run.process.stdin?.write('go\n');
    expect(await run.done).toMatchObject({ code: 0, stdout: `first\ngot ${events + 1}\n`, stderr: '' });
  });
});
