import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { bareEnv, startBinary, startShell, type Running } from '../support/binary.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';
import { schemaErrors } from '../support/events-schema.ts';

let drive: EmulatedDrive;
let folder: string;
beforeEach(async () => {
  drive = await emulatedDrive();
  folder = mkdtempSync(join(tmpdir(), 'graph-watch-replay-'));
});
afterEach(async () => {
  await drive.close();
  rmSync(folder, { recursive: true });
});

const recording = (): string => join(folder, 'events.ndjson');
/** All files of the recording, oldest first. */
const parts = (): string[] => readdirSync(folder).filter((name) => name.startsWith('events')).sort().map((name) => join(folder, name));
const recorded = (): string => parts().map((path) => readFileSync(path, 'utf8')).join('');

/** Starts the real binary, which watches and records; resolves once it is ready. */
async function watch(...args: string[]): Promise<Running> {
  const run = startBinary(['watch', 'me', '--changes', '--notifications', '--record', recording(), ...args], { env: bareEnv(drive.env) });
  await Promise.race([run.until('stderr', 'waiting for changes'), run.until('stdout', '"ready"')]);
  return run;
}

async function replay(...args: string[]): Promise<{ code: number | string; stdout: string; stderr: string }> {
  return startBinary(['replay', ...args], { env: bareEnv() }).done;
}

/** Makes some changes, each only after the watch has shown the one before. */
async function change(run: Running, ...names: string[]): Promise<void> {
  for (const name of names) {
    drive.write(name, name);
    await run.until('stdout', name);
  }
}

async function stop(run: Running): Promise<string> {
  run.process.kill('SIGINT');
  const { code, stdout } = await run.done;
  expect(code).toBe(130);
  return stdout;
}

it('prints byte for byte what the watch printed, from its recording, its redirected stdout or its CloudEvents', async () => {
  const live = await watch('-o', 'ndjson', '--lifecycle');
  await change(live, 'one.txt');
  drive.write('Vertr\u00e4ge/zw\u2028ei.txt', 'two');
  await live.until('stdout', 'ei.txt');
  const printed = await stop(live);
  expect(recorded()).toBe(printed);
  expect(printed.split('\n').slice(0, -1).flatMap((line) => schemaErrors(JSON.parse(line)))).toEqual([]);
  expect(statSync(recording()).mode & 0o777).toBe(0o600);
  const again = await replay(recording(), '--lifecycle');
  expect([again.code, again.stdout]).toEqual([0, printed]);
  const cloud = await replay(recording(), '--lifecycle', '-o', 'cloudevents');
  writeFileSync(join(folder, 'cloud'), cloud.stdout);
  expect((await replay(join(folder, 'cloud'), '--lifecycle')).stdout).toBe(printed);
  expect((await replay(join(folder, 'cloud'), '--lifecycle', '-o', 'cloudevents')).stdout).toBe(cloud.stdout);
}, 30_000);

it('in pretty form shows what the watch showed', async () => {
  const live = await watch('-o', 'pretty');
  await change(live, 'one.txt', 'two.txt');
  const printed = await stop(live);
  expect((await replay(recording(), '-o', 'pretty')).stdout).toBe(printed);
}, 30_000);

it('gives CloudEvents the same ids as the watch did', async () => {
  const live = await watch('-o', 'cloudevents', '--lifecycle');
  await change(live, 'one.txt');
  const ids = (lines: string): unknown[] => lines.split('\n').slice(0, -1).map((line) => (JSON.parse(line) as { id: string }).id);
  const printed = ids(await stop(live));
  expect(ids((await replay(recording(), '-o', 'cloudevents', '--lifecycle')).stdout)).toEqual(printed);
}, 30_000);

it('runs a command for each event, or posts it', async () => {
  const live = await watch('-o', 'ndjson');
  await change(live, 'one.txt', 'two.txt');
  const lines = (await stop(live)).split('\n').slice(0, -1);
  const posted: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      posted.push(body);
      response.end();
    });
  }).listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => { server.once('listening', resolve); });
    const { port } = server.address() as AddressInfo;
    const { code } = await replay(recording(), '--forward', `http://127.0.0.1:${port}/hook`, '--', process.execPath, '-e', `require("node:fs").appendFileSync(${JSON.stringify(join(folder, 'ran'))}, require("node:fs").readFileSync(0, "utf8").trimEnd() + "\\n")`);
    expect(code).toBe(0);
    expect(posted).toEqual(lines);
    expect(readFileSync(join(folder, 'ran'), 'utf8').split('\n').slice(0, -1)).toEqual(lines);
  } finally {
    server.close();
  }
}, 30_000);

it('gets the files of a recording in order if they are sorted by name', async () => {
  const live = await watch('-o', 'ndjson', '--lifecycle', '--record-size', '1KB');
  await change(live, 'one.txt', 'two.txt', 'three.txt');
  const printed = await stop(live);
  expect(parts().length).toBeGreaterThan(2);
  expect(Math.max(...parts().map((path) => statSync(path).size))).toBeLessThanOrEqual(1_000);
  const shell = startShell(`graph-watch replay ${folder}/events*.ndjson --lifecycle`, bareEnv());
  expect((await shell.done).stdout).toBe(printed);
}, 30_000);

it('has everything that a killed watch recorded, and the next watch appends to it', async () => {
  const killed = await watch('-o', 'ndjson', '--lifecycle');
  await change(killed, 'one.txt', 'two.txt');
  // What is printed is recorded only a moment later.
  while (!recorded().includes('two.txt')) await new Promise((resolve) => { setImmediate(resolve); });
  killed.process.kill('SIGKILL');
  await killed.done;
  // The part of a record that was on disk when the machine lost power.
  writeFileSync(recording(), '{"type":"change","time":"2026-', { flag: 'a' });
  const cut = await replay(recording());
  expect(cut.code).toBe(0);
  expect(cut.stderr).toContain('the recording ends in the middle of this line');
  const next = await watch('-o', 'ndjson', '--lifecycle');
  await change(next, 'three.txt');
  await stop(next);
  expect(next.stderr).toContain(`warning: ${recording()} ended in the middle of a record: removed the last 30 bytes\n`);
  const all = await replay(recording());
  expect(all.code).toBe(0);
  for (const name of ['one.txt', 'two.txt', 'three.txt']) expect(all.stdout).toContain(`"/${name}"`);
}, 30_000);

it.each<[string, string[], string]>([
  ['a file that is not a recording', ['--record', 'diary'], 'not a recording'],
  ['a folder', ['--record', '.'], 'not a regular file'],
  ['a folder that is not there', ['--record', 'none/events.ndjson'], 'cannot be written'],
  ['the ready file', ['--record', 'x', '--ready-file', 'x'], 'the same file'],
  ['a size without a recording', ['--record-size', '1MB'], 'need --record'],
  ['a size that is too small', ['--record', 'x', '--record-size', '10'], '100MB'],
])('a recording is refused before anything is sent: %s', async (_what, args, message) => {
  writeFileSync(join(folder, 'diary'), 'Dear diary\n');
  const own = args.map((word) => (word.startsWith('-') || /^\d/.test(word) ? word : join(folder, word)));
  const { code, stdout, stderr } = await startBinary(['watch', 'me', ...own], { env: bareEnv(drive.env) }).done;
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)]);
  expect(readFileSync(join(folder, 'diary'), 'utf8')).toBe('Dear diary\n');
});

it('a recording to the file that stdout goes to is refused', async () => {
  const shell = startShell(`graph-watch watch me --record ${recording()} > ${recording()}`, bareEnv(drive.env));
  const { code, stderr } = await shell.done;
  expect([code, stderr]).toEqual([2, expect.stringContaining('stdout goes to the recording')]);
});

it('a recording is served with its original times and targets, and every event, until it is stopped', async () => {
  const live = await watch('-o', 'ndjson', '--lifecycle');
  await change(live, 'one.txt', 'two.txt');
  const printed = await stop(live);
  const begun = startBinary(['replay', recording(), '--lifecycle', '--serve', '0'], { env: bareEnv() });
  await begun.until('stderr', 'Everything has been replayed; serving it at');
  const [url = ''] = /http:\S+/.exec(begun.stderr) ?? [];
  const ask = async (path: string): Promise<unknown> => (await fetch(url + path)).json();
  const { counts } = (await ask('state') as { perMinute: { counts: number[] } }).perMinute;
  const last = JSON.parse(printed.trimEnd().split('\n').at(-1) ?? '') as { time: string };
  expect(await ask('state')).toMatchObject({ mode: 'changes', now: last.time, targets: [{ target: 'me', state: 'ended', reason: 'stopped (Ctrl-C)', lastDelayMs: expect.any(Number) }], totals: { changes: { created: 2 } } });
  expect(counts.reduce((one, other) => one + other)).toBe(printed.split('\n').filter((line) => /^\{"type":"(?:change|notification)/.test(line)).length);
  const abort = new AbortController();
  let events = '';
  for await (const piece of (await fetch(`${url}events?recent=all`, { signal: abort.signal })).body as unknown as AsyncIterable<Uint8Array>) {
    events += Buffer.from(piece).toString();
    if (events.includes('"end"')) break;
  }
  expect([...events.matchAll(/^data: (.*)$/gm)].map(([, data]) => `${data}\n`).join('')).toBe(printed);
  begun.process.kill('SIGINT');
  expect((await begun.done).code).toBe(130);
  expect((await replay(recording(), '--serve', '0', '--timeout', '1s')).code).toBe(0);
  expect((await replay(recording(), '--serve', '0', '--count', '1')).code).toBe(0);
  writeFileSync(recording(), 'damage\n', { flag: 'a' });
  expect(await replay(recording(), '--serve', '0', '--timeout', '1s')).toMatchObject({ code: 124, stderr: expect.stringContaining('1 line is damaged') });
}, 30_000);

it('a recording contains no secret', async () => {
  const live = await watch('--lifecycle');
  await change(live, 'one.txt');
  await drive.running.emulator.admin.rescan();
  await stop(live);
  expect(recorded()).not.toContain(drive.token);
  expect(recorded()).not.toMatch(/notifications\?|token=/);
}, 30_000);
