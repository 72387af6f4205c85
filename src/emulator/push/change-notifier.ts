import type { OwnedClock } from '../clock.ts';
import type { Pace } from '../options.ts';

/** The most notifications for the changes of one delay: a copied tree of 100,000 files does not need them all. */
const NOTIFICATIONS_MAX = 1_000;

/**
 * Returns a function to call with the subfolder of each change ('': the whole folder). After the delay it calls `notify`
 * with each subfolder and the number of all changes in it until then: the real service was seen to send about one
 * notification for each.
 */
export function changeNotifier(pace: Pace, clock: OwnedClock, notify: (subfolder: string, count: number) => void): (subfolders: readonly string[]) => void {
  let waiting = new Map<string, number>();
  return (subfolders) => {
    if (subfolders.length === 0) return;
    const isDue = waiting.size > 0;
    for (const subfolder of subfolders) waiting.set(subfolder, Math.min((waiting.get(subfolder) ?? 0) + 1, NOTIFICATIONS_MAX));
    if (isDue) return;
    clock.after(pace.notifyDelayMs, () => {
      const due = waiting;
      waiting = new Map();
      for (const [subfolder, count] of due) notify(subfolder, count);
    });
  };
}
