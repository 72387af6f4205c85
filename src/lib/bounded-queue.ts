/** How many items may wait for a slow consumer before producers are asked to wait … */
export const HIGH_WATER = 1_000;
/** … and how much they may be in size. */
export const HIGH_WATER_SIZE = 16 * 1024 * 1024;

/** Taker takes an item in the turn that brings it; false: not now, it has to wait in the queue. */
export type Taker<T> = (item: T) => boolean;

/**
 * BoundedQueue passes items from producers, which can be asked to wait (`room`), to one consumer, which
 * iterates over it. `put` never refuses an item: the bound holds for producers that await `room`.
 */
export class BoundedQueue<T> implements AsyncIterableIterator<T, void, undefined> {
  #waiting: T[] = [];
  /** Index of the first item that has not been taken: shifting an array of thousands is slow. */
  #next = 0;
  /** The total size of the waiting items. */
  #size = 0;
  readonly #sizeOf: (item: T) => number;
  #state: 'open' | 'ended' | { failure: unknown } = 'open';
  #wakeConsumer: (() => void) | undefined;
  #taker: Taker<T> | undefined;
  #wakeProducers: (() => void)[] = [];

  /** `sizeOf`: the size of an item in bytes, or roughly so; without it only the number of items is bounded. */
  constructor(sizeOf: (item: T) => number = () => 0) {
    this.#sizeOf = sizeOf;
  }

  /** How many items the queue keeps in memory, taken ones that are not freed yet included. */
  get held(): number {
    return this.#waiting.length;
  }

  /** Whether the consumer waits for the next item, done with all before it. */
  get isAwaited(): boolean {
    return this.#wakeConsumer !== undefined && this.#next === this.#waiting.length && this.#state === 'open';
  }

  /**
   * `passTo` gives the consumer a shortcut: while it waits for the next item, each is offered to this function first, in
   * the turn that brings it. What it refuses waits, and is offered again when its turn comes. What it throws fails the queue.
   */
  passTo(taker: Taker<T>): void {
    this.#taker = taker;
  }

  put(item: T): void {
    if (this.#state !== 'open') return;
    if (this.#taker !== undefined && this.isAwaited && this.#isTaken(this.#taker, item)) return;
    this.#waiting.push(item);
    this.#size += this.#sizeOf(item);
    this.#wakeConsumer?.();
  }

  /** `room` resolves when there is room for more, or when nothing will be read any longer. */
  async room(): Promise<void> {
    while (this.#isFull && this.#state === 'open') {
      await new Promise<void>((resolve) => {
        this.#wakeProducers.push(resolve);
      });
    }
  }

  /** `end` ends the queue: nothing more will be put; what waits can still be taken. */
  end(): void {
    this.#finish('ended');
  }

  /** `fail` ends the queue, and once all has been taken the consumer gets this error. */
  fail(failure: unknown): void {
    this.#finish({ failure });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T, void>> {
    while (true) {
      while (this.#next < this.#waiting.length) {
        const value = this.#shift();
        if (this.#taker?.(value) !== true) return { done: false, value };
      }
      if (this.#state !== 'open') {
        if (this.#state === 'ended') return { done: true, value: undefined };
        const { failure } = this.#state;
        this.#state = 'ended';
        throw failure;
      }
      await new Promise<void>((resolve) => {
        this.#wakeConsumer = resolve;
      });
      this.#wakeConsumer = undefined;
    }
  }

  /** Takes the first of those that wait. */
  #shift(): T {
    const value = this.#waiting[this.#next] as T;
    // A thousand that were taken may be as much as the memory.
    this.#waiting[this.#next] = undefined as T;
    this.#size -= this.#sizeOf(value);
    this.#next += 1;
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
      this.#letProducersGo();
    } else if (this.#next >= HIGH_WATER) {
      // A consumer that is always a little behind never empties the queue: what was taken is freed all the same.
      this.#waiting.splice(0, this.#next);
      this.#next = 0;
    }
    return value;
  }

  #isTaken(taker: Taker<T>, item: T): boolean {
    try {
      return taker(item);
    } catch (failure) {
      // The consumer learns of it, as if it had thrown it itself; whoever puts is not to blame.
      this.fail(failure);
      return true;
    }
  }

  get #isFull(): boolean {
    return this.#waiting.length - this.#next >= HIGH_WATER || this.#size >= HIGH_WATER_SIZE;
  }

  #finish(state: 'ended' | { failure: unknown }): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    this.#wakeConsumer?.();
    this.#letProducersGo();
  }

  #letProducersGo(): void {
    for (const wake of this.#wakeProducers.splice(0)) wake();
  }
}
