import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { aborted } from '../lib/abort.ts';
import { codeOf, toError } from '../errors.ts';
import type { Clock } from '../surroundings.ts';
import { about, type Act, type ActionFailure, type ActionItem } from './action.ts';
import { commandEnv } from './event-env.ts';

/** Takes text that a command wrote; resolves when it may write more. */
export type Sink = (text: string) => Promise<void> | undefined;

export interface CommandOptions {
  /** The program and its arguments, as they are: no shell ever sees them. */
  argv: readonly [string, ...string[]];
  /** The items as one JSON array on stdin, instead of the only item as an object. */
  batch: boolean;
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
  clock: Clock;
  /** Where its stdout and its stderr go. */
  stdout: Sink;
  stderr: Sink;
}

/** When the watch ends, a running command may finish within this; then it is told to end, then ended. */
const PATIENCE_MS = 2_000;
/** What a command left running in the background may hold its stdout open for ever. */
const OUTPUT_AFTER_EXIT_MS = 1_000;

/** Runs the command for the items, with their JSON on its stdin, and waits for its end. */
export function commandAction(options: CommandOptions): Act {
  const name = options.argv[0];
  return async (items, signal) => {
    const [program, ...args] = options.argv;
    let child: ChildProcess;
    try {
      child = spawn(program, args, { env: commandEnv(options.env, items), stdio: ['pipe', 'pipe', 'pipe'], shell: false, windowsHide: true });
    } catch (error) {
      return notStarted(name, error, options.platform);
    }
    const over = new AbortController();
    const ended = endOf(child);
    const stdin = feed(child, options.batch, items);
    const outputs = [pump(child.stdout, options.stdout), pump(child.stderr, options.stderr)];
    void endPatiently(child, options.clock, signal, over.signal);
    const how = await ended;
    over.abort();
    await lastOutput(outputs, options.clock, signal);
    for (const stream of child.stdio) stream?.destroy();
    if ('error' in how) return notStarted(name, how.error, options.platform);
    const what = `${name} for ${about(items)}`;
    if (how.signal !== null) return { message: `${what} was ended by ${how.signal}.` };
    if (how.code !== 0) return { message: `${what} failed with exit code ${how.code ?? 'unknown'}.` };
    const unfed = await stdin;
    return unfed === undefined ? undefined : { message: `${what} could not be given its event: ${unfed.message}` };
  };
}

type End = { error: Error } | { code: number | null; signal: NodeJS.Signals | null };

function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      // An error after the start (a signal that could not be sent) is followed by the exit.
      if (child.pid === undefined) resolve({ error });
    });
    child.once('exit', (code, signal) => { resolve({ code, signal }); });
  });
}

/** Resolves with an error that matters: a command that does not read its stdin, or not to the end, is in its right. */
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
  /** Whoever takes it is slow, and more may be on its way. */
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
      // Destroyed by ourselves, since something in the background kept it open.
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
 * Resolves when the command's last words were taken. What it left in the background may hold its
 * outputs open: they are waited for no longer than a second, unless it is on our side that it stalls.
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

/** Ctrl-C reaches the command from the terminal as well: first it is given time to end by itself. */
async function endPatiently(child: ChildProcess, clock: Clock, signal: AbortSignal, over: AbortSignal): Promise<void> {
  await aborted(AbortSignal.any([signal, over]));
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    await clock.sleep(PATIENCE_MS, over);
    if (over.aborted) return;
    child.kill(name);
  }
}

function notStarted(name: string, thrown: unknown, platform: NodeJS.Platform): ActionFailure {
  const code = codeOf(thrown);
  const reason = code === 'ENOENT' ? 'there is no such program' : code === 'EACCES' ? 'it may not be executed' : toError(thrown).message;
  const hint = platform === 'win32' && (code === 'EINVAL' || code === 'ENOENT')
    ? 'A .cmd or .bat file is run by cmd: -- cmd /c script.cmd'
    : code === 'ENOENT' ? 'No shell is involved: for a shell\'s own commands write -- sh -c \'…\'.' : undefined;
  return { message: `${name} could not be started: ${reason}.`, hint };
}
