/** So many deletions are remembered: a repetition follows soon or never. */
const CAPACITY = 20_000;

/** The ids whose deletion was told lately, so that it is not told twice. */
export class Told {
  readonly #ids = new Set<string>();

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.delete(id);
    this.#ids.add(id);
    if (this.#ids.size <= CAPACITY) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }

  delete(id: string): void {
    this.#ids.delete(id);
  }
}
