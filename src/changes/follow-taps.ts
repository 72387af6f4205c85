import type { WatchEvent } from '../events.ts';
import type { BoundedQueue } from '../lib/bounded-queue.ts';
import type { Clock } from '../surroundings.ts';
import type { Fallback } from './fallback.ts';
import type { Follower } from './follower.ts';
import type { Gaps } from './gaps.ts';
import type { PollPace } from './poll-schedule.ts';
import { QueryFloor } from './query-floor.ts';
import type { TapSignal } from './tap-signal.ts';

/**
 * Delta is queried right after a tap, and again after these pauses (milliseconds): it lags 5 to 60 s behind,
 * and an answer with something in it may lack what the last tap was for.
 */
export const QUERY_AGAIN_MS: readonly number[] = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/** Standing is how far a watch is behind its connection: caught up once delta was queried after the latest connect. */
export interface Standing {
  connects: number;
  /** How many there had been when the latest query began that succeeded. */
  caughtUpWith: number;
}

export interface TapsOptions {
  notifications: (signal: AbortSignal) => AsyncIterable<WatchEvent>;
  /** Pass on the notifications, too. */
  withNotifications: boolean;
  clock: Clock;
  signal: AbortSignal;
  taps: TapSignal;
  fallback: Fallback | undefined;
  standing: Standing;
  /** Enumerates the drive in the background, if that is wanted. */
  enumerate: (ending: AbortSignal) => Promise<void>;
  /** For changes without a notification: joins the polled drives. */
  unannounced?: (() => PollPace) | undefined;
}

/** The shortest interval at which changes without a notification are looked for, in milliseconds. */
export const UNANNOUNCED_LEAST_MS = 60_000;

/** `followTaps` queries delta whenever a notification, a connection or the fallback is a reason to. Rejects with what the notifications end with. */
export async function followTaps(follower: Follower, options: TapsOptions, queue: BoundedQueue<WatchEvent>): Promise<void> {
  const { notifications, clock, signal, taps, fallback, standing, enumerate } = options;
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const listening = listen(notifications(both), options, follower.gaps, queue);
  // Its failure is thrown below, possibly only after the current request.
  listening.catch(() => undefined);
  fallback?.lost('connecting is taking too long', 0);
  const floor = new QueryFloor();
  const pace = options.unannounced?.();
  let found = false;
  let enumerating: Promise<void> | undefined;
  try {
    let pauses: readonly number[] = [];
    while (true) {
      const idleMs = pace === undefined ? undefined : Math.max(UNANNOUNCED_LEAST_MS, pace.next(found));
      if (await taps.wait(pauses[0] ?? idleMs, clock, signal) === 'over') break;
      const waitMs = floor.leftMs(clock.now());
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      if (signal.aborted) break;
      const cause = taps.take();
      const again = pauses.length > 0;
      if (cause === undefined) pauses = pauses.slice(1);
      // A renewal misses nothing. Delta is queried once all the same: a notification may never have come.
      else if (cause === 'notification' || cause === 'ready') pauses = QUERY_AGAIN_MS;
      floor.queried(clock.now(), cause === 'notification');
      const polled = cause === 'poll' || fallback?.polling === true || (cause === undefined && !again);
      const { connects } = standing;
      found = await follower.query(cause === 'ready' ? 'catchup' : polled ? 'poll' : 'push');
      standing.caughtUpWith = connects;
      fallback?.queried(found);
      // Once the watch is ready: these requests come after those that a script waits for.
      enumerating ??= enumerate(both);
      await queue.room();
    }
  } finally {
    over.abort();
    fallback?.end();
    pace?.leave();
    try {
      await enumerating;
      await listening;
    } finally {
      follower.gaps.close({ catchup: false });
    }
  }
}

/** Passes on what is not a tap, and raises `taps` for what is. Rejects with what the notifications end with. */
async function listen(notifications: AsyncIterable<WatchEvent>, { withNotifications, taps, fallback, standing }: TapsOptions, gaps: Gaps, queue: BoundedQueue<WatchEvent>): Promise<void> {
  try {
    for await (const event of notifications) {
      // While the drive is polled, nothing is lost without a connection, and the attempts continue silently.
      const unseen = event.type === 'reconnecting' && fallback?.polling === true;
      if (event.type === 'reconnecting') fallback?.lost(event.reason, event.delayMs);
      if (event.type === 'ready') {
        standing.connects += 1;
        fallback?.connected();
      }
      // Delta is queried after every (re)connect, and does not depend on notifications that were missed.
      if (event.type === 'gap') gaps.missed(event);
      else if (!unseen && (event.type !== 'notification' || withNotifications)) queue.put(event);
      if (event.type === 'notification' || event.type === 'ready' || event.type === 'renewed') taps.raise(event.type);
      await queue.room();
    }
  } finally {
    taps.end();
  }
}
