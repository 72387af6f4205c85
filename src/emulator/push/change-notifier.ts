import type { OwnedClock } from '../clock.ts';
import type { Pace } from '../options.ts';

/**
 * Returns a function to call on each change. It calls `notify` once after the delay, for all changes
 * made until then.
 */
export function changeNotifier(pace: Pace, clock: OwnedClock, notify: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    clock.after(pace.notifyDelayMs, () => {
      isDue = false;
      notify();
    });
  };
}
