import { describeDuration } from '../lib/duration.ts';
import { targetKey, type WatchEvent } from '../events.ts';
import type { Clock } from '../surroundings.ts';

/** Summary counts what one watch amounted to. */
export interface Summary {
  /** Printed events: what `--count` counts. */
  readonly events: number;
  /** Has there been a connection? */
  readonly connected: boolean;
  note(event: WatchEvent): void;
  /** `12 events in 3 m 05 s, 1 reconnect`; of `--once`: `12 changes in 2 s`. */
  line(): string;
}

/** `summary` begins to count; `counted` says which events are, and `what` they are called with `--once`. */
export function summary(clock: Clock, counted: readonly WatchEvent['type'][], { once = false, what = 'change' } = {}): Summary {
  const started = clock.now();
  let events = 0;
  let reconnects = 0;
  let connected = false;
  /** Targets that have been connected; each further time is a reconnect. */
  const met = new Set<string>();
  return {
    get events() {
      return events;
    },
    get connected() {
      return connected;
    },
    note(event) {
      if (counted.includes(event.type)) events += 1;
      else if (event.type === 'end') met.delete(targetKey(event));
      else if (event.type === 'ready') {
        connected = true;
        if (met.has(targetKey(event))) reconnects += 1;
        met.add(targetKey(event));
      }
    },
    line() {
      const time = describeDuration(clock.now() - started);
      if (once) return `${events} ${what}${events === 1 ? '' : 's'} in ${time}`;
      const again = reconnects === 0 ? 'no reconnects' : `${reconnects} ${reconnects === 1 ? 'reconnect' : 'reconnects'}`;
      return `${events} ${events === 1 ? 'event' : 'events'} in ${time}, ${again}`;
    },
  };
}
