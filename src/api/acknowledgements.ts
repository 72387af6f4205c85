import { usageError } from '../errors.ts';
import type { CheckpointEvent, WatchEvent } from '../events.ts';

/** Acknowledgements moves the position past what the caller has acknowledged, and never further. */
export class Acknowledgements {
  /** For each event that was handed out: how many events there were up to it, and the last change among them. */
  readonly #places = new WeakMap<object, { number: number; change: WatchEvent | undefined }>();
  #handedOut = 0;
  #acknowledged = 0;
  #lastChange: WatchEvent | undefined;
  /** The last acknowledged change, where a round that is cut short continues. */
  #taken: WatchEvent | undefined;
  /** Checkpoints that cover events which have not been acknowledged. */
  #waiting: { after: number; commit: () => Promise<void> }[] = [];
  #committing: Promise<void> = Promise.resolve();
  /** Called once everything is acknowledged. */
  #whenAll: (() => void) | undefined;

  get taken(): WatchEvent | undefined {
    return this.#taken;
  }

  /** Call it with each event that is handed out, exactly as the caller gets it. */
  handOut(given: object, event: WatchEvent): void {
    this.#handedOut += 1;
    if (event.type === 'change') this.#lastChange = event;
    this.#places.set(given, { number: this.#handedOut, change: this.#lastChange });
  }

  /** Resolves once everything is stored that the events up to this one allow. Rejects with the error of storing; throws a usage error for an event that was not handed out. */
  acknowledge(given: object): Promise<void> {
    const place = this.#places.get(given);
    if (place === undefined) throw usageError('Not an event of this stream.', 'Acknowledge the event itself, not a copy of it.');
    if (place.number > this.#acknowledged) {
      this.#acknowledged = place.number;
      this.#taken = place.change;
    }
    if (this.#acknowledged === this.#handedOut) this.#whenAll?.();
    return this.#commitDue();
  }

  /** Resolves once everything that was handed out is acknowledged. */
  all(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenAll = resolve;
      if (this.#acknowledged === this.#handedOut) resolve();
    });
  }

  /** Commits a checkpoint, now or once what it covers is acknowledged. */
  checkpoint({ commit }: CheckpointEvent): Promise<void> {
    this.#waiting.push({ after: this.#handedOut, commit });
    return this.#commitDue();
  }

  #commitDue(): Promise<void> {
    const due = this.#waiting.filter(({ after }) => after <= this.#acknowledged);
    this.#waiting = this.#waiting.slice(due.length);
    // In order, and none after a failed one.
    this.#committing = due.reduce((before, { commit }) => before.then(commit), this.#committing);
    return this.#committing;
  }
}
