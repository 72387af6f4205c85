import type { EmulatorClock } from '../../../../src/emulator/clock.ts';

export interface SteppedClock extends EmulatorClock {
  /** Advances by `ms`, running each timer when it is due. */
  step(ms: number): void;
  readonly waiting: number;
}

export function steppedClock(startMs = Date.now()): SteppedClock {
  let nowMs = startMs;
  const timers = new Set<{ dueMs: number; run: () => void }>();
  return {
    now: () => nowMs,
    after: (ms, run) => {
      const timer = { dueMs: nowMs + ms, run };
      timers.add(timer);
      return () => {
        timers.delete(timer);
      };
    },
    step: (ms) => {
      const endMs = nowMs + ms;
      for (;;) {
        const [next] = [...timers].sort((a, b) => a.dueMs - b.dueMs);
        if (next === undefined || next.dueMs > endMs) break;
        timers.delete(next);
        nowMs = next.dueMs;
        next.run();
      }
      nowMs = endMs;
    },
    get waiting() {
      return timers.size;
    },
  };
}
