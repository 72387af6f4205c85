import { aborted } from '../../src/lib/abort.ts';
import { changes, type ChangesOptions, type ChangeStream } from '../../src/changes/changes.ts';
import { BoundedQueue } from '../../src/lib/bounded-queue.ts';
import type { ChangeEvent, WatchEvent } from '../../src/events.ts';
import { retryDelay } from '../../src/retry-policy.ts';
import type { DriveSource } from '../../src/delta.ts';
import { settle, type SteppedClock } from './stepped-clock.ts';

/** A stream of changes whose notifications, time and reader are controlled by the test. */
export interface ChangesScript {
  events: WatchEvent[];
  changes(): ChangeEvent[];
  /** The events so far: `modified /a.txt`, or the type of a lifecycle event. */
  history(): string[];
  /** A notification arrives. */
  tap(): void;
  /** The connection is lost. */
  lose(): void;
  /** The connection is back. */
  connect(): void;
  /** The connection is back, and notifications may have been missed between these times. */
  connectAfter(from: number, to: number): void;
  /** The reader takes nothing until flow(); stop() and killAfter() flow first. */
  stall(): void;
  flow(): void;
  /** The reader takes this many more events and is then killed. */
  killAfter(events: number): Promise<void>;
  /** Stops in order: what was taken is settled. */
  stop(): Promise<void>;
  over: Promise<unknown>;
}

export interface ScriptOptions extends Partial<Omit<ChangesOptions, 'source' | 'clock'>> {
  source: DriveSource;
  clock: SteppedClock;
  /** The reader takes this many events (default: all) and then goes away. */
  takes?: number;
  /** Called with each event that the reader takes. */
  onTaken?: (event: WatchEvent) => void;
}

export async function startChanges({ source, clock, onTaken, takes = Infinity, ...more }: ScriptOptions): Promise<ChangesScript> {
  const controller = new AbortController();
  const taps = new BoundedQueue<WatchEvent>();
  const events: WatchEvent[] = [];
  const put = (event: { type: 'ready' } | { type: 'notification'; data: unknown } | { type: 'reconnecting'; reason: string; delayMs: number } | { type: 'gap'; reason: string; from: number; to: number }): void => {
    taps.put({ time: clock.now(), target: 'me', ...event });
  };
  const stream: ChangeStream = changes({
    target: 'me', source, clock, signal: controller.signal, withNotifications: false, index: 'never',
    trigger: {
      notifications: (signal) => {
        void aborted(signal).then(() => { taps.end(); });
        put({ type: 'ready' });
        return taps;
      },
    },
    retryDelay: (trouble) => retryDelay(trouble, () => 1),
    onProgress: () => undefined,
    ...more,
  });
  let left = takes;
  let open: (() => void) | undefined;
  let gate = Promise.resolve();
  let last: WatchEvent | undefined;
  const over = (async (): Promise<unknown> => {
    try {
      for await (const event of stream.events) {
        await gate;
        if (left <= 0) return undefined;
        left -= 1;
        if (event.type === 'checkpoint') {
          await event.commit();
          continue;
        }
        events.push(event);
        onTaken?.(event);
        if (event.type === 'change') last = event;
      }
      return undefined;
    } catch (error) {
      return error;
    }
  })();
  const flow = (): void => {
    open?.();
    open = undefined;
  };
  await settle();
  return {
    events, over,
    changes: () => events.filter((event) => event.type === 'change'),
    history: () => events.map((event) => (event.type === 'change' ? `${event.change} ${event.item.path ?? event.item.id}` : event.type)),
    tap: () => { put({ type: 'notification', data: {} }); },
    lose: () => { put({ type: 'reconnecting', reason: 'lost', delayMs: 1_000 }); },
    connect: () => { put({ type: 'ready' }); },
    connectAfter: (from, to) => {
      put({ type: 'gap', reason: 'lost', from, to });
      put({ type: 'ready' });
    },
    stall: () => { if (open === undefined) gate = new Promise((resolve) => { open = resolve; }); },
    flow,
    async killAfter(count) {
      left = count;
      flow();
      if (count === 0) controller.abort();
      await settle();
      controller.abort();
      await over;
    },
    async stop() {
      flow();
      controller.abort();
      await over;
      if (last !== undefined) await stream.settle(last);
    },
  };
}
