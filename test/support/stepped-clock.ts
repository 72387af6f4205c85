import type { Clock } from '../../src/surroundings.ts';

/** A clock that moves only on demand, and records the sleeps. */
export interface SteppedClock extends Clock {
  /** The lengths of the sleeps asked for, in order. */
  readonly sleeps: number[];
  /** Advances the time, waking each sleeper when it is due, and lets the consequences happen. */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock but not the timers, like a machine's sleep. */
  jump(ms: number): void;
}

/** Lets promises and `setImmediate` callbacks run that are due. */
export async function settle(rounds = 20): Promise<void> {
  for (let round = 0; round < rounds; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

export function steppedClock(start = Date.UTC(2026, 4, 11, 20, 0, 0)): SteppedClock {
  let elapsed = 0;
  let offset = start;
  const sleeping = new Set<{ until: number; wake: () => void }>();
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => offset + elapsed,
    sleep(ms, signal) {
      sleeps.push(ms);
      if (signal?.aborted === true || ms <= 0) return Promise.resolve();
      return new Promise((resolve) => {
        const sleeper = {
          until: elapsed + ms,
          wake: () => {
            sleeping.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        sleeping.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake);
      });
    },
    async advance(ms) {
      const end = elapsed + ms;
      await settle();
      while (true) {
        const next = [...sleeping].filter(({ until }) => until <= end).sort((a, b) => a.until - b.until)[0];
        if (next === undefined) break;
        elapsed = Math.max(elapsed, next.until);
        next.wake();
        await settle(6);
      }
      elapsed = end;
      await settle();
    },
    jump(ms) {
      offset += ms;
    },
  };
}
