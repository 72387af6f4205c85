import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../surroundings.ts';

/** After this long a folder is looked up again: it may be shared or restored, or delta was only late. In milliseconds. */
export const UNAVAILABLE_MS = 60_000;
/** How many folders are remembered: nothing may grow for weeks. */
const CAPACITY = 10_000;

/** UnavailableFolders remembers folders that could not be looked up lately: otherwise each item below one would ask again. */
export class UnavailableFolders {
  readonly #clock: Clock;
  readonly #since = new BoundedMap<string, number>(CAPACITY);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(id: string): boolean {
    const since = this.#since.get(id);
    if (since === undefined) return false;
    // In both directions: a clock that was set back must not make it longer.
    if (Math.abs(this.#clock.now() - since) < UNAVAILABLE_MS) return true;
    this.#since.delete(id);
    return false;
  }

  add(id: string): void {
    this.#since.set(id, this.#clock.now());
  }

  clear(): void {
    this.#since.clear();
  }
}
