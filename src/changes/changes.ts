import { describeDuration } from '../lib/duration.ts';
import type { WatchError } from '../errors.ts';
import type { WatchEvent } from '../events.ts';
import type { Clock } from '../surroundings.ts';
import { TapSignal } from './tap-signal.ts';
import type { DriveSource } from '../delta.ts';
import type { Progress } from './index/enumerate.ts';
import { BoundedQueue } from '../lib/bounded-queue.ts';
import { Follower } from './follower.ts';
import type { PositionStore, Position } from './resume/position-store.ts';
import { Retry, type RetryDelay } from '../lib/retry.ts';

export interface ChangesOptions {
  /** As in every event. */
  target: string;
  source: DriveSource;
  /** Announces changes; started once the cursor is armed, so that nothing is missed after its `ready`. */
  trigger: { taps: (signal: AbortSignal) => AsyncIterable<WatchEvent> } | { pollMs: number };
  /** Notifications pass too. */
  notifications: boolean;
  /** Asked once, before anything else: rejects where this is not the drive that a cursor belongs to. */
  identify?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Where to start: now, unless given. What the keeper has stored wins. */
  start?: Position | { since: number } | undefined;
  /** Enumerate the drive first, and name everything exactly. */
  index: boolean;
  keeper?: PositionStore | undefined;
  clock: Clock;
  retryDelay: RetryDelay;
  onProgress: (progress: Progress) => void;
  /** Ends the stream: what was found is still yielded. */
  signal: AbortSignal;
}

export interface ChangeStream {
  /** Changes, lifecycle and, behind what they cover, checkpoints. To be read once. */
  events: AsyncGenerator<WatchEvent, void, undefined>;
  /** Everything up to and including this event was taken: for who leaves in the middle. */
  settle(last: WatchEvent): Promise<void>;
}

/**
 * After a tap delta is asked at once, and again after these pauses: it lags 5 to 60 s behind, and an
 * answer with something in it need not have in it what the last tap was for.
 */
export const ASK_AGAIN_MS: readonly number[] = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/** What changed, from taps (or on its own time): one more stage between the stream and the output. */
export function changes(options: ChangesOptions): ChangeStream {
  const left = new AbortController();
  const signal = AbortSignal.any([options.signal, left.signal]);
  const queue = new BoundedQueue<WatchEvent>();
  const follower = followerOf(options, signal, queue);
  return { events: run(), settle: (last) => follower.settle(last) };

  async function* run(): AsyncGenerator<WatchEvent, void, undefined> {
    const life = follow(follower, options, signal, queue).then(
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
      left.abort();
      queue.end();
      await life;
    }
  }
}

function followerOf(options: ChangesOptions, signal: AbortSignal, queue: BoundedQueue<WatchEvent>): Follower {
  const { target, clock, trigger, retryDelay } = options;
  let connected = false;
  let toldHint: string | undefined;
  const patience = new Retry({
    clock, signal, retryDelay,
    onTrouble: ({ message, hint }: WatchError, delayMs) => {
      const time = clock.now();
      // Before the first connection, and where delta is the connection, this is what is said of a lost one.
      if ('pollMs' in trigger || !connected) queue.put({ type: 'reconnecting', time, target, reason: message, delayMs, hint: hint === toldHint ? undefined : hint });
      else queue.put({ type: 'warning', time, target, message: `delta could not be asked (${message}); trying again in ${describeDuration(delayMs)}` });
      toldHint = hint;
    },
    onRecovered: () => {
      if ('pollMs' in trigger && connected) queue.put({ type: 'ready', time: clock.now(), target });
    },
  });
  return new Follower({
    ...options, signal, patience,
    start: options.start, identify: options.identify, keeper: options.keeper,
    put: (event) => {
      queue.put(event);
    },
    onArmed: () => {
      connected = true;
      if ('pollMs' in trigger) queue.put({ type: 'ready', time: clock.now(), target });
    },
  });
}

/** Arms the cursor first; only then may anybody be told `ready`. */
async function follow(follower: Follower, options: ChangesOptions, signal: AbortSignal, queue: BoundedQueue<WatchEvent>): Promise<void> {
  await follower.begin();
  if ('pollMs' in options.trigger) await byInterval(follower, options.trigger.pollMs, options.clock, signal, queue);
  else await byTaps(follower, options.trigger.taps, options, signal, queue);
}

async function byInterval(follower: Follower, pollMs: number, clock: Clock, signal: AbortSignal, queue: BoundedQueue<WatchEvent>): Promise<void> {
  while (true) {
    await queue.room();
    await clock.sleep(pollMs, signal);
    if (signal.aborted) return;
    await follower.ask('poll');
  }
}

async function byTaps(
  follower: Follower,
  taps: (signal: AbortSignal) => AsyncIterable<WatchEvent>,
  { clock, notifications }: ChangesOptions,
  signal: AbortSignal,
  queue: BoundedQueue<WatchEvent>,
): Promise<void> {
  const bell = new TapSignal();
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const listening = listen(taps(both), bell, notifications, queue);
  // Its failure is thrown below, which may be only after a request that is under way.
  listening.catch(() => undefined);
  try {
    let pauses: readonly number[] = [];
    while (true) {
      const cause = await bell.next(pauses[0], clock, signal);
      if (cause === 'over') break;
      if (cause === 'pause') pauses = pauses.slice(1);
      // At a renewal nothing was missed. It is asked all the same, once: a notification may never have come.
      else if (cause !== 'renewed') pauses = ASK_AGAIN_MS;
      await follower.ask(cause === 'ready' ? 'catchup' : 'push');
      await queue.room();
    }
  } finally {
    over.abort();
    await listening;
  }
}

/** Hands on what is no tap, and rings for what is. Rejects with what the taps end with. */
async function listen(taps: AsyncIterable<WatchEvent>, bell: TapSignal, notifications: boolean, queue: BoundedQueue<WatchEvent>): Promise<void> {
  try {
    for await (const event of taps) {
      // Delta is asked after every (re)connect, and does not depend on notifications that were missed.
      if (event.type === 'gap') queue.put({ ...event, catchup: true });
      else if (event.type !== 'notification' || notifications) queue.put(event);
      if (event.type === 'notification' || event.type === 'ready' || event.type === 'renewed') bell.raise(event.type);
      await queue.room();
    }
  } finally {
    bell.end();
  }
}
