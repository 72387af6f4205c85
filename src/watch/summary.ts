import { describeDuration } from '../lib/duration.ts';
import type { WatchEvent } from '../events.ts';
import type { Clock } from '../surroundings.ts';

/** What one watch amounted to. */
export interface Summary {
  /** Printed events: what `--count` counts. */
  readonly events: number;
  /** Has there been a connection? */
  readonly connected: boolean;
  note(event: WatchEvent): void;
  /** `12 events in 3 m 05 s, 1 reconnect`. */
  line(): string;
}

/** `counted`: which events are counted. */
export function summary(clock: Clock, counted: 'notification' | 'change'): Summary {
  const started = clock.now();
  let events = 0;
  let gaps = 0;
  let connected = false;
  return {
    get events() {
      return events;
    },
    get connected() {
      return connected;
    },
    note(event) {
      if (event.type === 'ready') connected = true;
      if (event.type === counted) events += 1;
      if (event.type === 'gap') gaps += 1;
    },
    line() {
      const reconnects = gaps === 0 ? 'no reconnects' : `${gaps} ${gaps === 1 ? 'reconnect' : 'reconnects'}`;
      return `${events} ${events === 1 ? 'event' : 'events'} in ${describeDuration(clock.now() - started)}, ${reconnects}`;
    },
  };
}
