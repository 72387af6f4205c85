import { toError } from '../errors.ts';
import { describeDuration } from '../lib/duration.ts';
import { Stopped } from '../lib/retry.ts';
import type { Clock } from '../surroundings.ts';
import type { DriveIndex } from './index/drive-index.ts';
import { compareDrive, type EnumerateOptions } from './index/enumerate.ts';
import { Round } from './index/round.ts';

/** How long delta gets to report what an enumeration already shows, in milliseconds: it lags by a minute, and more at times. */
export const RECHECK_GRACE_MS = 2 * 60_000;

export interface RecheckOptions {
  index: DriveIndex;
  clock: Clock;
  signal: AbortSignal;
  everyMs: number;
  enumeration: () => EnumerateOptions;
  /** Causes a round soon. */
  requestRound: () => void;
  warn: (message: string) => void;
}

/**
 * Recheck enumerates the drive again, at an interval, and finds what delta never reported: deletions are delivered once, and were
 * seen to be missing for good. Rounds continue meanwhile. Whatever differs from the index is only suspected at first; what a round
 * mentions within two minutes is delta's to report, and the rest is handed out after a round that began later.
 */
export class Recheck {
  readonly #options: RecheckOptions;
  /** What rounds have mentioned since the enumeration began. */
  #mentioned: Set<string> | undefined;
  #suspected: Round | undefined;

  constructor(options: RecheckOptions) {
    this.#options = options;
  }

  /** Whether there is something to hand out after the round that begins now. */
  get due(): boolean {
    return this.#suspected !== undefined;
  }

  /** `start` begins to recheck, until the signal aborts. */
  start(): void {
    void this.#run();
  }

  /** `mention` notes what a round brought. */
  mention(round: Round): void {
    if (this.#mentioned !== undefined) for (const id of round.items.keys()) this.#mentioned.add(id);
  }

  /** `drop` forgets what is suspected: the index was compared as a whole. */
  drop(): void {
    this.#mentioned = undefined;
    this.#suspected = undefined;
  }

  /** `take` returns what delta has not reported, as a round. */
  take(): Round {
    const { index } = this.#options;
    const missed = new Round();
    for (const [id, item] of this.#suspected?.items ?? []) {
      if (this.#mentioned?.has(id) === true) continue;
      // It was found in a folder that is gone by now.
      const overtaken = !item.deleted && item.parentId !== undefined && index.get(item.parentId) === undefined && this.#suspected?.items.has(item.parentId) !== true;
      if (!overtaken) missed.items.set(id, item);
    }
    this.drop();
    return missed;
  }

  async #run(): Promise<void> {
    const { index, clock, signal, everyMs, enumeration, requestRound, warn } = this.#options;
    while (true) {
      await clock.sleep(everyMs, signal);
      if (signal.aborted) return;
      // While a reader is slow, no round takes the last one's result, which counts only with what was mentioned since.
      if (this.#suspected !== undefined) continue;
      const mentioned = new Set<string>();
      this.#mentioned = mentioned;
      try {
        const { round } = await compareDrive(index, new Map(), undefined, { ...enumeration(), onProgress: () => undefined });
        await clock.sleep(RECHECK_GRACE_MS, signal);
        if (this.#mentioned !== mentioned) continue;
        this.#suspected = round;
        requestRound();
      } catch (error) {
        if (error instanceof Stopped) return;
        this.drop();
        warn(`couldn't recheck the drive (${toError(error).message}); trying again in ${describeDuration(everyMs)}`);
      }
    }
  }
}
