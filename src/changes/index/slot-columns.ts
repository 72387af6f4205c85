import { grownCapacity } from './slot-texts.ts';

// What is known of a slot's item.
/** Seen in delta: what comes next can be compared with it. */
export const SEEN = 1;
export const FOLDER = 2;
export const ROOT = 4;
/** Looked up on the way to a path: as it is now, which delta may not have shown yet. Good for paths only. */
export const LOOKED_UP = 8;
/** Seen in an enumeration alongside the rounds, and in no round since. */
export const LISTED = 16;

const FIRST_CAPACITY = 16;

/** SlotColumns stores the numbers of an index, one column for each kind: a slot takes 25 bytes in all columns together. */
export class SlotColumns {
  parents = new Int32Array(FIRST_CAPACITY);
  /** How many known items are in a folder. */
  children = new Int32Array(FIRST_CAPACITY);
  sizes = new Float64Array(FIRST_CAPACITY);
  tags = new Float64Array(FIRST_CAPACITY);
  flags = new Uint8Array(FIRST_CAPACITY);

  /** `makeRoom` makes sure that there is room for a slot. */
  makeRoom(slot: number): void {
    if (slot < this.flags.length) return;
    const capacity = grownCapacity(slot);
    const before = [this.parents, this.children, this.sizes, this.tags, this.flags];
    this.parents = new Int32Array(capacity);
    this.children = new Int32Array(capacity);
    this.sizes = new Float64Array(capacity);
    this.tags = new Float64Array(capacity);
    this.flags = new Uint8Array(capacity);
    for (const column of [this.parents, this.children, this.sizes, this.tags, this.flags]) column.set(before.shift() ?? []);
  }
}
