import { describeWho, folderOf, shownTime, type Labelled } from './pretty-change.ts';

/** This many changes of one kind in one folder are one line; fewer are easily read one by one. */
export const BURST_FROM = 5;
/** No more than this many are kept for one line. */
const LONGEST_BURST = 10_000;
/** Changes that are caught up with may be hours apart: what one line sums up happened within this time, in milliseconds. */
const BURST_SPAN_MS = 60_000;

/**
 * Bursts sums up changes that come at once: those of one kind, in one folder, by one person, one after the other. The
 * changes of several drives arrive in turns: each drive has its own order.
 * Nothing is held back longer than the turn of the event loop in which it came: what one answer of
 * delta reports comes in one turn.
 */
export class Bursts<T extends Labelled> {
  readonly #write: (events: readonly [T, ...T[]]) => void;
  /** By target. */
  readonly #held = new Map<string, [T, ...T[]]>();
  #due = false;

  /** `write` is called with what makes one burst, or with a single change. */
  constructor(write: (events: readonly [T, ...T[]]) => void) {
    this.#write = write;
  }

  add(event: T): void {
    const held = this.#held.get(event.target);
    if (held !== undefined && held.length < LONGEST_BURST && belongTogether(held[0], event)) held.push(event);
    else {
      this.#held.set(event.target, [event]);
      if (held !== undefined) this.#pass(held);
    }
    if (this.#due) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      this.flush();
    });
  }

  /** `flush` writes what is held. */
  flush(): void {
    const all = [...this.#held.values()];
    this.#held.clear();
    for (const held of all) this.#pass(held);
  }

  #pass(held: [T, ...T[]]): void {
    if (held.length >= BURST_FROM) this.#write(held);
    else for (const event of held) this.#write([event]);
  }
}

function belongTogether(one: Labelled, other: Labelled): boolean {
  const folder = folderOf(one.item.path);
  if (folder === undefined || folder !== folderOf(other.item.path)) return false;
  if (one.change !== other.change || one.item.folder !== other.item.folder) return false;
  if (one.change === 'moved' && folderOf(one.previous?.path) !== folderOf(other.previous?.path)) return false;
  const [first, second] = [shownTime(one), shownTime(other)];
  if (first === undefined || second === undefined ? first !== second : Math.abs(first - second) > BURST_SPAN_MS) return false;
  return describeWho(one) === describeWho(other);
}
