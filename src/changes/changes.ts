import { describeDuration } from '../lib/duration.ts';
import type { WatchError } from '../errors.ts';
import { sizeOfEvent, type WatchEvent } from '../events.ts';
import { TapSignal } from './tap-signal.ts';
import { BoundedQueue } from '../lib/bounded-queue.ts';
import { Fallback } from './fallback.ts';
import { enumerateBehind } from './enumerate-behind.ts';
import { followTaps, type Standing } from './follow-taps.ts';
import { Follower, type FollowedDrive } from './follower.ts';
import type { PollPace } from './poll-schedule.ts';
import { QUERY_FLOOR_MS } from './query-floor.ts';
import { Retry, type RetryDelay } from '../lib/retry.ts';

export interface Notifications {
  notifications: (signal: AbortSignal) => AsyncIterable<WatchEvent>;
  /** Joins the polled drives for as long as there is no connection. */
  fallback?: (() => PollPace) | undefined;
  /** Joins them for as long as it runs, for changes without a notification. */
  unannounced?: (() => PollPace) | undefined;
}

export interface ChangesOptions extends FollowedDrive {
  /**
   * What causes a query: notifications, or a pace. Notifications are opened once the cursor is armed, so that nothing is missed after their `ready`.
   * `once`: nothing does; the stream ends with what happened up to now.
   */
  trigger: Notifications | { pace: () => PollPace } | { once: true };
  /** Pass on the notifications, too. */
  withNotifications: boolean;
  retryDelay: RetryDelay;
}

export interface ChangeStream {
  /** Changes, lifecycle and, after what they cover, checkpoints. To be read once. */
  events: AsyncGenerator<WatchEvent, void, undefined>;
  /** `settle` records that everything up to and including this event was accepted: for a reader that leaves in the middle. */
  settle(last: WatchEvent): Promise<void>;
  /** `status` says how far it has come. `caughtUp`: all that happened up to the latest connect is among the events. */
  status(): { caughtUp: boolean; items: number };
}

/** `changes` reports what changed in a drive, from taps or at an interval: one more stage between the stream and the output. */
export function changes(options: ChangesOptions): ChangeStream {
  const readerGone = new AbortController();
  const signal = AbortSignal.any([options.signal, readerGone.signal]);
  const queue = new BoundedQueue<WatchEvent>(sizeOfEvent);
  const made = make(options, signal, queue);
  return {
    events: run(),
    settle: (last) => made.follower.settle(last),
    status: () => ({ caughtUp: made.follower.armed && made.standing.caughtUpWith === made.standing.connects, items: made.follower.items }),
  };

  async function* run(): AsyncGenerator<WatchEvent, void, undefined> {
    const following = follow(options, signal, queue, made).then(
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

/** Arms the cursor first; only then may `ready` be reported. */
async function follow(options: ChangesOptions, signal: AbortSignal, queue: BoundedQueue<WatchEvent>, made: Made): Promise<void> {
  const { trigger, clock, retryDelay, withNotifications } = options;
  const { follower, fallback, taps, standing } = made;
  await follower.begin();
  if ('once' in trigger) return;
  const enumerate = (ending: AbortSignal): Promise<void> => enumerateBehind(follower, { clock, retryDelay, taps, signal: ending });
  if ('pace' in trigger) await followInterval(follower, trigger.pace, { ...options, signal, taps, enumerate }, queue);
  else await followTaps(follower, { ...trigger, withNotifications, clock, signal, taps, fallback, standing, enumerate }, queue);
}

interface IntervalOptions extends Pick<ChangesOptions, 'clock' | 'signal'> {
  taps: TapSignal;
  enumerate: (ending: AbortSignal) => Promise<void>;
}

async function followInterval(follower: Follower, join: () => PollPace, { clock, signal, taps, enumerate }: IntervalOptions, queue: BoundedQueue<WatchEvent>): Promise<void> {
  const pace = join();
  const enumerating = enumerate(signal);
  let found: boolean | undefined;
  try {
    while (true) {
      await queue.room();
      if (await taps.wait(pace.next(found), clock, signal) === 'over') break;
      if (taps.take() !== undefined) await clock.sleep(QUERY_FLOOR_MS, signal);
      if (signal.aborted) break;
      found = await follower.query('poll');
    }
  } finally {
    pace.leave();
  }
  await enumerating;
}

/** What one stage consists of. */
interface Made {
  follower: Follower;
  taps: TapSignal;
  fallback: Fallback | undefined;
  standing: Standing;
}

function make(options: ChangesOptions, signal: AbortSignal, queue: BoundedQueue<WatchEvent>): Made {
  const { target, clock, trigger, retryDelay } = options;
  const put = (event: WatchEvent): void => { queue.put(event); };
  const taps = new TapSignal();
  const join = 'notifications' in trigger ? trigger.fallback : undefined;
  const fallback = join === undefined ? undefined : new Fallback({ target, clock, signal, join, put, poll: () => { taps.raise('poll'); } });
  const polls = (): boolean => 'pace' in trigger || fallback?.polling === true;
  const ready = (): void => { put({ type: 'ready', time: clock.now(), target, via: 'poll' }); };
  let armed = false;
  let lastHint: string | undefined;
  const createRetry = (): Retry => new Retry({
    clock, signal, retryDelay,
    onTrouble: ({ message, hint }: WatchError, delayMs) => {
      const time = clock.now();
      // Before the first connection, and when polling, this takes the place of a lost connection.
      if (polls() || !armed) put({ type: 'reconnecting', time, target, reason: message, delayMs, hint: hint === lastHint ? undefined : hint });
      else put({ type: 'warning', time, target, message: `couldn't query changes (${message}); retrying in ${describeDuration(delayMs)}` });
      lastHint = hint;
    },
    onRecovered: () => {
      if (polls() && armed) ready();
    },
  });
  const follower = new Follower({
    ...options, signal, requests: createRetry(), rounds: createRetry(), put,
    requestRound: () => { taps.raise('poll'); },
    onArmed: () => {
      armed = true;
      if (polls()) ready();
    },
  });
  return { follower, taps, fallback, standing: { connects: 0, caughtUpWith: 0 } };
}
