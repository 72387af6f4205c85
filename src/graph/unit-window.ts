/** How long what was spent counts, in milliseconds. */
const WINDOW_MS = 60_000;
/** What is spent within this many milliseconds is counted together, as if all of it had been spent last. */
const SLOT_MS = 250;

/** UnitWindow counts the units that were spent in the last 60 seconds, at each moment. A clock that is set back prolongs nothing. */
export class UnitWindow {
  readonly #now: () => number;
  readonly #slots: { from: number; last: number; units: number }[] = [];
  #wall: number;
  /** Milliseconds since the start; never runs backwards. */
  #time = 0;
  #last = -Infinity;
  #used = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#wall = now();
  }

  /** How much was spent in the last 60 seconds. */
  get used(): number {
    this.#forget();
    return this.#used;
  }

  /** How long ago something was spent last, in milliseconds. */
  get sinceLastMs(): number {
    this.#forget();
    return this.#time - this.#last;
  }

  /** `msUntil` returns the milliseconds until this many units can be spent under this limit; 0 if nothing has been spent, whatever the limit. */
  msUntil(units: number, limit: number): number {
    let over = this.used + units - limit;
    if (over <= 0 || this.#used === 0) return 0;
    for (const slot of this.#slots) {
      over -= slot.units;
      if (over <= 0) return slot.last + WINDOW_MS - this.#time;
    }
    return (this.#slots.at(-1)?.last ?? 0) + WINDOW_MS - this.#time;
  }

  spend(units: number): void {
    this.#forget();
    const slot = this.#slots.at(-1);
    if (slot !== undefined && this.#time - slot.from < SLOT_MS) {
      slot.units += units;
      slot.last = this.#time;
    } else {
      this.#slots.push({ from: this.#time, last: this.#time, units });
    }
    this.#last = this.#time;
    this.#used += units;
  }

  #forget(): void {
    const wall = this.#now();
    this.#time += Math.max(0, wall - this.#wall);
    this.#wall = wall;
    while (this.#slots[0] !== undefined && this.#time - this.#slots[0].last >= WINDOW_MS) this.#used -= this.#slots.shift()?.units ?? 0;
  }
}
