import type { Taker } from '../lib/bounded-queue.ts';

/** PausableSource is a source that the inbox pauses while nobody takes from it. */
export interface PausableSource {
  pause(): void;
  resume(): void;
  /** Called as soon as it is paused, and then every `keepAliveEveryMs` until it is resumed. */
  keepAlive(): void;
  readonly keepAliveEveryMs: number;
}

/** A burst of this many items waits in memory before the source is paused … */
const HIGH_WATER = 2_000;
/** … or of this many bytes. */
const HIGH_WATER_BYTES = 16 * 1024 * 1024;

/** Inbox is a bounded queue between a source that can be paused and one taker. */
export class Inbox<T> {
  readonly #source: PausableSource;
  #waiting: T[] = [];
  /** Bytes that have arrived over the wire since the inbox was last empty. */
  #bytes = 0;
  #ended = false;
  #wake: (() => void) | undefined;
  #taker: Taker<T> | undefined;
  #paused: NodeJS.Timeout | undefined;

  constructor(source: PausableSource) {
    this.#source = source;
  }

  /** `arrived` adds the size of a piece that arrived to what is waiting. Call it before the items in it are put. */
  arrived(bytes: number): void {
    this.#bytes = this.#waiting.length === 0 ? bytes : this.#bytes + bytes;
  }

  /** `passTo` names a function that may take an item before it is put: see `offer`. */
  passTo(taker: Taker<T>): void {
    this.#taker = taker;
  }

  /** Offers an item to that function, if the taker of batches waits for the next with nothing before it. Returns false if it has to be put. */
  offer(item: T): boolean {
    return this.#taker !== undefined && this.#wake !== undefined && this.#waiting.length === 0 && !this.#ended && this.#taker(item);
  }

  /** Never refuses: what was read from the wire is kept, also beyond the mark. */
  put(item: T): void {
    this.#waiting.push(item);
    const full = this.#waiting.length >= HIGH_WATER || this.#bytes >= HIGH_WATER_BYTES;
    if (full && this.#paused === undefined && !this.#ended) {
      this.#source.pause();
      this.#source.keepAlive();
      this.#paused = setInterval(() => {
        this.#source.keepAlive();
      }, this.#source.keepAliveEveryMs);
    }
    this.#wake?.();
  }

  /** Ends the inbox: no more will be put; what is here can still be taken. */
  end(): void {
    this.#ended = true;
    clearInterval(this.#paused);
    this.#wake?.();
  }

  /** Yields everything that waits, repeatedly, until the end. */
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
    this.#source.resume();
  }
}
