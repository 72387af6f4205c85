import type { Item } from './item.ts';

/** One entry of the log: a state of an item, and when the change was noticed. */
export interface LogEntry {
  readonly sequence: number;
  readonly item: Item;
  readonly noticedMs: number;
  /** The sequence of the last change of the item itself. */
  readonly changedSequence: number;
  /** The sequence of the last change of its sharing; 0 if there was none. */
  readonly sharedSequence: number;
}

/** An entry that delta does not show yet. */
interface Waiting extends Pick<LogEntry, 'sequence' | 'item' | 'noticedMs'> {
  sharing: boolean;
}

/** The log forgets the oldest deletions beyond this number; a client that is further behind must start over (410). */
const DELETIONS_KEPT = 200_000;

/**
 * ChangeLog holds the changes of a drive in the order in which they were noticed. Delta shows only the
 * latest for each item. With a lag, an entry is shown only `lagMs` after it was noticed; until then
 * the item's previous state is shown.
 */
export class ChangeLog {
  readonly #lagMs: () => number;
  readonly #now: () => number;
  /** In order of sequence; superseded entries are undefined until the next compaction. */
  #shown: (LogEntry | undefined)[] = [];
  #holes = 0;
  #deletions = 0;
  /** The index in `#shown` of each item's latest entry. */
  readonly #latest = new Map<string, number>();
  readonly #formerParents = new Map<string, Set<string>>();
  readonly #waiting: Waiting[] = [];
  #sequence = 0;
  #shownSequence = 0;
  #forgottenSequence = 0;

  constructor(now: () => number, lagMs: () => number) {
    this.#now = now;
    this.#lagMs = lagMs;
  }

  append(items: readonly Item[]): void {
    const noticedMs = this.#now();
    for (const item of items) this.#waiting.push({ sequence: ++this.#sequence, item, noticedMs, sharing: false });
  }

  /** Appends a change of an item's sharing. */
  appendSharing(item: Item): void {
    this.#waiting.push({ sequence: ++this.#sequence, item, noticedMs: this.#now(), sharing: true });
  }

  /** Appends what exists at the start, which delta shows without a lag. */
  appendShown(items: readonly Item[]): void {
    const noticedMs = this.#now();
    for (const item of items) this.#show({ sequence: ++this.#sequence, item, noticedMs, sharing: false });
  }

  /** The sequence of the latest entry that is shown: where a new cursor starts. */
  get head(): number {
    this.#showDue();
    return this.#shownSequence;
  }

  /** Entries up to this sequence may have been forgotten: a cursor below it cannot be served. */
  get forgotten(): number {
    return this.#forgottenSequence;
  }

  /** Returns the state of an item as delta shows it. */
  shown(id: string): Item | undefined {
    return this.latest(id)?.item;
  }

  /** Returns the entry that delta shows for an item. */
  latest(id: string): LogEntry | undefined {
    const index = this.#latest.get(id);
    return index === undefined ? undefined : this.#shown[index];
  }

  /** Returns the folders that an item was in before, as far as delta has shown them. */
  formerParents(id: string): readonly string[] {
    return [...(this.#formerParents.get(id) ?? [])];
  }

  /** The shown entries after `sequence`, oldest first, at most `limit`, that satisfy `accepts`. */
  after(sequence: number, limit: number, accepts: (entry: LogEntry) => boolean): LogEntry[] {
    this.#showDue();
    const found: LogEntry[] = [];
    for (let index = this.#indexAfter(sequence); index < this.#shown.length && found.length < limit; index++) {
      const entry = this.#shown[index];
      if (entry !== undefined && accepts(entry)) found.push(entry);
    }
    return found;
  }

  /** The sequence of the last shown entry that was noticed before `ms`. */
  sequenceAt(ms: number): number {
    this.#showDue();
    let sequence = 0;
    for (const entry of this.#shown) {
      if (entry === undefined) continue;
      if (entry.noticedMs >= ms) break;
      sequence = entry.sequence;
    }
    return sequence;
  }

  #showDue(): void {
    const horizonMs = this.#now() - this.#lagMs();
    let due = 0;
    for (const entry of this.#waiting) {
      if (entry.noticedMs > horizonMs) break;
      this.#show(entry);
      due++;
    }
    if (due > 0) this.#waiting.splice(0, due);
    if (this.#holes > 1000 && this.#holes > this.#shown.length / 2) this.#compact();
  }

  #show({ sharing, ...waiting }: Waiting): void {
    const { sequence } = waiting;
    const before = this.#latest.get(waiting.item.id);
    const previous = before === undefined ? undefined : this.#shown[before];
    const entry: LogEntry = {
      ...waiting,
      changedSequence: sharing ? (previous?.changedSequence ?? sequence) : sequence,
      sharedSequence: sharing ? sequence : (previous?.sharedSequence ?? 0),
    };
    if (before !== undefined) {
      this.#noteMove(this.#shown[before]?.item, entry.item);
      if (this.#shown[before]?.item.deleted === true) this.#deletions--;
      this.#shown[before] = undefined;
      this.#holes++;
    }
    this.#latest.set(entry.item.id, this.#shown.length);
    this.#shown.push(entry);
    this.#shownSequence = entry.sequence;
    if (entry.item.deleted && ++this.#deletions > DELETIONS_KEPT) this.#forgetDeletions();
  }

  #noteMove(before: Item | undefined, { id, parentId }: Item): void {
    if (before?.parentId === undefined || before.parentId === parentId) return;
    const parents = this.#formerParents.get(id) ?? new Set();
    this.#formerParents.set(id, parents.add(before.parentId));
  }

  #forgetDeletions(): void {
    const keep = DELETIONS_KEPT / 2;
    for (const [index, entry] of this.#shown.entries()) {
      if (this.#deletions <= keep) break;
      if (entry?.item.deleted !== true) continue;
      this.#shown[index] = undefined;
      this.#latest.delete(entry.item.id);
      this.#formerParents.delete(entry.item.id);
      this.#forgottenSequence = entry.sequence;
      this.#deletions--;
      this.#holes++;
    }
  }

  #compact(): void {
    const kept = this.#shown.filter((entry) => entry !== undefined);
    this.#shown = kept;
    this.#holes = 0;
    for (const [index, entry] of kept.entries()) this.#latest.set(entry.item.id, index);
  }

  /** Returns the first index whose entry comes after `sequence`. Holes are skipped to their right. */
  #indexAfter(sequence: number): number {
    let low = 0;
    let high = this.#shown.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      let probe = middle;
      while (probe < high && this.#shown[probe] === undefined) probe++;
      const entry = probe < high ? this.#shown[probe] : undefined;
      if (entry === undefined || entry.sequence > sequence) high = middle;
      else low = probe + 1;
    }
    return low;
  }
}
