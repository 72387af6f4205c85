import type { OwnedClock } from '../clock.ts';
import type { Pace } from '../options.ts';

/**
 * Returns what to call when something changed: `notify` follows after the delay, once for this and
 * all that changes meanwhile.
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
