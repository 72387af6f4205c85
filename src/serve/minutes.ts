/** PerMinute is how many events came in each of the latest minutes, the oldest first; the last of them begins at `until` (RFC 3339). */
export interface PerMinute {
  until: string;
  counts: number[];
}

const MINUTE_MS = 60_000;
const MOST = 60;

/** Minutes counts events by the minute in which they came, for the latest hour. */
export class Minutes {
  /** Counts by minute, numbered since the epoch. */
  readonly #counts = new Map<number, number>();
  #first: number;

  constructor(now: number) {
    this.#first = Math.floor(now / MINUTE_MS);
  }

  add(time: number): void {
    const minute = Math.floor(time / MINUTE_MS);
    // A recording is older than the process that replays it.
    this.#first = Math.min(this.#first, minute);
    const before = this.#counts.get(minute);
    this.#counts.set(minute, (before ?? 0) + 1);
    if (before === undefined) for (const old of this.#counts.keys()) if (old <= minute - MOST) this.#counts.delete(old);
  }

  /** `upTo` returns the counts since the start, for an hour at most. */
  upTo(now: number): PerMinute {
    const last = Math.floor(now / MINUTE_MS);
    const length = Math.max(1, Math.min(MOST, last - this.#first + 1));
    return { until: new Date(last * MINUTE_MS).toISOString(), counts: Array.from({ length }, (_, index) => this.#counts.get(last - length + 1 + index) ?? 0) };
  }
}
