import type { Clock } from '../surroundings.ts';
import { Conflict, type Bucket, type Entry } from './bucket.ts';
import { PAUSE_KEY } from './keys.ts';
import { encode, readPause } from './records.ts';

/** Pauses that end within this time of each other, in milliseconds, count as one. */
const SAME_WITHIN_MS = 1_000;
const RETRY_MS = 1_000;

export interface SharedPauseOptions {
  bucket: Bucket;
  clock: Clock;
  monotonic: () => number;
  /** The id of this member. */
  id: () => string;
  /** Called with each pause of another member, and how much of it is left, in milliseconds. */
  onPause: (ms: number, by: string) => void;
  signal: AbortSignal;
}

/** SharedPause passes a pause that Graph asks one member for on to all members. It passes durations only: the members' clocks may be minutes apart. */
export class SharedPause {
  readonly #options: SharedPauseOptions;
  /** The end of the longest pause known to all, by this process's steady clock. */
  #until = -Infinity;

  constructor(options: SharedPauseOptions) {
    this.#options = options;
  }

  /** Makes all others pause. Retries as long as the pause lasts: after that, nobody needs to know. */
  async share(ms: number): Promise<void> {
    const { bucket, clock, monotonic, id, signal } = this.#options;
    const until = monotonic() + ms;
    if (until <= this.#until + SAME_WITHIN_MS) return;
    this.#until = until;
    while (this.#until === until && !signal.aborted) {
      const leftMs = Math.ceil(until - monotonic());
      if (leftMs <= 0) return;
      try {
        const entry = await bucket.get(PAUSE_KEY);
        const value = encode({ ms: leftMs, by: id() });
        await (entry === undefined ? bucket.create(PAUSE_KEY, value) : bucket.update(PAUSE_KEY, value, entry.revision));
        return;
      } catch (error) {
        if (!(error instanceof Conflict)) await clock.sleep(RETRY_MS, signal);
      }
    }
  }

  /** Handles a revision of the key. `serverNow`: the server's latest known time, since a member that joins may find a pause that is long over. */
  see({ value, at }: Entry, serverNow: number): void {
    const pause = value === undefined ? undefined : readPause(value);
    if (pause === undefined || pause.by === this.#options.id()) return;
    const leftMs = pause.ms - Math.max(0, serverNow - at);
    if (leftMs <= 0) return;
    this.#until = Math.max(this.#until, this.#options.monotonic() + leftMs);
    this.#options.onPause(leftMs, pause.by);
  }
}
