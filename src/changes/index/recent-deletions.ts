import { BoundedMap } from '../../lib/bounded-map.ts';

/** How many deletions are remembered: a repetition follows soon or never. */
const CAPACITY = 20_000;

/** RecentDeletions remembers the ids whose deletion was reported recently, so that none is reported twice. */
export class RecentDeletions {
  readonly #ids = new BoundedMap<string, true>(CAPACITY);

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.set(id, true);
  }

  delete(id: string): void {
    this.#ids.delete(id);
  }
}
