import type { Readable, Writable } from 'node:stream';
import { fileOutput } from './lib/file-output.ts';

/** Clock reads the time and waits. It is passed in, so that tests step it instead of waiting. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. Jumps when the machine sleeps or its clock is set. */
  readonly now: () => number;
  /**
   * Resolves after `ms` milliseconds, or as soon as `signal` aborts (it never rejects: whoever
   * waits looks at the signal afterwards, as after every other await).
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Output is a stream that people or programs read. */
export type Output = Writable & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  /** Only of a regular file: whether it ends in the middle of a line. */
  endsMidLine?(): boolean;
  /** Bytes of the latest write that the system has not accepted, if known. */
  readonly untakenBytes?: number;
};

/** Surroundings is everything outside the program that it uses, so that a test can replace it. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Calls `listener` on each arrival of the signal; returns a function that removes it. */
  readonly onSignal: (name: SignalName, listener: () => void) => () => void;
  /** Calls `before` when Ctrl-Z is about to stop the process, and `after` when it continues; returns a function that removes both. */
  readonly onSuspend: (before: () => void, after: () => void) => () => void;
  /** Calls `listener` with whatever was thrown, or rejected, where nobody caught it, instead of Node's own report. */
  readonly onFault: (listener: (thrown: unknown) => void) => void;
  /** Opens a URL in the user's browser. Rejects when there is none. */
  readonly openBrowser: (url: string) => Promise<void>;
  /** Ends the process immediately: for the second Ctrl-C, which waits for nothing. */
  readonly exitNow: (code: number) => void;
}

/** setTimeout overflows past 2^31-1 ms and would fire at once: longer sleeps are cut into pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    for (let left = ms; left > 0 && signal?.aborted !== true; left -= LONGEST_TIMER_MS) {
      await timer(Math.min(left, LONGEST_TIMER_MS), signal);
    }
  },
};

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(handle);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const handle = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Windows has no such signal. */
function onSuspend(before: () => void, after: () => void): () => void {
  if (process.platform === 'win32') return () => undefined;
  const suspend = (): void => {
    before();
    // What the system does if nobody listens for the signal: stops the process here, unless no shell could continue it.
    process.off('SIGTSTP', suspend);
    process.kill(process.pid, 'SIGTSTP');
    process.on('SIGTSTP', suspend);
    after();
  };
  process.on('SIGTSTP', suspend);
  return () => {
    process.off('SIGTSTP', suspend);
  };
}

export function realSurroundings(): Surroundings {
  const file = fileOutput(1);
  // When a file reaches its size limit, the system sends a signal as well as the error. Node ignores it until the
  // library for locks listens: without another listener the process would then end, in the middle of a line.
  if (file !== undefined && process.platform !== 'win32') process.on('SIGXFSZ', () => undefined);
  return {
    env: process.env,
    platform: process.platform,
    stdin: process.stdin,
    stdout: file ?? process.stdout,
    stderr: process.stderr,
    clock: realClock,
    random: Math.random,
    onSignal(name, listener) {
      process.on(name, listener);
      return () => {
        process.off(name, listener);
      };
    },
    onSuspend,
    onFault(listener) {
      process.on('uncaughtException', listener);
      process.on('unhandledRejection', listener);
    },
    async openBrowser(url) {
      // Anything else might be an option to the opener, or start another program.
      if (!/^https?:\/\//.test(url)) throw new Error('not a web address');
      const { default: open } = await import('open');
      await open(url);
    },
    exitNow(code) {
      process.exit(code);
    },
  };
}
