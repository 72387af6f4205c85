import type { Clock } from '../../src/surroundings.ts';

interface Sleeper {
  until: number;
  order: number;
  wake: () => void;
  gone: boolean;
}

/** A clock for simulations with any number of sleepers: its time advances as soon as all that was woken has run. */
export class EventClock implements Clock {
  #now = Date.UTC(2026, 4, 11);
  readonly #sleepers: Sleeper[] = [];
  #order = 0;

  readonly now = (): number => this.#now;

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = { until: this.#now + ms, order: this.#order++, gone: false, wake: () => {
        sleeper.gone = true;
        signal?.removeEventListener('abort', sleeper.wake);
        resolve();
      } };
      signal?.addEventListener('abort', sleeper.wake);
      this.#push(sleeper);
    });
  }

  async run(untilMs: number): Promise<void> {
    await turn();
    for (let next = this.#sleepers[0]; next !== undefined && next.until <= untilMs; next = this.#sleepers[0]) {
      this.#pop();
      if (next.gone) continue;
      this.#now = next.until;
      next.wake();
      await turn();
    }
    this.#now = untilMs;
  }

  #push(sleeper: Sleeper): void {
    const heap = this.#sleepers;
    let place = heap.push(sleeper) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!before(sleeper, heap[above]!)) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = sleeper;
  }

  #pop(): void {
    const heap = this.#sleepers;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let place = 0;
    while (true) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && before(heap[below + 1]!, heap[below]!)) below += 1;
      if (!before(heap[below]!, last)) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = last;
  }
}

function before(one: { until: number; order: number }, other: { until: number; order: number }): boolean {
  return one.until < other.until || (one.until === other.until && one.order < other.order);
}

function turn(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}

/** Random numbers, the same for the same seed (mulberry32, public domain), uniform in [0, 1). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
