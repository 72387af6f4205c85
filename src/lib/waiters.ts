/** Waiters is whoever waits for something to change: each wakes with the next change, and looks for itself. */
export class Waiters {
  #waiting: (() => void)[] = [];

  /** `next` resolves at the next call of `wake`. */
  next(): Promise<void> {
    return new Promise((resolve) => { this.#waiting.push(resolve); });
  }

  /** `wake` wakes all that wait by now. */
  wake(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
