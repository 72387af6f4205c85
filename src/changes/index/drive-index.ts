import { canBeInPath, LONGEST_PATH } from '../../item-path.ts';
import { IdTable } from './id-table.ts';
import { FOLDER, LISTED, LOOKED_UP, ROOT, SEEN, SlotColumns } from './slot-columns.ts';
import { SlotTexts } from './slot-texts.ts';

/** IndexedItem is what was last seen of an item. */
export interface IndexedItem {
  name: string;
  parentId: string | undefined;
  /** Bytes; `undefined` where the service did not say. */
  size: number | undefined;
  tag: number;
  folder: boolean;
}

/**
 * DriveIndex is the drive's tree as far as it is known: by id, since ids survive renames and moves, in columns
 * of bytes and numbers, since a million items have to fit (bench/index-memory.mjs shows bytes per item). Paths are put
 * together from parents, so that a folder's rename changes everything below it at once.
 */
export class DriveIndex {
  /** The whole drive was enumerated: what is not here does not exist. */
  complete = false;
  /**
   * Until when, by the service's clock in milliseconds since the epoch, delta may still be about to report what an enumeration
   * has seen, or no longer saw. 0: it has reported all of that.
   */
  aheadUntil = 0;
  readonly #ids = new IdTable();
  readonly #names = new SlotTexts();
  readonly #columns = new SlotColumns();
  /** Paths of folders of which nothing else is known, as an item below them gave them. */
  readonly #hints = new Map<number, string>();
  #size = 0;
  get size(): number {
    return this.#size;
  }

  get(id: string): IndexedItem | undefined {
    const slot = this.#ids.find(id);
    return slot === undefined || (this.#flag(slot) & SEEN) === 0 ? undefined : this.#read(slot);
  }

  put(id: string, item: IndexedItem, isRoot = false): void {
    this.#put(id, item, isRoot ? ROOT : 0);
  }

  /** `putListed` adds an item of an enumeration alongside the rounds: `isListed` returns true for it until it is put again. */
  putListed(id: string, item: IndexedItem, isRoot = false): void {
    this.#put(id, item, LISTED | (isRoot ? ROOT : 0));
  }

  isListed(id: string): boolean {
    const slot = this.#ids.find(id);
    return slot !== undefined && (this.#flag(slot) & LISTED) !== 0;
  }

  /** `markListed` marks as only listed what was not reported as it is: it is unknown which of these items delta is still about to report. */
  markListed(reported: ReadonlyMap<string, IndexedItem>): void {
    for (let slot = 0; slot < this.#ids.slots; slot += 1) {
      if ((this.#flag(slot) & SEEN) === 0) continue;
      const was = reported.get(this.#ids.idOf(slot));
      const { name, parentId, tag } = this.#read(slot);
      if (was?.tag !== tag || was.name !== name || was.parentId !== parentId) this.#columns.flags[slot] = this.#flag(slot) | LISTED;
    }
  }

  /** `settle` records that delta has reported all that was listed. */
  settle(): void {
    if (this.aheadUntil === 0) return;
    this.aheadUntil = 0;
    for (let slot = 0; slot < this.#ids.slots; slot += 1) this.#columns.flags[slot] = this.#flag(slot) & ~LISTED;
  }

  /** `putLookedUp` adds a folder that was looked up: for paths only. */
  putLookedUp(id: string, name: string, parentId: string | undefined, isRoot: boolean): void {
    const slot = this.#slotOf(id);
    if ((this.#flag(slot) & SEEN) !== 0) return;
    this.#write(slot, name, parentId, LOOKED_UP | (isRoot ? ROOT : 0));
  }

  /**
   * `hint` notes the path that an item gave for the folder it is in; `` is the root. It is kept for the topmost
   * folder of which nothing else is known: below that, parents say it.
   */
  hint(id: string, path: string): void {
    let slot = this.#slotOf(id);
    let above = path;
    while (above !== '' && (this.#flag(slot) & (SEEN | LOOKED_UP)) !== 0) {
      const parent = this.#parentOf(slot);
      if (parent === undefined) return;
      slot = parent;
      above = above.slice(0, above.lastIndexOf('/'));
    }
    if (above === '') this.#columns.flags[slot] = this.#flag(slot) | ROOT;
    else this.#hints.set(slot, above);
  }

  /** `forgetHints` forgets all hints: after a folder was renamed or moved, none can be trusted. */
  forgetHints(): void {
    for (const slot of [...this.#hints.keys()]) {
      this.#hints.delete(slot);
      this.#release(slot);
    }
  }

  forget(id: string): void {
    const slot = this.#ids.find(id);
    if (slot === undefined || (this.#flag(slot) & (SEEN | LOOKED_UP)) === 0) return;
    this.#size -= this.#flag(slot) & SEEN;
    this.#attach(slot, -1);
    this.#columns.flags[slot] = 0;
    this.#names.set(slot, '');
    this.#release(slot);
  }

  clear(): void {
    this.#ids.clear();
    this.#names.clear();
    this.#hints.clear();
    this.#size = 0;
    this.complete = false;
    this.aheadUntil = 0;
  }

  path(id: string): string | undefined {
    return this.pathReader()(id);
  }

  /**
   * `pathReader` returns a function that reads paths from the root, each folder's once: `/Reports/Q3.xlsx`; `/` is the root itself.
   * It holds only until the index changes.
   * An item has no path where a folder above it is not known or lacks a name, or where the path would be
   * longer than any that OneDrive allows.
   */
  pathReader(): (id: string) => string | undefined {
    // The path of each slot without the root's slash; `undefined` also while it is being put together, so that a circle ends there.
    const paths = new Map<number, string | undefined>();
    return (id) => {
      const start = this.#ids.find(id);
      if (start === undefined) return undefined;
      const way: number[] = [];
      let slot: number | undefined = start;
      while (slot !== undefined && !paths.has(slot)) {
        const top = this.#topOf(slot);
        paths.set(slot, top);
        if (top !== undefined) break;
        way.push(slot);
        slot = this.#parentOf(slot);
      }
      let path = slot === undefined ? undefined : paths.get(slot);
      for (let below = way.pop(); below !== undefined && path !== undefined; below = way.pop()) {
        const name: string = this.#names.get(below);
        path = canBeInPath(name) && path.length + name.length < LONGEST_PATH ? `${path}/${name}` : undefined;
        paths.set(below, path);
      }
      return path === '' ? '/' : path;
    };
  }

  /** `parent` returns the folder that an item is in, where that is known in any way. */
  parent(id: string): string | undefined {
    const slot = this.#ids.find(id);
    const parent = slot === undefined ? undefined : this.#parentOf(slot);
    return parent === undefined ? undefined : this.#ids.idOf(parent);
  }

  /**
   * `forgetBelow` forgets everything below these ids, which are forgotten already: the service need not list each
   * item of a deleted folder. Returns the ids of what it forgot.
   */
  forgetBelow(ids: Iterable<string>): string[] {
    const doomed = new Set<number>();
    for (const id of ids) {
      const slot = this.#ids.find(id);
      if (slot !== undefined) doomed.add(slot);
    }
    if (doomed.size === 0) return [];
    const verdicts = new Uint8Array(this.#ids.slots);
    const below: string[] = [];
    for (let slot = 0; slot < this.#ids.slots; slot += 1) {
      if (!doomed.has(slot) && this.#parentOf(slot) !== undefined && this.#isBelow(slot, doomed, verdicts)) below.push(this.#ids.idOf(slot));
    }
    for (const id of below) this.forget(id);
    return below;
  }

  /** Yields everything that was seen, with ids. */
  *entries(): Generator<[id: string, item: IndexedItem, isRoot: boolean, isListed: boolean]> {
    for (let slot = 0; slot < this.#ids.slots; slot += 1) {
      if ((this.#flag(slot) & SEEN) !== 0) yield [this.#ids.idOf(slot), this.#read(slot), (this.#flag(slot) & ROOT) !== 0, (this.#flag(slot) & LISTED) !== 0];
    }
  }

  /** `verdicts`, by slot: 1 for below one of `doomed`, 2 for not; also while it is being found out, so that a circle ends there. */
  #isBelow(start: number, doomed: ReadonlySet<number>, verdicts: Uint8Array): boolean {
    const way: number[] = [];
    let verdict = 2;
    for (let slot: number | undefined = start; slot !== undefined; slot = this.#parentOf(slot)) {
      const judged = doomed.has(slot) ? 1 : (verdicts[slot] ?? 0);
      if (judged !== 0) {
        verdict = judged;
        break;
      }
      verdicts[slot] = 2;
      way.push(slot);
    }
    for (const slot of way) verdicts[slot] = verdict;
    return verdict === 1;
  }

  /** The path of a slot that needs no parent for it: the root's, or a hint. */
  #topOf(slot: number): string | undefined {
    return (this.#flag(slot) & ROOT) !== 0 ? '' : this.#hints.get(slot);
  }

  #put(id: string, { name, parentId, size, tag, folder }: IndexedItem, flags: number): void {
    const slot = this.#slotOf(id);
    if ((this.#flag(slot) & SEEN) === 0) this.#size += 1;
    this.#write(slot, name, parentId, SEEN | (folder ? FOLDER : 0) | flags);
    this.#columns.sizes[slot] = size ?? Number.NaN;
    this.#columns.tags[slot] = tag;
  }

  #flag(slot: number): number {
    return this.#columns.flags[slot] ?? 0;
  }

  #parentOf(slot: number): number | undefined {
    const parent = this.#columns.parents[slot] ?? -1;
    return parent < 0 ? undefined : parent;
  }

  #read(slot: number): IndexedItem {
    const parent = this.#parentOf(slot);
    const size = this.#columns.sizes[slot] ?? Number.NaN;
    return {
      name: this.#names.get(slot),
      parentId: parent === undefined ? undefined : this.#ids.idOf(parent),
      size: Number.isNaN(size) ? undefined : size,
      tag: this.#columns.tags[slot] ?? 0,
      folder: (this.#flag(slot) & FOLDER) !== 0,
    };
  }

  #write(slot: number, name: string, parentId: string | undefined, flags: number): void {
    // The root may have been recognized by the path of something in it; it stays the root.
    this.#columns.flags[slot] = flags | (this.#flag(slot) & ROOT);
    this.#names.set(slot, name);
    this.#hints.delete(slot);
    this.#attach(slot, parentId === undefined ? -1 : this.#slotOf(parentId));
  }

  #attach(slot: number, parent: number): void {
    const before = this.#columns.parents[slot] ?? -1;
    if (before === parent) return;
    this.#columns.parents[slot] = parent;
    if (parent >= 0) this.#columns.children[parent] = (this.#columns.children[parent] ?? 0) + 1;
    if (before >= 0) {
      this.#columns.children[before] = (this.#columns.children[before] ?? 1) - 1;
      this.#release(before);
    }
  }

  /** Frees a slot of which nothing is known and that nothing known is in. */
  #release(slot: number): void {
    if (this.#flag(slot) !== 0 || (this.#columns.children[slot] ?? 0) > 0 || this.#hints.has(slot)) return;
    this.#ids.remove(slot);
  }

  #slotOf(id: string): number {
    const before = this.#ids.size;
    const slot = this.#ids.findOrAdd(id);
    if (this.#ids.size === before) return slot;
    this.#columns.makeRoom(slot);
    this.#names.set(slot, '');
    this.#columns.parents[slot] = -1;
    this.#columns.children[slot] = 0;
    this.#columns.sizes[slot] = Number.NaN;
    this.#columns.tags[slot] = 0;
    this.#columns.flags[slot] = 0;
    return slot;
  }
}
