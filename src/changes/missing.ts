import type { Clock } from '../surroundings.ts';

/** A folder may be shared or restored, or delta was only late: after so long it is asked for again. */
export const MISSING_MS = 60_000;
/** Nothing here may grow for weeks: beyond so many, all are asked for again. */
const CAPACITY = 10_000;

/** Folders that could not be looked up lately: each item below one would ask for it anew. */
export class Missing {
  readonly #clock: Clock;
  readonly #since = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(id: string): boolean {
    const since = this.#since.get(id);
    if (since === undefined) return false;
    // Either way: a clock that was set back must not make it longer.
    if (Math.abs(this.#clock.now() - since) < MISSING_MS) return true;
    this.#since.delete(id);
    return false;
  }

  add(id: string): void {
    if (this.#since.size >= CAPACITY) this.#since.clear();
    this.#since.set(id, this.#clock.now());
  }

  clear(): void {
    this.#since.clear();
  }
}
