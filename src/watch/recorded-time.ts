import { Stopwatch } from '../lib/deadline.ts';
import type { Clock } from '../surroundings.ts';

export interface RecordedTimeOptions {
  clock: Clock;
  /** How many times as fast as it was recorded; `undefined`: at once. */
  speed: number | undefined;
  /** Called before a long wait, with its length in milliseconds. */
  onLongWait: (ms: number) => void;
}

/** A longer wait for the next event is mentioned, in milliseconds. */
const LONG_WAIT_MS = 60_000;

/** RecordedTime is how far a replay has come in the time of its recording, and with a speed the pace at which it does. */
export class RecordedTime {
  readonly #options: RecordedTimeOptions;
  #since: Stopwatch | undefined;
  /** The time of the latest event, or of the one that is waited for. */
  #at: number | undefined;
  /** When that event is due, in milliseconds since the first. */
  #dueMs = 0;
  #ended = false;

  constructor(options: RecordedTimeOptions) {
    this.#options = options;
  }

  /** The recorded time that has been reached, in milliseconds since the epoch; before the first event, the real one. */
  get now(): number {
    return this.#at === undefined ? this.#options.clock.now() : this.#at - this.#waitMs * (this.#options.speed ?? 0);
  }

  /** How many times as fast as real time `now` passes; 0: it stands still, or jumps from event to event. */
  get rate(): number {
    if (this.#at === undefined) return 1;
    return this.#ended ? 0 : this.#options.speed ?? 0;
  }

  /** Whether there are no more events. */
  get ended(): boolean {
    return this.#ended;
  }

  /** `reach` waits until an event of this time is due. A clock that was set back while it was recorded makes nobody wait twice. */
  async reach(time: number, signal: AbortSignal): Promise<void> {
    const { clock, speed, onLongWait } = this.#options;
    this.#since ??= new Stopwatch(clock.now);
    if (speed !== undefined) this.#dueMs += Math.max(0, time - (this.#at ?? time)) / speed;
    this.#at = time;
    const waitMs = this.#waitMs;
    if (waitMs > LONG_WAIT_MS) onLongWait(waitMs);
    if (waitMs > 0) await clock.sleep(waitMs, signal);
  }

  /** `end` records that there are no more events. */
  end(): void {
    this.#ended = true;
  }

  get #waitMs(): number {
    return this.#since === undefined ? 0 : Math.max(0, this.#dueMs - this.#since.elapsedMs);
  }
}
