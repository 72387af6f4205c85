import { linked } from '../lib/abort.ts';
import type { WatchEvent } from '../events.ts';
import type { Clock } from '../surroundings.ts';
import type { PollPace } from './poll-schedule.ts';

/** After this long without a connection, in milliseconds, delta is queried at intervals: a proxy may never let a WebSocket through. */
export const BLIND_MS = 60_000;

export interface FallbackOptions {
  target: string;
  clock: Clock;
  signal: AbortSignal;
  /** Joins the polled drives. */
  join: () => PollPace;
  /** Causes a query. */
  poll: () => void;
  put: (event: WatchEvent) => void;
}

/** Fallback polls while there is no connection to the push host, so that a watch never goes blind. It reports each switch once. */
export class Fallback {
  readonly #options: FallbackOptions;
  /** Ends what waits for a connection, or polls without one. */
  #back: AbortController | undefined;
  #reason = '';
  #pace: PollPace | undefined;
  #found = false;
  /** Whether `ready` was reported: from here on nothing is missed. */
  #announced = false;

  constructor(options: FallbackOptions) {
    this.#options = options;
  }

  /** Whether polling has taken the place of the connection. */
  get polling(): boolean {
    return this.#announced;
  }

  /** `lost` notes that there is no connection, and that the next attempt is in so many milliseconds. */
  lost(reason: string, nextInMs: number): void {
    this.#reason = reason;
    // No connection can be expected within the minute.
    const atOnce = nextInMs >= BLIND_MS;
    if (this.#pace !== undefined || (this.#back !== undefined && !atOnce)) return;
    this.#back?.abort();
    this.#back = new AbortController();
    void this.#watch(atOnce ? 0 : BLIND_MS, this.#back.signal);
  }

  connected(): void {
    if (this.#announced) this.#say('connected to the push host; no longer polling');
    this.end();
  }

  /** `end` stops polling silently. */
  end(): void {
    this.#back?.abort();
    this.#back = undefined;
    this.#pace?.leave();
    this.#pace = undefined;
    this.#announced = false;
  }

  /** `queried` notes that a query succeeded, and whether it found something. */
  queried(found: boolean): void {
    const { target, clock, put } = this.#options;
    this.#found = found;
    if (this.#pace === undefined || this.#announced) return;
    this.#announced = true;
    this.#say(`no connection to the push host (${this.#reason}); polling until connected`);
    put({ type: 'ready', time: clock.now(), target, via: 'poll' });
  }

  async #watch(afterMs: number, back: AbortSignal): Promise<void> {
    const { clock, signal, join, poll } = this.#options;
    const end = linked(signal, back);
    await clock.sleep(afterMs, end.signal);
    if (!end.signal.aborted) {
      const pace = join();
      this.#pace = pace;
      this.#found = false;
      while (!end.signal.aborted) {
        poll();
        await clock.sleep(pace.next(this.#found), end.signal);
      }
    }
    end.release();
  }

  #say(message: string): void {
    const { target, clock, put } = this.#options;
    put({ type: 'warning', time: clock.now(), target, message });
  }
}
