import { aborted, linked } from '../lib/abort.ts';
import type { Clock } from '../surroundings.ts';

/** Why delta is asked: a notification, a connection, a renewed endpoint. */
export type Cause = 'notification' | 'ready' | 'renewed';

const WEIGHT: Readonly<Record<Cause, number>> = { renewed: 0, notification: 1, ready: 2 };

/**
 * Rung by taps, heard by the one who asks delta. However often it is rung while a request is under
 * way, it is heard once afterwards.
 */
export class TapSignal {
  #rung: Cause | undefined;
  #over = false;
  #hear: (() => void) | undefined;

  raise(cause: Cause): void {
    if (this.#rung === undefined || WEIGHT[cause] > WEIGHT[this.#rung]) this.#rung = cause;
    this.#hear?.();
  }

  /** Nobody will ring any more. */
  end(): void {
    this.#over = true;
    this.#hear?.();
  }

  /** The cause once it is rung; `pause` after `withinMs` milliseconds of silence; `over` at the end. */
  async next(withinMs: number | undefined, clock: Clock, signal: AbortSignal): Promise<Cause | 'pause' | 'over'> {
    if (this.#rung === undefined && !this.#over) {
      const rung = new AbortController();
      this.#hear = () => { rung.abort(); };
      const awake = linked(signal, rung.signal);
      await (withinMs === undefined ? aborted(awake.signal) : clock.sleep(withinMs, awake.signal));
      awake.release();
      this.#hear = undefined;
    }
    if (signal.aborted) return 'over';
    const cause = this.#rung;
    this.#rung = undefined;
    if (cause !== undefined) return cause;
    return this.#over ? 'over' : 'pause';
  }
}
