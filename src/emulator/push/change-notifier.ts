import type { OwnedClock } from '../clock.ts';
import type { Pace } from '../options.ts';

/** The most notifications for the changes of one delay: a copied tree of 100,000 files does not need them all. */
const NOTIFICATIONS_MAX = 1_000;

/**
 * Returns a function to call with the number of items that changed. After the delay it calls `notify`
 * with the number of all items that changed until then: the real service was seen to send about one
 * notification for each.
 */
export function changeNotifier(pace: Pace, clock: OwnedClock, notify: (count: number) => void): (items: number) => void {
  let waiting = 0;
  return (items) => {
    const isDue = waiting > 0;
    waiting = Math.min(waiting + items, NOTIFICATIONS_MAX);
    if (isDue) return;
    clock.after(pace.notifyDelayMs, () => {
      const count = waiting;
      waiting = 0;
      notify(count);
    });
  };
}
