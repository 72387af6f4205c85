import type { DeltaGone, DeltaPage, DeltaStart, DriveSource } from '../delta.ts';
import type { Retry } from '../lib/retry.ts';
import type { Clock } from '../surroundings.ts';
import { linkOf, readPages, restarting } from './index/pages.ts';
import { Round } from './index/round.ts';
import { DeltaLinkTrial } from './delta-link-trial.ts';
import type { Position } from './resume/position-store.ts';

export interface DeltaReaderOptions {
  source: DriveSource;
  clock: Clock;
  signal: AbortSignal;
  /** Patience for single requests. */
  requests: Retry;
  /** Patience for whole rounds, of which each single request succeeded. */
  rounds: Retry;
}

/** Clocks that differ by less agree, in milliseconds: the service's times are whole seconds, and an answer takes its time. */
const CLOCKS_AGREE_MS = 2_000;

/**
 * How many items of one round are kept in memory, about 1 KB each. Pages with new items in each of them may follow
 * one another forever: how many there are is the service's word.
 */
export const MOST_ITEMS_IN_ROUND = 500_000;

class RoundTooLarge extends Error {
  override readonly name = 'RoundTooLarge';
}

/** DeltaReader reads rounds of one drive's delta, each with all its pages. */
export class DeltaReader {
  readonly #options: DeltaReaderOptions;
  /** Whether delta has answered all that the start needed. */
  armed = false;
  /** How far the service's clock is ahead of this one, in milliseconds. */
  clockAheadMs = 0;

  constructor(options: DeltaReaderOptions) {
    this.#options = options;
  }

  /** `round` reads all pages from a start on; reads them again where they lead nowhere. */
  round(start: DeltaStart): Promise<{ round: Round; position: Position } | DeltaGone> {
    return restarting((work) => this.#options.rounds.run(work), () => this.roundOnce(start));
  }

  async roundOnce(start: DeltaStart): Promise<{ round: Round; position: Position } | DeltaGone> {
    const round = new Round();
    let last: DeltaPage | DeltaGone;
    try {
      last = await readPages(start, await this.#page(start), (next) => this.#page(next), ({ items }) => {
        const before = round.items.size;
        round.add(items);
        if (round.items.size > MOST_ITEMS_IN_ROUND) throw new RoundTooLarge();
        return round.items.size - before;
      });
    } catch (error) {
      if (!(error instanceof RoundTooLarge)) throw error;
      // So much at once is treated as a cursor that is no longer valid: what it stood for is not kept in memory.
      return { gone: 'tooManyChanges', location: undefined };
    }
    return 'gone' in last ? last : { round, position: { cursor: last.cursor ?? '', at: last.at ?? this.#options.clock.now() } };
  }

  /** `tryPage` reads one page, and fails where the service does. */
  async tryPage(start: DeltaStart, signal = this.#options.signal, onNext?: (link: string) => void): Promise<DeltaPage | DeltaGone> {
    const { source, clock } = this.#options;
    const page = await source.page(start, signal, onNext);
    if ('at' in page) {
      const aheadMs = page.at - clock.now();
      this.clockAheadMs = Math.abs(aheadMs) < CLOCKS_AGREE_MS ? 0 : aheadMs;
    }
    return page;
  }

  #page(start: DeltaStart): Promise<DeltaPage | DeltaGone> {
    const { requests, clock, source, signal } = this.#options;
    if (linkOf(start) === undefined) return requests.run(() => this.tryPage(start));
    const trial = new DeltaLinkTrial({
      now: clock.now, everWorked: this.armed,
      worksWithout: () => source.page('latest', signal).then((page) => !('gone' in page), () => false),
    });
    return requests.run(() => this.tryPage(start).catch((error: unknown) => trial.failed(error)));
  }
}
