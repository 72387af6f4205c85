/** A source of time, injected so that tests step through lifetimes and delays instead of waiting. */
export interface EmulatorClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once, `ms` milliseconds from now. Returns a function that cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** setTimeout overflows past 2^31-1 ms and would fire at once: longer waits are split. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const realClock: EmulatorClock = {
  now: () => Date.now(),
  after: (ms, run) => {
    let handle: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      const pieceMs = Math.min(leftMs, LONGEST_TIMER_MS);
      handle = setTimeout(() => {
        if (leftMs > pieceMs) arm(leftMs - pieceMs);
        else run();
      }, pieceMs);
    };
    arm(ms);
    return () => {
      clearTimeout(handle);
    };
  },
};

/** A clock whose pending timers can all be cancelled at once, so that closing leaves nothing behind. */
export interface OwnedClock extends EmulatorClock {
  cancelAll(): void;
}

export function ownedClock(clock: EmulatorClock): OwnedClock {
  const pending = new Set<() => void>();
  return {
    now: () => clock.now(),
    after: (ms, run) => {
      const cancelTimer = clock.after(ms, () => {
        pending.delete(cancel);
        run();
      });
      const cancel = (): void => {
        pending.delete(cancel);
        cancelTimer();
      };
      pending.add(cancel);
      return cancel;
    },
    cancelAll: () => {
      for (const cancel of [...pending]) cancel();
    },
  };
}
