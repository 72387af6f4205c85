import type { WatchEvent } from '../../src/events.ts';
import { stayConnected } from '../../src/stream/stay-connected.ts';
import { watchWaking } from '../../src/stream/wake.ts';
import { controlledConnection, type ControlledConnection } from './controlled-socket.ts';
import { settle, steppedClock, type SteppedClock } from './stepped-clock.ts';

/** What the next request for an endpoint or a connection does; `deaf` hangs and ignores its signal. */
export type Attempt = Error | 'hang' | 'deaf' | { lifetimeMs?: number };

/** A stream whose network, time and randomness are controlled by the test. */
export interface StreamScript {
  clock: SteppedClock;
  events: WatchEvent[];
  /** Types of the events so far; for a notification, its data. */
  history(): string[];
  connections: ControlledConnection[];
  /** The newest connection. */
  readonly current: ControlledConnection;
  /** What the next endpoint requests do; without an entry they succeed, with a lifetime of an hour. */
  endpoints: Attempt[];
  /** What the next connects do; without an entry they succeed. */
  connects: (Error | 'hang')[];
  /** How often an endpoint was requested. */
  asked: () => number;
  stop(): Promise<void>;
  /** Resolves when the stream is over, to undefined or what it threw. */
  over: Promise<unknown>;
}

export interface ScriptOptions {
  random?: () => number;
  /** The consumer takes nothing until unstall(). */
  stalled?: boolean;
  /** What the first endpoint requests do. */
  endpoints?: Attempt[];
  /** Whether other targets of the process have been connected; false by default. */
  everConnected?: () => boolean;
}

export async function startStream({ random = () => 1, stalled = false, endpoints = [], everConnected = () => false }: ScriptOptions = {}): Promise<StreamScript & { unstall: () => void }> {
  const clock = steppedClock();
  const controller = new AbortController();
  const events: WatchEvent[] = [];
  const connections: ControlledConnection[] = [];
  const connects: (Error | 'hang')[] = [];
  let asked = 0;
  let unstall: () => void = () => undefined;
  const gate = stalled ? new Promise<void>((resolve) => { unstall = resolve; }) : Promise.resolve();

  const stream = stayConnected({
    target: 'me',
    clock,
    random,
    everConnected,
    signal: controller.signal,
    wake: watchWaking(clock, controller.signal),
    fetchEndpoint: async (signal) => {
      asked += 1;
      const next = endpoints.shift() ?? {};
      if (next === 'hang') return hang(signal);
      if (next === 'deaf') return new Promise(() => undefined);
      if (next instanceof Error) throw next;
      return { url: new URL(`https://push.example/notifications?token=${asked}`), lifetimeMs: next.lifetimeMs ?? 3_600_000 };
    },
    connect: async (_url, signal) => {
      const next = connects.shift();
      if (next === 'hang') return hang(signal);
      if (next instanceof Error) throw next;
      const connection = controlledConnection(clock.now);
      connections.push(connection);
      return Promise.resolve(connection);
    },
  });
  const over = (async (): Promise<unknown> => {
    try {
      for await (const event of stream) {
        await gate;
        events.push(event);
      }
      return undefined;
    } catch (error) {
      return error;
    }
  })();
  await settle();
  return {
    clock, events, connections, endpoints, connects, over, unstall,
    asked: () => asked,
    history: () => events.map((event) => (event.type === 'notification' ? JSON.stringify(event.data) : event.type)),
    get current() {
      const last = connections.at(-1);
      if (last === undefined) throw new Error('no connection yet');
      return last;
    },
    async stop() {
      controller.abort();
      await over;
    },
  };
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => { reject(new Error('aborted')); });
  });
}
