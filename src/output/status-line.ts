import { describeDuration } from '../lib/duration.ts';
import { targetKey, type WatchEvent } from '../events.ts';
import type { Clock } from '../surroundings.ts';
import type { People } from './people.ts';

/** StatusLine is the last line of a terminal while watching: connected since, events, the last one, renews in. */
export interface StatusLine {
  follow(event: WatchEvent): void;
  /** Shows how far the enumeration of the drive of the target with this key is; returns false if there is no status line. */
  progress(key: string, progress: { items: number; done: boolean }): boolean;
  close(): void;
}

/** How one target is, since or until when (wall clock in milliseconds). */
type State = { connectedSince: number; renewAt: number | undefined } | { retryAt: number };

const REFRESH_MS = 1_000;

export function createStatusLine(people: People, clock: Clock): StatusLine {
  const waiting = people.waiting('connecting');
  const closed = new AbortController();
  const states = new Map<string, State>();
  /** Items so far, by target whose drive is being enumerated. */
  const enumerated = new Map<string, number>();
  let events = 0;
  let lastAt: number | undefined;

  const text = (): string => {
    const now = clock.now();
    const connection = connectionText([...states.values()], now);
    const items = [...enumerated.values()].reduce((sum, one) => sum + one, 0);
    const indexing = enumerated.size === 0 ? [] : [`indexing: ${items.toLocaleString('en-US')} ${items === 1 ? 'item' : 'items'}`];
    if (connection === 'connecting') return indexing[0] ?? connection;
    const parts = [connection, ...indexing];
    parts.push(`${events} ${events === 1 ? 'event' : 'events'}`);
    if (lastAt !== undefined) parts.push(`last ${describeDuration(now - lastAt)} ago`);
    const renewals = [...states.values()].flatMap((state) => ('renewAt' in state && state.renewAt !== undefined ? [state.renewAt] : []));
    const next = Math.min(...renewals);
    if (Number.isFinite(next) && next > now) parts.push(`renews in ${describeDuration(next - now)}`);
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
      const { time } = event;
      const target = targetKey(event);
      if (event.type === 'notification' || event.type === 'change') {
        events += 1;
        lastAt = time;
        return;
      }
      if (event.type === 'ready') {
        states.set(target, { connectedSince: time, renewAt: event.renewAt });
      } else if (event.type === 'renewed') {
        const state = states.get(target);
        const connectedSince = state !== undefined && 'connectedSince' in state ? state.connectedSince : time;
        states.set(target, { connectedSince, renewAt: event.renewAt });
      } else if (event.type === 'reconnecting') {
        states.set(target, { retryAt: time + event.delayMs });
      } else if (event.type === 'indexing') {
        if (event.stage === 'listing') enumerated.set(target, event.items);
        else enumerated.delete(target);
      } else if (event.type === 'end') {
        states.delete(target);
        enumerated.delete(target);
      }
      // At once: it must not say that it is connecting when the line above it says that it is connected.
      if (waiting.shown) waiting.update(text());
    },
    // Pages come several times a second at most; the text follows once a second.
    progress(key, { items, done }) {
      if (done) enumerated.delete(key);
      else enumerated.set(key, items);
      return waiting.shown;
    },
    close() {
      closed.abort();
      waiting.stop();
    },
  };
}

/** One target: since when, or when it is tried again. Many: how many of them are connected. */
function connectionText(states: readonly State[], now: number): string {
  const [only] = states;
  if (only === undefined) return 'connecting';
  if (states.length > 1) return `${states.filter((state) => 'connectedSince' in state).length} of ${states.length} connected`;
  if ('connectedSince' in only) return `connected for ${describeDuration(now - only.connectedSince)}`;
  return `reconnecting in ${describeDuration(Math.max(0, only.retryAt - now))}`;
}
