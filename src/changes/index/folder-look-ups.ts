import type { DriveSource } from '../../delta.ts';
import { WatchError } from '../../errors.ts';
import { linked, rejectWhenAborted } from '../../lib/abort.ts';
import { BoundedMap } from '../../lib/bounded-map.ts';
import type { Clock } from '../../surroundings.ts';

/** After this long a folder is looked up again: it may be shared or restored, or delta was only late. In milliseconds. */
export const UNAVAILABLE_MS = 60_000;
/** How many unavailable folders are remembered: memory must not grow for weeks. */
const CAPACITY = 10_000;
/**
 * Budget of one round: a missing path must not delay the change that it belongs to. No more
 * requests than this (one resource unit each), and no more time, in milliseconds.
 */
export const LOOK_UPS_PER_ROUND = 200;
export const LOOK_UPS_WITHIN_MS = 10_000;
/** A look-up that failed for a temporary reason is retried once, after this long unless the service says how long. */
const TRIES = 2;
const TRY_AGAIN_MS = 1_000;

export interface FolderLookUpsOptions {
  source: DriveSource;
  clock: Clock;
  signal: AbortSignal;
  /** Called at most once in a round, with the first failure. */
  onFailure: (error: WatchError) => void;
}

/** LookUp fetches a folder that is needed for a path; `undefined` if it is unavailable. */
export type LookUp = (id: string) => Promise<unknown>;

/** FolderLookUps looks up folders that are needed for a path, within a budget, and remembers the ones that were recently unavailable. */
export class FolderLookUps {
  readonly #options: FolderLookUpsOptions;
  readonly #unavailable = new BoundedMap<string, number>(CAPACITY);

  constructor(options: FolderLookUpsOptions) {
    this.#options = options;
  }

  /** `forRound` returns the look-up for one round, whose time begins with its first request. */
  forRound(): LookUp {
    const { clock, onFailure } = this.#options;
    let left = LOOK_UPS_PER_ROUND;
    let startedAt: number | undefined;
    let failed = false;
    return async (id) => {
      if (left <= 0 || this.#isUnavailable(id)) return undefined;
      const started = startedAt ?? clock.now();
      startedAt = started;
      // In both directions: a clock that was set back must not make it longer.
      const leftMs = (): number => LOOK_UPS_WITHIN_MS - Math.abs(clock.now() - started);
      if (leftMs() <= 0) return undefined;
      for (let tries = 1; ; tries += 1) {
        left -= 1;
        const answer = await this.#attempt(id, leftMs());
        if (!(answer instanceof WatchError)) {
          if (answer === undefined) break;
          return answer;
        }
        if (!failed) onFailure(answer);
        failed = true;
        const waitMs = answer.retryAfterMs ?? TRY_AGAIN_MS;
        if (answer.category !== 'network' || tries === TRIES || left <= 0 || waitMs >= leftMs()) break;
        await clock.sleep(waitMs, this.#options.signal);
        this.#options.signal.throwIfAborted();
      }
      this.#unavailable.set(id, clock.now());
      return undefined;
    };
  }

  clear(): void {
    this.#unavailable.clear();
  }

  #isUnavailable(id: string): boolean {
    const since = this.#unavailable.get(id);
    if (since === undefined) return false;
    if (Math.abs(this.#options.clock.now() - since) < UNAVAILABLE_MS) return true;
    this.#unavailable.delete(id);
    return false;
  }

  async #attempt(id: string, withinMs: number): Promise<unknown> {
    const { source, clock, signal } = this.#options;
    const late = new AbortController();
    const answered = new AbortController();
    const request = linked(signal, late.signal);
    void clock.sleep(withinMs, answered.signal).then(() => { late.abort(); });
    try {
      return await rejectWhenAborted(source.item(id, request.signal), request.signal);
    } catch (error) {
      if (error instanceof WatchError && error.category !== 'internal') return error;
      if (late.signal.aborted && !signal.aborted) return new WatchError('network', 'Graph does not answer', { code: 'lookUpTimeout' });
      throw error;
    } finally {
      answered.abort();
      request.release();
    }
  }
}
