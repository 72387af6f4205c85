/** So many events wait for a slow reader before those who make them are asked to wait. */
const HIGH_WATER = 1_000;

/** Events from several producers, which can be asked to wait, to one reader. */
export class EventQueue<T> {
  #waiting: T[] = [];
  #over = false;
  #failure: { error: unknown } | undefined;
  #wakeReader: (() => void) | undefined;
  #wakeProducers: (() => void)[] = [];

  put(item: T): void {
    if (this.#over) return;
    this.#waiting.push(item);
    this.#wakeReader?.();
  }

  /** Resolves when there is room for more, or nobody reads any longer. */
  async room(): Promise<void> {
    while (this.#waiting.length >= HIGH_WATER && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#wakeProducers.push(resolve);
      });
    }
  }

  /** No more will be put; what waits can still be read. With a failure, that comes after it. */
  end(failure?: { error: unknown }): void {
    if (this.#over) return;
    this.#over = true;
    this.#failure = failure;
    this.#wakeReader?.();
    this.#letProducersGo();
  }

  async *read(): AsyncGenerator<T, void, undefined> {
    while (true) {
      if (this.#waiting.length > 0) {
        const taken = this.#waiting;
        this.#waiting = [];
        yield* taken;
        if (this.#waiting.length === 0) this.#letProducersGo();
      } else if (this.#over) {
        if (this.#failure !== undefined) throw this.#failure.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
        this.#wakeReader = undefined;
      }
    }
  }

  #letProducersGo(): void {
    for (const wake of this.#wakeProducers.splice(0)) wake();
  }
}
