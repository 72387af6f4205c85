import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { aborted, linked } from '../lib/abort.ts';
import { ownGroup, processGroup, type ProcessGroup } from '../lib/process-group.ts';
import { isOutOfFiles } from '../lib/system-errors.ts';
import { codeOf, toError } from '../errors.ts';
import type { Clock } from '../surroundings.ts';
import { about, type Act, type ActionFailure, type ActionItem } from './action.ts';
import { commandEnv } from './event-env.ts';

/** Sink takes text that a command wrote, and resolves when it may write more. */
export type Sink = (text: string) => Promise<void> | undefined;

export interface CommandOptions {
  /** The program and its arguments, unchanged: there is no shell. */
  argv: readonly [string, ...string[]];
  /** The items as one JSON array on stdin, instead of the only item as an object. */
  batch: boolean;
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
  clock: Clock;
  /** Where its stdout and its stderr go. */
  stdout: Sink;
  stderr: Sink;
  /** The signal that ended the watch, from the reason that its `AbortSignal` has: it is passed on to the command. */
  signalOf: (reason: unknown) => NodeJS.Signals | undefined;
  /** Registers what has to be done if the process ends immediately; returns a function that removes it. */
  onAbruptExit: (cleanup: () => void) => () => void;
}

/** When the watch ends, a running command may finish within this; then it gets SIGTERM, and after as long again SIGKILL. */
const PATIENCE_MS = 2_000;
/** How often to check whether what a command has started has ended with it. */
const LOOK_MS = 50;
/**
 * A signal for a whole control group (systemd sends one) may kill a command before ours arrives: after a command died
 * of a signal, wait this long to see whether the signal was for us too.
 */
const OWN_SIGNAL_WITHIN_MS = 800;
/** STATUS_CONTROL_C_EXIT: the exit code of a command that a console's Ctrl-C has ended. */
const WINDOWS_CTRL_C = 0xc000013a;
/** What a command left running in the background may keep its stdout open forever. */
const OUTPUT_AFTER_EXIT_MS = 1_000;

/**
 * `commandAction` runs the command for the items, with their JSON on its stdin, and waits for its end. It runs in
 * a process group of its own, which ends with it when the watch ends.
 */
export function commandAction(options: CommandOptions): Act {
  const { argv: [name, ...args], platform, clock } = options;
  return async (items, signal) => {
    let child: ChildProcess;
    try {
      child = spawn(name, args, { env: commandEnv(options.env, items), stdio: ['pipe', 'pipe', 'pipe'], shell: false, windowsHide: true, ...ownGroup(platform) });
    } catch (error) {
      return notStarted(name, error, platform);
    }
    const ended = endOf(child);
    // Without descriptors left (EMFILE) it does not even have streams.
    if (child.pid === undefined) return notStarted(name, (await ended).error, platform);
    const group = processGroup(child, platform);
    const takeBack = options.onAbruptExit(() => { group.send('SIGKILL'); });
    const over = new AbortController();
    const stdin = feed(child, options.batch, items);
    const outputs = [pump(child.stdout, options.stdout), pump(child.stderr, options.stderr)];
    void endPatiently(group, options, signal, over.signal);
    const how = await ended;
    // What killed it may be meant for us too: notice our own signal before anything else starts.
    await new Promise((resolve) => setImmediate(resolve));
    if (diedOfSignal(how)) await clock.sleep(OWN_SIGNAL_WITHIN_MS, signal);
    over.abort();
    if (signal.aborted) await endRest(group, clock);
    takeBack();
    await lastOutput(outputs, clock, signal);
    for (const stream of child.stdio) stream?.destroy();
    const what = `${name} for ${about(items)}`;
    if (how.signal !== null) return { message: `${what} was killed by ${how.signal}.` };
    if (how.code !== 0) return { message: `${what} failed with exit code ${how.code ?? 'unknown'}.` };
    const unfed = await stdin;
    return unfed === undefined ? undefined : { message: `The event could not be passed to ${what}: ${unfed.message}` };
  };
}

interface End {
  /** Why it could not be started. */
  error?: Error;
  code: number | null;
  signal: NodeJS.Signals | null;
}

function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      // An error after the start (a signal that could not be sent) is followed by the exit.
      if (child.pid === undefined) resolve({ error, code: null, signal: null });
    });
    child.once('exit', (code, signal) => { resolve({ code, signal }); });
  });
}

/** Resolves with an error that matters: a command need not read its stdin, or not to the end. */
function feed({ stdin }: ChildProcess, batch: boolean, items: readonly ActionItem[]): Promise<Error | undefined> {
  if (stdin === null) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    stdin.once('error', (error) => {
      const code = codeOf(error);
      resolve(code === 'EPIPE' || code === 'ECONNRESET' || code === 'EOF' || code === 'ERR_STREAM_DESTROYED' ? undefined : error);
    });
    stdin.once('close', () => { resolve(undefined); });
    const text = items.map(({ json }) => json).join(',');
    stdin.end(`${batch ? `[${text}]` : text}\n`);
  });
}

/** One output of a command on its way to us. */
interface Pump {
  readonly done: Promise<void>;
  /** The destination is slow, and more may be coming. */
  readonly blocked: boolean;
}

function pump(from: Readable | null, sink: Sink): Pump {
  let blocked = false;
  const run = async (): Promise<void> => {
    if (from === null) return;
    try {
      for await (const text of from.setEncoding('utf8')) {
        blocked = true;
        await sink(String(text));
        blocked = false;
      }
    } catch (error) {
      // We destroyed it, since something in the background kept it open.
      if (codeOf(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    }
  };
  return {
    done: run(),
    get blocked() {
      return blocked;
    },
  };
}

/**
 * Resolves when the command's last output has been written. What it left in the background may keep its
 * outputs open: they are waited for no longer than a second, unless our own output is what stalls.
 */
async function lastOutput(outputs: readonly Pump[], clock: Clock, signal: AbortSignal): Promise<void> {
  const all = Promise.all(outputs.map(({ done }) => done)).then(() => true);
  while (true) {
    const enough = new AbortController();
    const finished = await Promise.race([all, clock.sleep(OUTPUT_AFTER_EXIT_MS, enough.signal).then(() => false)]);
    enough.abort();
    if (finished || signal.aborted || !outputs.some(({ blocked }) => blocked)) return;
  }
}

/** Whether a signal that ends whole groups has ended it, or a process that it waited for (as shells have it: 128 + the signal's number). */
function diedOfSignal({ code, signal }: End): boolean {
  const ending: readonly (NodeJS.Signals | number | null)[] = ['SIGHUP', 'SIGINT', 'SIGTERM', 129, 130, 143, WINDOWS_CTRL_C];
  return ending.includes(signal ?? code);
}

/** Passes on the signal that ended the watch, then gives the command time to end. */
async function endPatiently(group: ProcessGroup, { clock, signalOf }: CommandOptions, signal: AbortSignal, over: AbortSignal): Promise<void> {
  // A function, since TypeScript would assume that the first answer still holds after a wait.
  const isOver = (): boolean => over.aborted;
  const either = linked(signal, over);
  await aborted(either.signal);
  either.release();
  if (isOver()) return;
  const name = signalOf(signal.reason);
  if (name !== undefined) group.send(name);
  for (const next of ['SIGTERM', 'SIGKILL'] as const) {
    await clock.sleep(PATIENCE_MS, over);
    if (isOver()) return;
    group.send(next);
  }
}

/** Ends what the command has left running when the watch ends: within the same time as the command itself, then immediately. */
async function endRest(group: ProcessGroup, clock: Clock): Promise<void> {
  if (!group.exists()) return;
  group.send('SIGTERM');
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
    await clock.sleep(LOOK_MS);
    if (!group.exists()) return;
  }
  group.send('SIGKILL');
}

function notStarted(name: string, thrown: unknown, platform: NodeJS.Platform): ActionFailure {
  const code = codeOf(thrown);
  const reason = code === 'ENOENT' ? 'program not found' : code === 'EACCES' ? 'permission denied'
    : isOutOfFiles(thrown) ? 'too many files are open' : toError(thrown).message;
  const hint = platform === 'win32' && (code === 'EINVAL' || code === 'ENOENT')
    ? 'Run a .cmd or .bat file with cmd: -- cmd /c script.cmd'
    : code === 'ENOENT' ? 'The command runs without a shell; to use one, write -- sh -c \'…\'.' : undefined;
  return { message: `${name} could not be started: ${reason}.`, hint };
}
