/**
 * Deadline is a moment on the wall clock that remembers its original delay, in milliseconds: a
 * clock that is set back meanwhile does not postpone it.
 */
export class Deadline {
  readonly #now: () => number;
  #at: number;
  #leftMs: number;

  constructor(forMs: number, now: () => number) {
    this.#now = now;
    this.#at = now() + forMs;
    this.#leftMs = Math.max(0, forMs);
  }

  /** Wall clock in milliseconds. */
  get at(): number {
    this.#look();
    return this.#at;
  }

  /** Milliseconds until then, 0 when it has passed; never more than at the previous call. */
  get leftMs(): number {
    this.#look();
    return this.#leftMs;
  }

  /** `clockSet` keeps the time until the deadline when the clock was set by this many milliseconds. */
  clockSet(byMs: number): void {
    this.#at += byMs;
  }

  #look(): void {
    const now = this.#now();
    const leftMs = Math.max(0, this.#at - now);
    if (leftMs > this.#leftMs) this.#at = now + this.#leftMs;
    else this.#leftMs = leftMs;
  }
}

/** Stopwatch measures, in milliseconds, on the wall clock. If the clock is set back meanwhile, it starts again. */
export class Stopwatch {
  readonly #now: () => number;
  #since: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#since = now();
  }

  get elapsedMs(): number {
    const now = this.#now();
    this.#since = Math.min(this.#since, now);
    return now - this.#since;
  }
}
