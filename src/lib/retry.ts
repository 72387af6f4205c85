import { toError, WatchError } from '../errors.ts';
import { TroubleCount, type Trouble } from '../retry-policy.ts';
import type { Clock } from '../surroundings.ts';

/** RetryDelay says when to retry after a failure: milliseconds, or never. */
export type RetryDelay = (trouble: Trouble) => number | 'give-up';

export interface RetryOptions {
  clock: Clock;
  signal: AbortSignal;
  retryDelay: RetryDelay;
  /** Called with each failure that is retried. */
  onTrouble: (error: WatchError, delayMs: number) => void;
  /** Called when it works again. */
  onRecovered: () => void;
}

/** Stopped is thrown from whatever is under way when the watch is stopped. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Retry retries what may fail as long as that may help. */
export class Retry {
  readonly #options: RetryOptions;
  /** Before the first success trouble ends the command after a while, so that CI does not hang. */
  #everWorked = false;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** Resolves with what `work` does in the end (without `proves` a success of it is not the first one); rejects with its `WatchError` when that is final, or with `Stopped`. */
  async run<T>(work: () => Promise<T>, { proves = true } = {}): Promise<T> {
    const { clock, signal, retryDelay, onTrouble, onRecovered } = this.#options;
    const count = new TroubleCount(clock.now);
    while (true) {
      const error = await work().then(
        (value) => {
          this.#everWorked ||= proves;
          if (count.troubled) onRecovered();
          return { value };
        },
        (thrown: unknown) => (thrown instanceof WatchError ? thrown : new WatchError('internal', toError(thrown).message, { cause: thrown })),
      );
      if (signal.aborted) throw new Stopped();
      if (!(error instanceof WatchError)) return error.value;
      const delayMs = retryDelay({ ...count.failed(error), error, everConnected: this.#everWorked });
      if (delayMs === 'give-up') throw error;
      onTrouble(error, delayMs);
      await clock.sleep(delayMs, signal);
      if (stopped(signal)) throw new Stopped();
    }
  }
}

/** A function, since TypeScript would assume that an earlier answer still holds after a wait. */
function stopped(signal: AbortSignal): boolean {
  return signal.aborted;
}
