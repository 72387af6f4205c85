import { toError, WatchError } from '../errors.ts';
import type { Clock } from '../surroundings.ts';

/** When to try again after a failure: milliseconds, or never. The stream's own policy, passed in. */
export type RetryDelay = (trouble: { error: WatchError; failures: number; unsupported: number; everConnected: boolean; troubleMs: number }) => number | 'give-up';

export interface RetryOptions {
  clock: Clock;
  signal: AbortSignal;
  retryDelay: RetryDelay;
  /** Told of each failure that is tried again. */
  onTrouble: (error: WatchError, delayMs: number) => void;
  /** Told when it works again. */
  onRecovered: () => void;
}

/** Thrown out of whatever is under way when the watch is stopped. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Tries what may fail, again and again, as long as trying again may help. */
export class Retry {
  readonly #options: RetryOptions;
  /** Before the first success trouble ends the command after a while, so that CI does not hang. */
  #everWorked = false;

  constructor(options: RetryOptions) {
    this.#options = options;
  }

  /** Resolves with what `work` does in the end (without `proves` a success of it is no first one); rejects with its `WatchError` when that is final, or with `Stopped`. */
  async run<T>(work: () => Promise<T>, { proves = true } = {}): Promise<T> {
    const { clock, signal, retryDelay, onTrouble, onRecovered } = this.#options;
    let troubleSince: number | undefined;
    let unsupported = 0;
    for (let failures = 0; ; failures += 1) {
      const error = await work().then(
        (value) => {
          this.#everWorked ||= proves;
          if (troubleSince !== undefined) onRecovered();
          return { value };
        },
        (thrown: unknown) => (thrown instanceof WatchError ? thrown : new WatchError('internal', toError(thrown).message, { cause: thrown })),
      );
      if (signal.aborted) throw new Stopped();
      if (!(error instanceof WatchError)) return error.value;
      troubleSince ??= clock.now();
      const delayMs = retryDelay({ error, failures, unsupported, everConnected: this.#everWorked, troubleMs: clock.now() - troubleSince });
      if (delayMs === 'give-up') throw error;
      unsupported = error.code === 'notSupported' ? unsupported + 1 : 0;
      onTrouble(error, delayMs);
      await clock.sleep(delayMs, signal);
      if (stopped(signal)) throw new Stopped();
    }
  }
}

/** Looked at again after a wait: TypeScript would take the earlier answer for good. */
function stopped(signal: AbortSignal): boolean {
  return signal.aborted;
}
