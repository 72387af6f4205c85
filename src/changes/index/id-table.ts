import { randomInt } from 'node:crypto';
import { grownCapacity, SlotTexts } from './slot-texts.ts';

const FIRST_LENGTH = 32;
/** The table is at most this full. */
const FULLEST = 0.75;

/**
 * IdTable gives each id a slot: a small number, used again once its id was removed. A hash table with linear probing over ids that
 * are stored as bytes: a `Map` of strings takes two and a half times the memory.
 */
export class IdTable {
  readonly #ids = new SlotTexts();
  /** By slot: so that few ids have to be compared, and none is read again when the table grows. */
  #hashes = new Int32Array(FIRST_LENGTH);
  /** 1 + a slot, where its id's hash says or in the next free place behind; 0 is free. */
  #table = new Int32Array(FIRST_LENGTH);
  readonly #free: number[] = [];
  #slots = 0;
  #size = 0;
  /** Unknown to whoever sends ids: otherwise they could be chosen so that all of them have the same hash. */
  readonly #seed = randomInt(2 ** 32);

  /** One more than the highest slot that was ever given. */
  get slots(): number {
    return this.#slots;
  }

  /** How many ids have a slot. */
  get size(): number {
    return this.#size;
  }

  find(id: string): number | undefined {
    return this.#find(id, this.#hash(id));
  }

  /** `findOrAdd` returns the slot of an id, which it gives it if it has none yet: `size` grows then. */
  findOrAdd(id: string): number {
    const hash = this.#hash(id);
    return this.#find(id, hash) ?? this.#add(id, hash);
  }

  #find(id: string, hash: number): number | undefined {
    const taken = this.#table[this.#placeOf(id, hash)] ?? 0;
    return taken === 0 ? undefined : taken - 1;
  }

  #add(id: string, hash: number): number {
    if (this.#size + 1 > this.#table.length * FULLEST) this.#grow();
    const slot = this.#free.pop() ?? this.#slots++;
    this.#ids.set(slot, id);
    if (slot >= this.#hashes.length) {
      const hashes = new Int32Array(grownCapacity(slot));
      hashes.set(this.#hashes);
      this.#hashes = hashes;
    }
    this.#hashes[slot] = hash;
    this.#table[this.#freePlace(hash)] = slot + 1;
    this.#size += 1;
    return slot;
  }

  /** `idOf` returns the id of a slot, and `` for one that has none. */
  idOf(slot: number): string {
    return this.#ids.get(slot);
  }

  remove(slot: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let gap = this.#hashOf(slot) & mask;
    while (table[gap] !== slot + 1) gap = (gap + 1) & mask;
    table[gap] = 0;
    // What stands behind may have found its own place taken: it moves up, so that it is found again.
    for (let place = (gap + 1) & mask; (table[place] ?? 0) !== 0; place = (place + 1) & mask) {
      const moving = table[place] ?? 0;
      const wanted = this.#hashOf(moving - 1) & mask;
      if (((place - wanted) & mask) < ((place - gap) & mask)) continue;
      table[gap] = moving;
      table[place] = 0;
      gap = place;
    }
    this.#ids.set(slot, '');
    this.#free.push(slot);
    this.#size -= 1;
  }

  clear(): void {
    this.#ids.clear();
    this.#table = new Int32Array(FIRST_LENGTH);
    this.#hashes = new Int32Array(FIRST_LENGTH);
    this.#free.length = 0;
    this.#slots = 0;
    this.#size = 0;
  }

  /** Where an id is in the table, or the free place where it would be. */
  #placeOf(id: string, hash: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    let place = hash & mask;
    for (let taken = table[place] ?? 0; taken !== 0; taken = table[place] ?? 0) {
      if (this.#hashes[taken - 1] === hash && this.#ids.equals(taken - 1, id)) break;
      place = (place + 1) & mask;
    }
    return place;
  }

  #freePlace(hash: number): number {
    const mask = this.#table.length - 1;
    let place = hash & mask;
    while (this.#table[place] !== 0) place = (place + 1) & mask;
    return place;
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Int32Array(old.length * 2);
    for (const taken of old) if (taken !== 0) this.#table[this.#freePlace(this.#hashOf(taken - 1))] = taken;
  }

  #hashOf(slot: number): number {
    return this.#hashes[slot] ?? 0;
  }

  /** MurmurHash3's mixing, over UTF-16 code units. */
  #hash(id: string): number {
    let hash = this.#seed | 0;
    for (let index = 0; index < id.length; index += 1) {
      hash ^= Math.imul(id.charCodeAt(index), 0xcc9e2d51);
      hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }
}
