import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BINARY, bareEnv, startBinary, type Running } from '../support/binary.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';
import { fifo, type Fifo } from '../support/fifo.ts';
import { impatientClock } from '../support/impatient-clock.ts';
import { settle } from '../support/stepped-clock.ts';

// Signals from a terminal, a service manager and a shell, while an event's command is running.

let drive: EmulatedDrive;
let alive: Fifo;
let terminal: ChildProcess | undefined;
beforeEach(async () => {
  drive = await emulatedDrive();
  alive = fifo(join(drive.place, 'alive'));
});
afterEach(async () => {
  terminal?.kill('SIGKILL');
  terminal = undefined;
  await drive.close();
});

/** A command that logs its event's path, holds the pipe open, writes its pid to it, and then does this. */
function busy(then: string): string[] {
  return ['--', 'sh', '-c', `exec 3>"$1"; echo "$GRAPH_WATCH_EVENT_PATH" >> "$0"; echo "pid $$" >&3; ${then}`, join(drive.place, 'out'), alive.path];
}
const noting = (): string[] => ['--', 'sh', '-c', 'echo "$GRAPH_WATCH_EVENT_PATH" >> "$0"', join(drive.place, 'out')];
const noted = (): string[] => readFileSync(join(drive.place, 'out'), 'utf8').split('\n').slice(0, -1);

/** Makes three changes that the next run with --resume gets in one round. */
async function threeChanges(): Promise<void> {
  const first = await drive.watch(['--changes', '--resume']);
  first.raise('SIGINT');
  await first.done;
  for (const name of ['one', 'two', 'three']) drive.write(name, name);
  await drive.running.emulator.admin.rescan();
}

async function nextRun(): Promise<string[]> {
  const next = await drive.watch(['--changes', '--resume', '-n', '3', ...noting()]);
  expect(await next.done).toBe(0);
  return noted();
}

const start = (then: string): Running => startBinary(['watch', 'me', '--changes', '--resume', ...busy(then)], { env: drive.env, ownGroup: true });

describe('a signal while a command is running', () => {
  it.each([['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const)('that goes to the whole process group (%s) starts no further command, and leaves the event to the next run', async (name, code) => {
    await threeChanges();
    const run = start('sleep 600; true');
    await alive.until(/pid/);
    process.kill(-run.process.pid!, name);
    expect((await run.done).code).toBe(code);
    await alive.ended;
    expect(noted()).toHaveLength(1);
    const [interrupted] = noted();
    const [again, ...rest] = (await nextRun()).slice(1);
    expect(again).toBe(interrupted);
    expect(rest).toHaveLength(2);
  });

  it.each([['SIGINT', 130], ['SIGTERM', 143]] as const)('that reaches the command first (%s, as when a control group is ended) does the same', async (name, code) => {
    await threeChanges();
    const run = start('exec sleep 600');
    const [, pid] = await alive.until(/pid (\d+)/);
    process.kill(Number(pid), name);
    // The pipe ends when the command has, which the tool itself may not have noticed yet.
    await alive.ended;
    process.kill(run.process.pid!, name);
    expect((await run.done).code).toBe(code);
    expect(noted()).toHaveLength(1);
    const [interrupted, again] = await nextRun();
    expect(again).toBe(interrupted);
  });

  it('reaches a command that still finishes its work, and the next run does not repeat it', async () => {
    await threeChanges();
    const run = start('trap "echo told >&3; exit 0" TERM; sleep 600 & echo armed >&3; wait');
    await alive.until(/armed/);
    process.kill(run.process.pid!, 'SIGTERM');
    const { code, stderr } = await run.done;
    expect([code, await alive.ended]).toEqual([143, expect.stringContaining('told')]);
    expect(stderr).not.toContain('was ended');
    const next = await drive.watch(['--changes', '--resume', '-n', '2', ...noting()]);
    expect(await next.done).toBe(0);
    expect(new Set(noted())).toEqual(new Set(['/one', '/two', '/three']));
    expect(noted()).toHaveLength(3);
  });
});

/** util-linux's script(1) makes a terminal: what a test writes to its stdin is typed on it. */
const hasScript = process.platform === 'linux' && spawnSync('sh', ['-c', 'script --version'], { encoding: 'utf8' }).stdout.includes('util-linux');

(hasScript ? it : it.skip)('a second Ctrl-C on a terminal removes the ready file, and ends a stubborn command with all that it has started', async () => {
  const ready = join(drive.place, 'ready');
  const command = busy('(trap "" INT TERM; exec sleep 600) & trap "echo asked >&3" INT; trap "" TERM; echo armed >&3; while :; do wait; done');
  const words = [process.execPath, BINARY, 'watch', 'me', '--changes', '--lifecycle', '--json', '--ready-file', ready, ...command].map((word) => `'${word.replaceAll('\'', '\'\\\'\'')}'`);
  terminal = spawn('script', ['-qec', `exec ${words.join(' ')}`, '/dev/null'], { env: bareEnv(drive.env), stdio: ['pipe', 'pipe', 'inherit'] });
  const { stdin, stdout } = terminal;
  const exited = new Promise<number | null>((resolve) => { terminal!.once('exit', resolve); });
  await new Promise<void>((resolve) => { stdout!.setEncoding('utf8').on('data', (text: string) => { if (text.includes('"ready"')) resolve(); }); });
  drive.write('a.txt', '1');
  await alive.until(/armed/);
  expect(existsSync(ready)).toBe(true);
  stdin!.write('\x03');
  await alive.until(/asked/);
  stdin!.write('\x03');
  expect(await exited).toBe(130);
  await alive.ended;
  expect(existsSync(ready)).toBe(false);
});

describe('--timeout', () => {
  it.each([
    ['SIGTERM', 'sleep 600; true', [2_000]],
    ['SIGKILL', 'trap "" TERM; sleep 600; true', [2_000, 2_000]],
  ])('also ends what the command has started, with %s', async (_name, then, waits) => {
    const clock = impatientClock();
    const watch = await drive.watch(['-t', '1h', ...busy(then)], { clock });
    drive.write('a', 'a');
    await alive.until(/pid/);
    await clock.skip(3_600_000);
    await settle();
    for (const ms of waits) await clock.skip(ms);
    await alive.ended;
    expect(await watch.done).toBe(124);
    expect(watch.stderr.text).toMatch(/1 event was not/);
  });
});
