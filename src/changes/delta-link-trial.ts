import type { DeltaGone } from '../delta.ts';
import { copyOf, WatchError } from '../errors.ts';
import { Stopwatch } from '../lib/deadline.ts';

/** A link is suspected after this many consecutive failures. */
const TRIES = 4;
/** How long (milliseconds) it must have failed before the first success: a script is waiting. */
const AT_START_MS = 10_000;
/** How long later: less than the patience with any refusal, which would end the watch. */
const LATER_MS = 3 * 60_000;

export interface DeltaLinkTrialOptions {
  now: () => number;
  /** Whether delta has answered this run before. */
  everWorked: boolean;
  /** Resolves with whether delta answers without this link. */
  worksWithout: () => Promise<boolean>;
}

/**
 * DeltaLinkTrial decides when a delta link of Graph's that keeps failing, while Graph answers everything else, is to be
 * treated as after a 410. Links were seen to answer 400, 404, 500 and 504 for good.
 */
export class DeltaLinkTrial {
  readonly #options: DeltaLinkTrialOptions;
  readonly #time: Stopwatch;
  #failures = 0;

  constructor(options: DeltaLinkTrialOptions) {
    this.#options = options;
    this.#time = new Stopwatch(options.now);
  }

  /** Resolves if the link no longer works; otherwise rejects with the failure, as a temporary one until that is decided. */
  async failed(thrown: unknown): Promise<DeltaGone> {
    if (!(thrown instanceof WatchError) || !isOfLink(thrown)) throw thrown;
    this.#failures += 1;
    const { everWorked, worksWithout } = this.#options;
    const suspected = this.#failures >= TRIES && this.#time.elapsedMs >= (everWorked ? LATER_MS : AT_START_MS);
    if (suspected && await worksWithout()) return { gone: `${thrown.status ?? ''} ${thrown.code ?? ''}`.trim(), location: undefined };
    throw suspected || everWorked ? thrown : asOutage(thrown);
  }
}

/** Whether a failure may be the link's own: an answer that says no, or that the service failed. */
function isOfLink({ category, status }: WatchError): boolean {
  return status !== undefined && (category === 'refused' || (category === 'network' && status >= 500));
}

/** The same failure as one that is tried again before the first success, too. */
function asOutage(error: WatchError): WatchError {
  return copyOf(error, { category: 'network', cause: error });
}
