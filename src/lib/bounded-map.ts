/**
 * BoundedMap is a Map of limited size for a process that runs for weeks: beyond `capacity` the entry that
 * was set longest ago is evicted. `onEvict` is called with its key.
 */
export class BoundedMap<K, V> {
  readonly #capacity: number;
  readonly #onEvict: (key: K) => void;
  /** Oldest first. */
  readonly #entries = new Map<K, V>();

  constructor(capacity: number, onEvict: (key: K) => void = () => undefined) {
    this.#capacity = capacity;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  /** `set` makes this entry the newest; returns whether the key was there before. */
  set(key: K, value: V): boolean {
    const known = this.#entries.delete(key);
    this.#entries.set(key, value);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#capacity) break;
      this.#entries.delete(oldest);
      this.#onEvict(oldest);
    }
    return known;
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
