/** So many events wait for a slow reader before those who produce them are asked to wait. */
const HIGH_WATER = 1_000;

/** A queue from one producer, which can be asked to wait, to one consumer. */
export class Outlet<T> implements AsyncIterableIterator<T, void, undefined> {
  #waiting: T[] = [];
  /** Index of the first that has not been taken: shifting an array of thousands is slow. */
  #next = 0;
  #state: 'open' | 'ended' | { failed: unknown } = 'open';
  #wakeConsumer: (() => void) | undefined;
  #wakeProducer: (() => void) | undefined;

  put(item: T): void {
    this.#waiting.push(item);
    this.#wakeConsumer?.();
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    while (this.#waiting.length - this.#next >= HIGH_WATER && this.#state === 'open') {
      await new Promise<void>((resolve) => {
        this.#wakeProducer = resolve;
      });
    }
  }

  /** No more will be put; what waits can still be taken. */
  end(): void {
    this.#finish('ended');
  }

  /** Like `end`, and then the consumer gets this error. */
  fail(error: unknown): void {
    this.#finish({ failed: error });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T, void>> {
    while (this.#next === this.#waiting.length) {
      if (this.#state !== 'open') {
        if (this.#state === 'ended') return { done: true, value: undefined };
        const { failed } = this.#state;
        this.#state = 'ended';
        throw failed;
      }
      await new Promise<void>((resolve) => {
        this.#wakeConsumer = resolve;
      });
      this.#wakeConsumer = undefined;
    }
    const value = this.#waiting[this.#next] as T;
    this.#next += 1;
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
      this.#wakeProducer?.();
    } else if (this.#next >= HIGH_WATER) {
      // A consumer that is always a little behind never empties it: what was taken must go all the same.
      this.#waiting.splice(0, this.#next);
      this.#next = 0;
    }
    return { done: false, value };
  }

  #finish(state: 'ended' | { failed: unknown }): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    this.#wakeConsumer?.();
    this.#wakeProducer?.();
  }
}
