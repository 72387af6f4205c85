import { main } from '../../src/main.ts';
import type { Clock } from '../../src/surroundings.ts';
import { startBinary, type Running } from './binary.ts';
import type { FakeGraph } from './fake-graph.ts';
import { fakeSurroundings } from './fake-surroundings.ts';

/** One line of a watch's stdout. */
export interface WatchRecord {
  type: string;
  time: string;
  reason?: string;
  delayMs?: number;
  from?: string;
  to?: string;
  data?: unknown;
}

/** `graph-watch watch me --json --lifecycle --debug` over a fake Graph, as the real binary or in this process. */
export interface Watching {
  readonly records: WatchRecord[];
  /** The types of the records so far, in order. */
  readonly history: string[];
  /** Everything it wrote, on both streams. */
  readonly output: string;
  readonly stderr: string;
  /** Resolves once the history is this; rejects as soon as it differs, or if the watch ends before. */
  reached(...history: string[]): Promise<void>;
  /** Resolves once stderr (`said`) or stdout (`printed`) contains this. */
  said(wanted: string | RegExp): Promise<void>;
  printed(wanted: string | RegExp): Promise<void>;
  /** The exit code, or the signal. */
  readonly done: Promise<number | string>;
  /** Sends Ctrl-C; resolves with the exit code. */
  stop(): Promise<number | string>;
  /** The process of the real binary. */
  readonly process: Running['process'] | undefined;
}

export const TOKEN = 'opaque-graph-token';

export interface WatchingOptions {
  args?: readonly string[];
  env?: Record<string, string>;
  clock?: Clock;
  random?: () => number;
}

const ARGV = ['watch', 'me', '--json', '--lifecycle', '--debug'];

/** Retry delays are random; this makes them always short. */
const SHORT_DELAYS = '--import=data:text/javascript,Math.random=()=>0.001';

/** Watches with the real binary. */
export function watchWithBinary(graph: Pick<FakeGraph, 'url'>, { args = [], env = {} }: WatchingOptions = {}): Watching {
  const run = startBinary([...ARGV, ...args], {
    env: { GRAPH_WATCH_TOKEN: TOKEN, GRAPH_WATCH_GRAPH_URL: graph.url, NODE_OPTIONS: SHORT_DELAYS, ...env },
  });
  return watching({
    stdout: () => run.stdout,
    stderr: () => run.stderr,
    until: async (stream, wanted) => run.until(stream, wanted),
    done: run.done.then(({ code }) => code),
    interrupt: () => run.process.kill('SIGINT'),
    process: run.process,
  });
}

/** Runs the whole program in this process. It retries at once unless `random` says otherwise. */
export function watchInProcess(graph: Pick<FakeGraph, 'url'>, { args = [], env = {}, clock, random = () => 0.001 }: WatchingOptions = {}): Watching {
  const surroundings = fakeSurroundings({
    env: { GRAPH_WATCH_TOKEN: TOKEN, GRAPH_WATCH_GRAPH_URL: graph.url, ...env }, random, ...(clock === undefined ? {} : { clock }),
  });
  return watching({
    stdout: () => surroundings.stdout.text,
    stderr: () => surroundings.stderr.text,
    until: async (stream, wanted) => {
      await surroundings[stream].until(wanted);
    },
    done: main([...ARGV, ...args], surroundings),
    interrupt: () => {
      surroundings.raise('SIGINT');
    },
    process: undefined,
  });
}

interface Parts {
  stdout: () => string;
  stderr: () => string;
  until: (stream: 'stdout' | 'stderr', wanted: string | RegExp) => Promise<void>;
  done: Promise<number | string>;
  interrupt: () => unknown;
  process: Running['process'] | undefined;
}

function watching({ stdout, stderr, until, done, interrupt, process }: Parts): Watching {
  const records = (): WatchRecord[] => stdout().split('\n').slice(0, -1).map((line) => JSON.parse(line) as WatchRecord);
  const history = (): string[] => records().map(({ type }) => type);
  const ended = done.then(() => undefined);
  return {
    done,
    process,
    get records() {
      return records();
    },
    get history() {
      return history();
    },
    get output() {
      return stdout() + stderr();
    },
    get stderr() {
      return stderr();
    },
    said: (wanted) => until('stderr', wanted),
    printed: (wanted) => until('stdout', wanted),
    async reached(...wanted) {
      for (let lines = 1; lines <= wanted.length; lines += 1) {
        await Promise.race([until('stdout', new RegExp(`^(?:[^\\n]*\\n){${lines}}`)), ended]);
        const got = history();
        const prefix = wanted.slice(0, got.length);
        if (got.length < lines || got.slice(0, wanted.length).join() !== prefix.join()) {
          throw new Error(`wanted ${wanted.join()}, got ${got.join()}\n${stdout()}${stderr()}`);
        }
      }
    },
    async stop() {
      interrupt();
      return done;
    },
  };
}

/** What no output may contain: the Graph token, and parts of a push URL's query. */
export const SECRETS = /opaque-|w1-secret|applicationId=|9188040d-\d/;
/** What Node writes if a program does not handle something. */
export const CRASH = /Unhandled|Uncaught|\nNode\.js v\d|MaxListenersExceeded/;
