import { PassThrough, type Readable } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock, type Clock, type SignalName, type Surroundings } from '../../src/surroundings.ts';
import { FakeOutput } from './fake-output.ts';

export interface FakeSurroundingsOptions {
  /** Replaces the real environment; the configuration folder is one that does not exist. */
  env?: Record<string, string>;
  /** Which streams are terminals; none by default. */
  tty?: { stdin?: boolean; stdout?: boolean; stderr?: boolean };
  clock?: Clock;
  random?: () => number;
  openBrowser?: (url: string) => Promise<void>;
}

/** The surroundings of the program, controlled by the test. */
export interface FakeSurroundings extends Surroundings {
  readonly stdout: FakeOutput;
  readonly stderr: FakeOutput;
  readonly stdin: Readable & { isTTY?: boolean };
  /** The codes that `exitNow` was called with. The program continues here, while the real one would have exited. */
  readonly exits: number[];
  /** The signal arrives. */
  raise(name: SignalName): void;
  /** Something is thrown that nobody catches. */
  fault(thrown: unknown): void;
  /** How many listeners wait for signals; 0 once the program has ended. */
  readonly signalListeners: number;
}

export function fakeSurroundings({ env = {}, tty = {}, clock = realClock, random = () => 0.5, openBrowser }: FakeSurroundingsOptions = {}): FakeSurroundings {
  const listeners = new Set<readonly [SignalName, () => void]>();
  const faultListeners = new Set<(thrown: unknown) => void>();
  const exits: number[] = [];
  return {
    env: { GRAPH_WATCH_CONFIG_DIR: join(tmpdir(), `graph-watch-nowhere-${process.pid}`), ...env },
    platform: process.platform,
    stdin: Object.assign(new PassThrough(), tty.stdin === true ? { isTTY: true } : {}),
    stdout: new FakeOutput({ isTTY: tty.stdout ?? false }),
    stderr: new FakeOutput({ isTTY: tty.stderr ?? false }),
    clock,
    random,
    exits,
    openBrowser: openBrowser ?? (() => Promise.reject(new Error('there is no browser'))),
    exitNow: (code) => {
      exits.push(code);
    },
    onSignal(name, listener) {
      const entry = [name, listener] as const;
      listeners.add(entry);
      return () => {
        listeners.delete(entry);
      };
    },
    onSuspend: () => () => undefined,
    onFault(listener) {
      faultListeners.add(listener);
    },
    fault(thrown) {
      for (const listener of faultListeners) listener(thrown);
    },
    raise(name) {
      for (const [of, listener] of [...listeners]) if (of === name) listener();
    },
    get signalListeners() {
      return listeners.size;
    },
  };
}
