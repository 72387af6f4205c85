import type { Position } from './resume/position-store.ts';
import type { Round } from './index/round.ts';

/** How long a cursor is kept when rounds come back empty, in milliseconds: delta lags by up to a minute, and more at times. */
export const KEEP_CURSOR_MS = 2 * 60_000;
/** From a cursor that is older than this, in milliseconds, the first empty round of a run moves at once: runs may be short, and no cursor is good forever. */
const OLD_CURSOR_MS = 3 * 24 * 3_600_000;

/**
 * TrailingCursor decides which cursor the next round starts from. A deletion is delivered once: it is lost if the cursor moved on,
 * with a round that came back empty, before the service's change log had it (onedrive-api-docs#1927). So an empty round
 * moves the cursor only to one that is two minutes old; the same cursor again brings what is new, and nothing twice.
 */
export class TrailingCursor {
  readonly #now: () => number;
  /** The cursor of an earlier empty round, and when it came. */
  #next: { position: Position; at: number } | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** `after` returns the position after a round from `current` that led to `next`. */
  after(round: Round, current: Position, next: Position): Position {
    if (![...round.items.values()].every(({ root }) => root)) {
      this.clear();
      return next;
    }
    const now = this.#now();
    const waiting = this.#next;
    // A clock that was set back must not keep a cursor until it is too old.
    const due = waiting !== undefined && Math.abs(now - waiting.at) >= KEEP_CURSOR_MS;
    if (waiting === undefined && Math.abs(now - current.at) > OLD_CURSOR_MS) return next;
    if (waiting === undefined || due) this.#next = { position: next, at: now };
    return due ? waiting.position : current;
  }

  clear(): void {
    this.#next = undefined;
  }
}
