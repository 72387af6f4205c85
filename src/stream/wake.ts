import { linked } from '../lib/abort.ts';
import type { Clock } from '../surroundings.ts';

/** How often the wall clock is checked. */
const LOOK_EVERY_MS = 2_000;
/** A check that is off by this much was not merely delayed by work. */
const JUMP_MS = 5_000;

/** WakeWatch notifies listeners when the process was stopped, the machine slept, or its clock was set. */
export interface WakeWatch {
  /** Calls `listener` with the size of each jump in milliseconds (negative: set back); returns a function that removes it. */
  onJump(listener: (byMs: number) => void): () => void;
}

/**
 * `watchWaking` notices a wall-clock jump within seconds of waking. Timers do not: on Linux they stop while
 * the machine sleeps, and a link that died meanwhile would look alive until the ping time-out.
 * One watch serves every connection of the process.
 */
export function watchWaking(clock: Clock, signal: AbortSignal): WakeWatch {
  const listeners = new Set<(byMs: number) => void>();
  void look();
  return {
    onJump(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };

  async function look(): Promise<void> {
    while (true) {
      const before = clock.now();
      await clock.sleep(LOOK_EVERY_MS, signal);
      const byMs = clock.now() - before - LOOK_EVERY_MS;
      if (signal.aborted) return;
      if (Math.abs(byMs) > JUMP_MS) for (const listener of [...listeners]) listener(byMs);
    }
  }
}

/**
 * `sleepThrough` sleeps until `ms` have passed, by the timers or by the wall clock: time that the machine has slept
 * counts towards the delay. Ends early when `signal` aborts.
 */
export async function sleepThrough(ms: number, { clock, wake, signal }: { clock: Clock; wake: WakeWatch; signal: AbortSignal }): Promise<void> {
  const until = clock.now() + ms;
  const over = new AbortController();
  const unsubscribe = wake.onJump(() => {
    if (clock.now() >= until) over.abort();
  });
  const either = linked(signal, over.signal);
  await clock.sleep(ms, either.signal);
  either.release();
  unsubscribe();
}
