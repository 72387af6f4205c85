/** What was last seen of an item. */
export interface IndexedItem {
  name: string;
  parentId: string | undefined;
  /** Bytes; `undefined` where it was not told. */
  size: number | undefined;
  tag: number;
  folder: boolean;
}

/** Seen in delta: a change can be told from it. */
const SEEN = 1;
const FOLDER = 2;
const ROOT = 4;
/** Asked for on the way to a path: as it is now, which delta may not have shown yet. Good for paths only. */
const ASKED = 8;
const FIRST_CAPACITY = 1024;
/** No drive is so deep; a circle would be. */
const DEEPEST = 1_000;

/**
 * The drive's tree as far as it is known: by id, since ids survive renames and moves, in parallel
 * arrays, since a million items have to fit (bench/index-memory.mjs shows bytes per item). Paths are put
 * together from parents, so that a folder's rename changes everything below it at once.
 */
export class DriveIndex {
  /** The whole drive was enumerated: what is not here does not exist. */
  complete = false;
  readonly #slots = new Map<string, number>();
  readonly #ids: string[] = [];
  readonly #names: string[] = [];
  #parents = new Int32Array(FIRST_CAPACITY);
  #children = new Int32Array(FIRST_CAPACITY);
  #sizes = new Float64Array(FIRST_CAPACITY);
  #tags = new Float64Array(FIRST_CAPACITY);
  #flags = new Uint8Array(FIRST_CAPACITY);
  readonly #free: number[] = [];
  /** Paths of folders of which nothing else is known, as an item below them gave them. */
  readonly #hints = new Map<number, string>();
  #size = 0;
  get size(): number {
    return this.#size;
  }

  get(id: string): IndexedItem | undefined {
    const slot = this.#slots.get(id);
    return slot === undefined || (this.#flag(slot) & SEEN) === 0 ? undefined : this.#read(slot);
  }

  put(id: string, { name, parentId, size, tag, folder }: IndexedItem, isRoot = false): void {
    const slot = this.#slotOf(id);
    if ((this.#flag(slot) & SEEN) === 0) this.#size += 1;
    this.#write(slot, name, parentId, SEEN | (folder ? FOLDER : 0) | (isRoot ? ROOT : 0));
    this.#sizes[slot] = size ?? Number.NaN;
    this.#tags[slot] = tag;
  }

  /** A folder that was asked for: for paths only. */
  putAsked(id: string, name: string, parentId: string | undefined, isRoot: boolean): void {
    const slot = this.#slotOf(id);
    if ((this.#flag(slot) & SEEN) !== 0) return;
    this.#write(slot, name, parentId, ASKED | (isRoot ? ROOT : 0));
  }

  /**
   * The path that an item gave for the folder it is in; `` is the root. It is kept for the topmost
   * folder of which nothing else is known: below that, parents say it.
   */
  hint(id: string, path: string): void {
    let slot = this.#slotOf(id);
    let above = path;
    while (above !== '' && (this.#flag(slot) & (SEEN | ASKED)) !== 0) {
      const parent = this.#parentOf(slot);
      if (parent === undefined) return;
      slot = parent;
      above = above.slice(0, above.lastIndexOf('/'));
    }
    if (above === '') this.#flags[slot] = this.#flag(slot) | ROOT;
    else this.#hints.set(slot, above);
  }

  /** A folder somewhere was renamed or moved: no hint can be trusted. */
  forgetHints(): void {
    for (const slot of [...this.#hints.keys()]) {
      this.#hints.delete(slot);
      this.#release(slot);
    }
  }

  forget(id: string): void {
    const slot = this.#slots.get(id);
    if (slot === undefined || (this.#flag(slot) & (SEEN | ASKED)) === 0) return;
    this.#size -= this.#flag(slot) & SEEN;
    this.#attach(slot, -1);
    this.#flags[slot] = 0;
    this.#names[slot] = '';
    this.#release(slot);
  }

  clear(): void {
    this.#slots.clear();
    this.#ids.length = 0;
    this.#names.length = 0;
    this.#free.length = 0;
    this.#hints.clear();
    this.#size = 0;
    this.complete = false;
  }

  /** From the root: `/Reports/Q3.xlsx`; `/` is the root itself. `undefined` where a folder above is not known. */
  path(id: string): string | undefined {
    let slot = this.#slots.get(id);
    let path = '';
    for (let depth = 0; slot !== undefined && depth < DEEPEST; depth += 1) {
      const flags = this.#flag(slot);
      if ((flags & ROOT) !== 0) return path === '' ? '/' : path;
      const hint = this.#hints.get(slot);
      if (hint !== undefined) return `${hint}${path}`;
      if ((flags & (SEEN | ASKED)) === 0) return undefined;
      path = `/${this.#names[slot] ?? ''}${path}`;
      slot = this.#parentOf(slot);
    }
    return undefined;
  }

  /** The folder that an item is in, where that is known in any way. */
  parent(id: string): string | undefined {
    const slot = this.#slots.get(id);
    const parent = slot === undefined ? undefined : this.#parentOf(slot);
    return parent === undefined ? undefined : this.#ids[parent];
  }

  /**
   * Forgets everything below these ids, which are forgotten already: the service need not tell each
   * item of a deleted folder.
   */
  forgetBelow(ids: Iterable<string>): void {
    const doomed = new Set<number>();
    for (const id of ids) {
      const slot = this.#slots.get(id);
      if (slot !== undefined) doomed.add(slot);
    }
    if (doomed.size === 0) return;
    // 1: below one of them, 2: not.
    const verdicts = new Uint8Array(this.#ids.length);
    const below: string[] = [];
    for (const [id, slot] of this.#slots) {
      if (!doomed.has(slot) && this.#isBelow(slot, doomed, verdicts)) below.push(id);
    }
    for (const id of below) this.forget(id);
  }

  /** All that was seen, with ids. */
  *entries(): Generator<[id: string, item: IndexedItem, isRoot: boolean]> {
    for (const [id, slot] of this.#slots) {
      if ((this.#flag(slot) & SEEN) !== 0) yield [id, this.#read(slot), (this.#flag(slot) & ROOT) !== 0];
    }
  }

  #isBelow(start: number, doomed: ReadonlySet<number>, verdicts: Uint8Array): boolean {
    const way: number[] = [];
    let verdict = 2;
    for (let slot: number | undefined = start; slot !== undefined && way.length < DEEPEST; slot = this.#parentOf(slot)) {
      const judged = doomed.has(slot) ? 1 : (verdicts[slot] ?? 0);
      if (judged !== 0) {
        verdict = judged;
        break;
      }
      way.push(slot);
    }
    for (const slot of way) verdicts[slot] = verdict;
    return verdict === 1;
  }

  #flag(slot: number): number {
    return this.#flags[slot] ?? 0;
  }

  #parentOf(slot: number): number | undefined {
    const parent = this.#parents[slot] ?? -1;
    return parent < 0 ? undefined : parent;
  }

  #read(slot: number): IndexedItem {
    const parent = this.#parentOf(slot);
    const size = this.#sizes[slot] ?? Number.NaN;
    return {
      name: this.#names[slot] ?? '',
      parentId: parent === undefined ? undefined : this.#ids[parent],
      size: Number.isNaN(size) ? undefined : size,
      tag: this.#tags[slot] ?? 0,
      folder: (this.#flag(slot) & FOLDER) !== 0,
    };
  }

  #write(slot: number, name: string, parentId: string | undefined, flags: number): void {
    // The root may have been recognised by the path of something in it; it stays the root.
    this.#flags[slot] = flags | (this.#flag(slot) & ROOT);
    this.#names[slot] = name;
    this.#hints.delete(slot);
    this.#attach(slot, parentId === undefined ? -1 : this.#slotOf(parentId));
  }

  #attach(slot: number, parent: number): void {
    const before = this.#parents[slot] ?? -1;
    if (before === parent) return;
    this.#parents[slot] = parent;
    if (parent >= 0) this.#children[parent] = (this.#children[parent] ?? 0) + 1;
    if (before >= 0) {
      this.#children[before] = (this.#children[before] ?? 1) - 1;
      this.#release(before);
    }
  }

  /** Gives a slot back of which nothing is known and that nothing known is in. */
  #release(slot: number): void {
    const id = this.#ids[slot];
    if (id === undefined || this.#flag(slot) !== 0 || (this.#children[slot] ?? 0) > 0 || this.#hints.has(slot)) return;
    this.#slots.delete(id);
    this.#ids[slot] = '';
    this.#free.push(slot);
  }

  #slotOf(id: string): number {
    const found = this.#slots.get(id);
    if (found !== undefined) return found;
    const slot = this.#free.pop() ?? this.#ids.length;
    if (slot >= this.#flags.length) this.#grow();
    this.#slots.set(id, slot);
    this.#ids[slot] = id;
    this.#names[slot] = '';
    this.#parents[slot] = -1;
    this.#children[slot] = 0;
    this.#sizes[slot] = Number.NaN;
    this.#tags[slot] = 0;
    this.#flags[slot] = 0;
    return slot;
  }

  #grow(): void {
    const capacity = Math.ceil(this.#flags.length * 1.5);
    const before = [this.#parents, this.#children, this.#sizes, this.#tags, this.#flags];
    this.#parents = new Int32Array(capacity);
    this.#children = new Int32Array(capacity);
    this.#sizes = new Float64Array(capacity);
    this.#tags = new Float64Array(capacity);
    this.#flags = new Uint8Array(capacity);
    for (const array of [this.#parents, this.#children, this.#sizes, this.#tags, this.#flags]) array.set(before.shift() ?? []);
  }
}
