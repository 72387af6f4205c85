import { describeWho, folderOf, shownTime, type Labelled } from './pretty-change.ts';

/** So many changes of one kind in one folder are one line; fewer are easily read one by one. */
export const BURST_FROM = 5;
/** No more than this many are kept for one line. */
const LONGEST_BURST = 10_000;
/** Changes of longer ago may be hours apart: what one line sums up happened within this time, in milliseconds. */
const BURST_SPAN_MS = 60_000;

/**
 * Bursts sums up changes that come at once: those of one kind, in one folder, by one person, one after the other.
 * Nothing is held back longer than the turn of the event loop in which it came: what one answer of
 * delta reports comes in one turn.
 */
export class Bursts<T extends Labelled> {
  readonly #write: (events: readonly [T, ...T[]]) => void;
  #held: [T, ...T[]] | undefined;
  #due = false;

  /** `write` is called with what makes one burst, or with a single change. */
  constructor(write: (events: readonly [T, ...T[]]) => void) {
    this.#write = write;
  }

  add(event: T): void {
    if (this.#held !== undefined && this.#held.length < LONGEST_BURST && belongTogether(this.#held[0], event)) this.#held.push(event);
    else {
      this.flush();
      this.#held = [event];
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
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    if (held.length >= BURST_FROM) this.#write(held);
    else for (const event of held) this.#write([event]);
  }
}

function belongTogether(one: Labelled, other: Labelled): boolean {
  const folder = folderOf(one.item.path);
  if (folder === undefined || folder !== folderOf(other.item.path)) return false;
  if (one.target !== other.target || one.change !== other.change || one.item.folder !== other.item.folder) return false;
  if (one.change === 'moved' && folderOf(one.previous?.path) !== folderOf(other.previous?.path)) return false;
  const [first, second] = [shownTime(one), shownTime(other)];
  if (first === undefined || second === undefined ? first !== second : Math.abs(first - second) > BURST_SPAN_MS) return false;
  return describeWho(one) === describeWho(other);
}
