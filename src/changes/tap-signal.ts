import type { Clock } from '../surroundings.ts';

/** Cause is why delta is queried: a notification, a connection, a renewed endpoint, the lack of a connection, an enumeration that waits for a round. */
export type Cause = 'notification' | 'ready' | 'renewed' | 'poll' | 'listed';

const WEIGHT: Readonly<Record<Cause, number>> = { listed: 0, renewed: 0, poll: 1, notification: 2, ready: 3 };

/**
 * TapSignal says that delta has to be queried, and why. A tap is anything that calls for a query: a notification, a (re)connect, a renewed
 * endpoint, the poll interval, an enumeration that waits for a round. However many raise the signal before it is taken, it is taken
 * once, with the most important cause.
 */
export class TapSignal {
  #cause: Cause | undefined;
  #ended = false;
  #wake: (() => void) | undefined;

  /** `raise` notes that delta has to be queried. */
  raise(cause: Cause): void {
    if (this.#cause === undefined || WEIGHT[cause] > WEIGHT[this.#cause]) this.#cause = cause;
    this.#wake?.();
  }

  /** `end` records that the signal will not be raised again. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** `wait` resolves with `tap` once the signal is raised, `pause` after `withinMs` milliseconds, `over` at the end. Takes nothing. */
  async wait(withinMs: number | undefined, clock: Clock, signal: AbortSignal): Promise<'tap' | 'pause' | 'over'> {
    if (this.#cause === undefined && !this.#ended) {
      const awake = new AbortController();
      let stop: () => void = () => undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        stop = resolve;
        signal.addEventListener('abort', stop, { once: true });
        if (signal.aborted) stop();
        if (withinMs !== undefined) void clock.sleep(withinMs, awake.signal).then(resolve);
      });
      signal.removeEventListener('abort', stop);
      awake.abort();
      this.#wake = undefined;
    }
    if (signal.aborted) return 'over';
    if (this.#cause !== undefined) return 'tap';
    return this.#ended ? 'over' : 'pause';
  }

  /** `take` returns the cause, if the signal was raised since the last time. */
  take(): Cause | undefined {
    const cause = this.#cause;
    this.#cause = undefined;
    return cause;
  }
}
