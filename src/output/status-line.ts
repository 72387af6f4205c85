import { describeDuration } from '../duration.ts';
import type { WatchEvent } from '../events.ts';
import type { Clock } from '../surroundings.ts';
import type { People } from './people.ts';

/** The last line of a terminal while watching: connected since, events, the last one, renews in. */
export interface StatusLine {
  follow(event: WatchEvent): void;
  close(): void;
}

const REFRESH_MS = 1_000;

export function createStatusLine(people: People, clock: Clock): StatusLine {
  const waiting = people.waiting('connecting');
  const closed = new AbortController();
  let state: 'connecting' | { readonly since: number } | { readonly retryAt: number } = 'connecting';
  let events = 0;
  let lastAt: number | undefined;
  let renewAt: number | undefined;

  const text = (): string => {
    if (state === 'connecting') return 'connecting';
    const now = clock.now();
    if ('retryAt' in state) return `reconnecting in ${describeDuration(Math.max(0, state.retryAt - now))}`;
    const parts = [`connected for ${describeDuration(now - state.since)}`, `${events} ${events === 1 ? 'event' : 'events'}`];
    if (lastAt !== undefined) parts.push(`last ${describeDuration(now - lastAt)} ago`);
    if (renewAt !== undefined && renewAt > now) parts.push(`renews in ${describeDuration(renewAt - now)}`);
    return parts.join(' · ');
  };
  const refresh = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      waiting.update(text());
      await clock.sleep(REFRESH_MS, closed.signal);
    }
  };
  if (waiting.shown) void refresh();

  return {
    follow(event) {
      if (event.type === 'ready' || event.type === 'renewed') renewAt = event.renewAt;
      if (event.type === 'ready') state = { since: event.time };
      else if (event.type === 'reconnecting') state = { retryAt: event.time + event.delayMs };
      else if (event.type === 'notification' || event.type === 'change') {
        events += 1;
        lastAt = event.time;
      } else if (event.type === 'end') {
        this.close();
      }
    },
    close() {
      closed.abort();
      waiting.stop();
    },
  };
}
