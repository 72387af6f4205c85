import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ActionFailure, ActionItem } from '../../../src/actions/action.ts';
import { commandAction, type CommandOptions } from '../../../src/actions/run-command.ts';
import { realClock } from '../../../src/surroundings.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';
import { fifo } from '../../support/fifo.ts';
import { itemOf } from './support.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'graph-watch-action-'));
});
afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

/** A command that runs JavaScript; `out` is a path that it may write to, `args` are its arguments. */
function script(code: string, ...args: string[]): [string, ...string[]] {
  const prelude = 'const fs = require("node:fs"); const [out, ...args] = process.argv.slice(1);';
  return [process.execPath, '-e', `${prelude}${code}`, join(place, 'out'), ...args];
}

const record = 'fs.writeFileSync(out, JSON.stringify({ args, env: process.env, stdin: fs.readFileSync(0, "utf8") }));';

interface Recorded { args: string[]; env: Record<string, string>; stdin: string }

function recorded(): Recorded {
  return JSON.parse(readFileSync(join(place, 'out'), 'utf8')) as Recorded;
}

/** Resolves with the failure, and with what the command wrote. */
async function run(argv: [string, ...string[]], items: ActionItem[] = [itemOf('a')], over: Partial<CommandOptions> & { signal?: AbortSignal } = {}): Promise<{ failure: ActionFailure | undefined; stdout: string; stderr: string }> {
  const { signal = new AbortController().signal, ...options } = over;
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => (text: string): undefined => {
    written[name] += text;
  };
  const act = commandAction({
    argv, batch: false, env: { PATH: process.env.PATH }, platform: process.platform, clock: realClock, stdout: sink('stdout'), stderr: sink('stderr'),
    signalOf: (reason) => (typeof reason === 'string' ? reason as NodeJS.Signals : undefined), onAbruptExit: () => () => undefined, ...options,
  });
  return { failure: await act(items, signal), ...written };
}

describe('a command', () => {
  it('gets the event as JSON on stdin and in variables, and its arguments unchanged', async () => {
    const hostile = ['$(touch pwned)', '`id`', '; rm -rf /', '* ?', '"\'', '', 'ü 日本'];
    const { failure } = await run(script(record, ...hostile), [itemOf('a')], { env: { GRAPH_WATCH_TOKEN: 'secret-token', KEPT: 'yes' } });
    expect(failure).toBeUndefined();
    const { args, env, stdin } = recorded();
    expect(args).toEqual(hostile);
    expect(stdin).toBe('{"id":"a"}\n');
    expect(env).toMatchObject({ KEPT: 'yes', GRAPH_WATCH_EVENT_PATH: '/a.txt', GRAPH_WATCH_EVENT_CHANGE: 'modified' });
    expect(JSON.stringify(env)).not.toContain('secret-token');
  });

  it('gets a batch as an array, even a batch of one', async () => {
    await run(script(record), [itemOf('a'), itemOf('b')], { batch: true });
    expect(recorded().stdin).toBe('[{"id":"a"},{"id":"b"}]\n');
    await run(script(record), [itemOf('a')], { batch: true });
    expect(recorded().stdin).toBe('[{"id":"a"}]\n');
  });

  it('has all of its output passed on', async () => {
    const { stdout, stderr } = await run(script('process.stdout.write("é".repeat(200000)); process.stderr.write("trouble\\n");'));
    expect(stdout).toBe('é'.repeat(200_000));
    expect(stderr).toBe('trouble\n');
  });

  it('is read no faster than the reader takes its output', async () => {
    const chunks: string[] = [];
    let release: () => void = () => undefined;
    let first: () => void = () => undefined;
    const began = new Promise<void>((resolve) => { first = resolve; });
    const gate = new Promise<void>((resolve) => { release = resolve; });
    const clock = steppedClock();
    const running = run(script('process.stdout.write("x".repeat(1000000));'), [itemOf('a')], {
      clock,
      stdout: async (text) => {
        first();
        await gate;
        chunks.push(text);
      },
    });
    await began;
    await settle();
    // However long the reader takes, nothing is lost.
    await clock.advance(600_000);
    expect(chunks).toEqual([]);
    release();
    await running;
    expect(chunks.join('')).toHaveLength(1_000_000);
  });

  it('need not read its stdin, however much there is', async () => {
    const big = { ...itemOf('a'), json: JSON.stringify('x'.repeat(1_000_000)) };
    expect((await run(script(''), [big])).failure).toBeUndefined();
  });

  it('fails if it exits with a code other than 0, or if a signal kills it', async () => {
    expect((await run(script('process.exit(3)'))).failure?.message).toBe(`${process.execPath} for modified /a.txt failed with exit code 3.`);
    expect((await run(script('process.kill(process.pid, "SIGKILL")'), [itemOf('a'), itemOf('b')])).failure?.message).toBe(`${process.execPath} for 2 events was killed by SIGKILL.`);
  });

  it('fails if it cannot be started, with a hint for shell commands', async () => {
    const { failure } = await run([join(place, 'nothing')]);
    expect(failure?.message).toBe(`${join(place, 'nothing')} could not be started: program not found.`);
    expect(failure?.hint).toContain('sh -c');
    expect((await run([place])).failure?.message).toContain('permission denied');
    expect((await run(['a\0b'])).failure?.message).toContain('could not be started');
  });

  it('gets a hint if it is a .cmd file on Windows', async () => {
    expect((await run([join(place, 'x.cmd')], undefined, { platform: 'win32' })).failure?.hint).toContain('cmd /c');
  });

  it('is over when it exits, even if a child of it still holds its output open', async () => {
    const clock = steppedClock();
    const left = 'const { spawn } = require("node:child_process"); const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit", detached: true }); fs.writeFileSync(out, String(child.pid)); child.unref(); process.stdout.write("done\\n");';
    let said: () => void = () => undefined;
    const done = new Promise<void>((resolve) => { said = resolve; });
    const running = run(script(left), undefined, { clock, stdout: (text) => { if (text === 'done\n') said(); return undefined; } });
    try {
      await done;
      // The wait begins with the exit, which the test cannot see.
      let over = false;
      void running.then(() => { over = true; });
      while (!over) await clock.advance(1_000);
      expect((await running).failure).toBeUndefined();
    } finally {
      process.kill(Number(readFileSync(join(place, 'out'), 'utf8')), 'SIGKILL');
    }
  });
});

describe('the end of a watch', () => {
  it('gives a running command time, then sends SIGTERM, then SIGKILL', async () => {
    const clock = steppedClock();
    const stop = new AbortController();
    let ready: () => void = () => undefined;
    let gotSigterm: () => void = () => undefined;
    const started = new Promise<void>((resolve) => { ready = resolve; });
    const terminated = new Promise<void>((resolve) => { gotSigterm = resolve; });
    const stubborn = 'process.on("SIGTERM", () => process.stdout.write("no\\n")); setInterval(() => {}, 1000); process.stdout.write("ready\\n");';
    let over = false;
    const running = run(script(stubborn), undefined, {
      clock, signal: stop.signal, stdout: (text) => { if (text === 'ready\n') ready(); else gotSigterm(); return undefined; },
    }).then((result) => {
      over = true;
      return result;
    });
    await started;
    stop.abort();
    await clock.advance(1_999);
    expect(over).toBe(false);
    await clock.advance(1);
    await terminated;
    expect(over).toBe(false);
    await clock.advance(2_000);
    expect((await running).failure?.message).toContain('SIGKILL');
  });

  it('lets a command that ends by itself do so', async () => {
    const stop = new AbortController();
    const running = run(script('process.stdin.resume().on("end", () => process.exit(0));'), undefined, { signal: stop.signal, clock: steppedClock() });
    stop.abort();
    expect((await running).failure).toBeUndefined();
  });

  // These run until something kills them; the pipe ends when the last of them is dead. A shell that is about to start
  // a child may miss a signal, so it is the child that says `ready`.
  const child = 'sh -c "echo ready >&3; exec sleep 600"';
  const parent = (line: string): [string, ...string[]] => ['sh', '-c', `exec 3>"$0"; ${line}; true`, join(place, 'alive')];
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('passes %s on at once, to the command and all its children', async (name) => {
    const alive = fifo(join(place, 'alive'));
    const clock = steppedClock();
    const stop = new AbortController();
    let over = false;
    const running = run(parent(child), undefined, { signal: stop.signal, clock }).finally(() => { over = true; });
    await alive.until(/ready/);
    stop.abort(name);
    // The clock has not moved. Which of them is seen to end first is chance; the watch may wait for the others.
    await alive.ended;
    while (!over) await clock.advance(50);
    expect((await running).failure?.message).toBe(`sh for modified /a.txt was killed by ${name}.`);
  });

  it('without a signal ends the children of the command too', async () => {
    const alive = fifo(join(place, 'alive'));
    const clock = steppedClock();
    const stop = new AbortController();
    const running = run(parent(child), undefined, { signal: stop.signal, clock });
    await alive.until(/ready/);
    stop.abort();
    await clock.advance(2_000);
    await alive.ended;
    await clock.advance(800);
    expect((await running).failure?.message).toContain('SIGTERM');
  });

  it('kills children that outlive the command and ignore every signal they can', async () => {
    const alive = fifo(join(place, 'alive'));
    const clock = steppedClock();
    const stop = new AbortController();
    const running = run(parent(`(trap "" INT TERM; ${child}) & echo "leader $$" >&3; wait`), undefined, { signal: stop.signal, clock });
    await alive.until(/ready/);
    await alive.until(/leader/);
    stop.abort('SIGTERM');
    let over = false;
    void alive.ended.then(() => { over = true; });
    while (!over) await clock.advance(50);
    await clock.advance(1_000);
    expect((await running).failure?.message).toContain('SIGTERM');
  });

  it.each([['SIGTERM', 'kill -TERM $$'], ['SIGINT', 'kill -INT $$'], ['143', 'exit 143'], ['130', 'exit 130']])(
    'may come just after the command died of the same signal (%s), so the watch waits for it', async (_name, death) => {
      const clock = steppedClock();
      const stop = new AbortController();
      let over = false;
      const running = run(['sh', '-c', death], undefined, { signal: stop.signal, clock }).finally(() => { over = true; });
      // The command's exit cannot be seen from here; this sleep follows it.
      while (!clock.sleeps.includes(800)) await settle();
      expect(over).toBe(false);
      stop.abort('SIGTERM');
      expect((await running).failure).toBeDefined();
    },
  );

  it('that never comes makes it an ordinary failure', async () => {
    const clock = steppedClock();
    const running = run(['sh', '-c', 'kill -TERM $$'], undefined, { clock });
    while (!clock.sleeps.includes(800)) await settle();
    await clock.advance(800);
    expect((await running).failure?.message).toBe('sh for modified /a.txt was killed by SIGTERM.');
  });

  it('kills the command and all its children if the process exits at once', async () => {
    const alive = fifo(join(place, 'alive'));
    const cleanups = new Set<() => void>();
    const running = run(parent(`trap "" INT TERM; ${child}`), undefined, {
      clock: steppedClock(), onAbruptExit: (cleanup) => {
        cleanups.add(cleanup);
        return () => cleanups.delete(cleanup);
      },
    });
    await alive.until(/ready/);
    for (const cleanup of cleanups) cleanup();
    await alive.ended;
    expect((await running).failure?.message).toContain('SIGKILL');
    expect(cleanups.size).toBe(0);
  });
});
