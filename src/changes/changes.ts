import { describeDuration } from '../lib/duration.ts';
import type { WatchError } from '../errors.ts';
import { sizeOfEvent, type WatchEvent } from '../events.ts';
import type { Clock } from '../surroundings.ts';
import { TapSignal } from './tap-signal.ts';
import { BoundedQueue } from '../lib/bounded-queue.ts';
import type { Gaps } from './gaps.ts';
import { Follower, type FollowedDrive } from './follower.ts';
import { Retry, type RetryDelay } from '../lib/retry.ts';

export interface ChangesOptions extends FollowedDrive {
  /**
   * What causes a query: notifications, or an interval. Notifications are opened once the cursor is armed, so that nothing is missed after their `ready`.
   * `once`: nothing does; the stream ends with what happened up to now.
   */
  trigger: { notifications: (signal: AbortSignal) => AsyncIterable<WatchEvent> } | { pollMs: number } | { once: true };
  /** Pass on the notifications, too. */
  withNotifications: boolean;
  retryDelay: RetryDelay;
}

export interface ChangeStream {
  /** Changes, lifecycle and, after what they cover, checkpoints. To be read once. */
  events: AsyncGenerator<WatchEvent, void, undefined>;
  /** `settle` records that everything up to and including this event was accepted: for a reader that leaves in the middle. */
  settle(last: WatchEvent): Promise<void>;
}

/**
 * Delta is queried right after a tap, and again after these pauses (milliseconds): it lags 5 to 60 s behind,
 * and an answer with something in it may lack what the last tap was for.
 */
export const QUERY_AGAIN_MS: readonly number[] = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/**
 * Two queries of one drive start at least this far apart (milliseconds), however many taps come. Budget: a
 * query with a token costs one resource unit per page, so a drive that never rests costs 60 per minute, of the
 * 1,250 that the smallest tenant allows an app; one tap alone costs seven in a minute (`QUERY_AGAIN_MS`).
 */
export const QUERY_FLOOR_MS = 1_000;

/** `changes` reports what changed in a drive, from taps or at an interval: one more stage between the stream and the output. */
export function changes(options: ChangesOptions): ChangeStream {
  const readerGone = new AbortController();
  const signal = AbortSignal.any([options.signal, readerGone.signal]);
  const queue = new BoundedQueue<WatchEvent>(sizeOfEvent);
  const follower = createFollower(options, signal, queue);
  return { events: run(), settle: (last) => follower.settle(last) };

  async function* run(): AsyncGenerator<WatchEvent, void, undefined> {
    const following = follow(follower, options, signal, queue).then(
      () => {
        queue.end();
      },
      (error: unknown) => {
        if (signal.aborted) queue.end();
        else queue.fail(error);
      },
    );
    try {
      yield* queue;
    } finally {
      readerGone.abort();
      queue.end();
      await following;
    }
  }
}

function createFollower(options: ChangesOptions, signal: AbortSignal, queue: BoundedQueue<WatchEvent>): Follower {
  const { target, clock, trigger, retryDelay } = options;
  let connected = false;
  let lastHint: string | undefined;
  const createRetry = (): Retry => new Retry({
    clock, signal, retryDelay,
    onTrouble: ({ message, hint }: WatchError, delayMs) => {
      const time = clock.now();
      // Before the first connection, and when polling, this takes the place of a lost connection.
      if ('pollMs' in trigger || !connected) queue.put({ type: 'reconnecting', time, target, reason: message, delayMs, hint: hint === lastHint ? undefined : hint });
      else queue.put({ type: 'warning', time, target, message: `couldn't query changes (${message}); retrying in ${describeDuration(delayMs)}` });
      lastHint = hint;
    },
    onRecovered: () => {
      if ('pollMs' in trigger && connected) queue.put({ type: 'ready', time: clock.now(), target });
    },
  });
  return new Follower({
    ...options, signal, requests: createRetry(), rounds: createRetry(),
    put: (event) => {
      queue.put(event);
    },
    onArmed: () => {
      connected = true;
      if ('pollMs' in trigger) queue.put({ type: 'ready', time: clock.now(), target });
    },
  });
}

/** Arms the cursor first; only then may `ready` be reported. */
async function follow(follower: Follower, options: ChangesOptions, signal: AbortSignal, queue: BoundedQueue<WatchEvent>): Promise<void> {
  await follower.begin();
  if ('once' in options.trigger) return;
  if ('pollMs' in options.trigger) await followInterval(follower, options.trigger.pollMs, options.clock, signal, queue);
  else await followTaps(follower, options.trigger.notifications, options, signal, queue);
}

async function followInterval(follower: Follower, pollMs: number, clock: Clock, signal: AbortSignal, queue: BoundedQueue<WatchEvent>): Promise<void> {
  while (true) {
    await queue.room();
    await clock.sleep(pollMs, signal);
    if (signal.aborted) return;
    await follower.query('poll');
  }
}

async function followTaps(
  follower: Follower,
  notifications: (signal: AbortSignal) => AsyncIterable<WatchEvent>,
  { clock, withNotifications }: ChangesOptions,
  signal: AbortSignal,
  queue: BoundedQueue<WatchEvent>,
): Promise<void> {
  const taps = new TapSignal();
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const listening = listen(notifications(both), taps, withNotifications, follower.gaps, queue);
  // Its failure is thrown below, which may be only after a request that is under way.
  listening.catch(() => undefined);
  try {
    let pauses: readonly number[] = [];
    let queriedAt = -Infinity;
    while (true) {
      if (await taps.wait(pauses[0], clock, signal) === 'over') break;
      // A clock that was set back must not prolong the wait.
      const waitMs = Math.min(queriedAt + QUERY_FLOOR_MS - clock.now(), QUERY_FLOOR_MS);
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      if (signal.aborted) break;
      const cause = taps.take();
      if (cause === undefined) pauses = pauses.slice(1);
      // At a renewal nothing was missed. Delta is queried once all the same: a notification may never have come.
      else if (cause !== 'renewed') pauses = QUERY_AGAIN_MS;
      queriedAt = clock.now();
      await follower.query(cause === 'ready' ? 'catchup' : 'push');
      await queue.room();
    }
  } finally {
    over.abort();
    try {
      await listening;
    } finally {
      follower.gaps.close({ catchup: false });
    }
  }
}

/** Passes on what is not a tap, and raises `taps` for what is. Rejects with what the notifications end with. */
async function listen(notifications: AsyncIterable<WatchEvent>, taps: TapSignal, withNotifications: boolean, gaps: Gaps, queue: BoundedQueue<WatchEvent>): Promise<void> {
  try {
    for await (const event of notifications) {
      // Delta is queried after every (re)connect, and does not depend on notifications that were missed.
      if (event.type === 'gap') gaps.missed(event);
      else if (event.type !== 'notification' || withNotifications) queue.put(event);
      if (event.type === 'notification' || event.type === 'ready' || event.type === 'renewed') taps.raise(event.type);
      await queue.room();
    }
  } finally {
    taps.end();
  }
}
