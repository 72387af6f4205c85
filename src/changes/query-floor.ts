/** Two queries of one drive start at least this far apart, in milliseconds, however many taps come. */
export const QUERY_FLOOR_MS = 1_000;
/** While taps keep coming, the floor grows by this factor with each query, up to this many milliseconds. */
const GROWTH = 1.2;
const HIGHEST_FLOOR_MS = 10_000;

/**
 * QueryFloor is the least time between two queries of one drive. Budget: a query with a token costs one resource unit per page,
 * so a drive that never rests costs 60 per minute at first and 6 after a minute, of the 1,250 that the smallest tenant
 * allows an app: on a busy drive Microsoft wants delta at intervals, not for each notification. One tap alone costs
 * seven in a minute (`QUERY_AGAIN_MS`). Once no tap has come for twice the floor, it is a second again.
 */
export class QueryFloor {
  #ms = QUERY_FLOOR_MS;
  #queriedAt = -Infinity;
  #tappedAt = -Infinity;

  get ms(): number {
    return this.#ms;
  }

  /** Milliseconds until the next query may start. A clock that was set back does not prolong it. */
  leftMs(now: number): number {
    return Math.max(0, Math.min(this.#queriedAt + this.#ms - now, this.#ms));
  }

  /** `queried` notes that a query starts, and whether a tap led to it. */
  queried(now: number, tapped: boolean): void {
    if (tapped) {
      const keepsComing = now - this.#tappedAt <= 2 * this.#ms;
      this.#ms = keepsComing ? Math.min(HIGHEST_FLOOR_MS, Math.round(this.#ms * GROWTH)) : QUERY_FLOOR_MS;
      this.#tappedAt = now;
    } else if (now - this.#tappedAt > 2 * this.#ms) {
      this.#ms = QUERY_FLOOR_MS;
    }
    this.#queriedAt = now;
  }
}
