/** What the inbox does to its source when nobody takes. */
export interface PausableSource {
  pause(): void;
  resume(): void;
  /** Called as soon as it is paused, and then every `keepAliveEveryMs` until it is resumed. */
  keepAlive(): void;
  readonly keepAliveEveryMs: number;
}

/** A burst of this many waits in memory before the source is paused. */
const HIGH_WATER = 2_000;
/** A bounded queue between a source that can be paused and one taker. */
export class Inbox<T> {
  readonly #tap: PausableSource;
  #waiting: T[] = [];
  #ended = false;
  #wake: (() => void) | undefined;
  #paused: NodeJS.Timeout | undefined;

  constructor(tap: PausableSource) {
    this.#tap = tap;
  }

  /** Never refuses: what was read from the wire is kept, also beyond the mark. */
  put(item: T): void {
    this.#waiting.push(item);
    if (this.#waiting.length >= HIGH_WATER && this.#paused === undefined && !this.#ended) {
      this.#tap.pause();
      this.#tap.keepAlive();
      this.#paused = setInterval(() => {
        this.#tap.keepAlive();
      }, this.#tap.keepAliveEveryMs);
    }
    this.#wake?.();
  }

  /** No more will be put; what is here can still be taken. */
  end(): void {
    this.#ended = true;
    clearInterval(this.#paused);
    this.#wake?.();
  }

  /** All that waits, again and again, until the end. */
  async *take(): AsyncGenerator<T[], void, undefined> {
    while (true) {
      if (this.#waiting.length > 0) {
        const taken = this.#waiting;
        this.#waiting = [];
        yield taken;
      } else if (this.#ended) {
        return;
      } else {
        this.#unpause();
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }

  #unpause(): void {
    if (this.#paused === undefined) return;
    clearInterval(this.#paused);
    this.#paused = undefined;
    this.#tap.resume();
  }
}
