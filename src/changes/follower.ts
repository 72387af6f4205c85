import { WatchError } from '../errors.ts';
import type { ChangeEvent, WatchEvent } from '../events.ts';
import type { DeltaGone, DeltaPage, DeltaStart, DriveSource } from '../delta.ts';
import { compareDrive, indexDrive, type EnumerateOptions, type Progress } from './index/enumerate.ts';
import { Checkpoints } from './checkpoints.ts';
import type { Clock } from '../surroundings.ts';
import type { Position, PositionStore } from './resume/position-store.ts';
import { DriveIndex, type IndexedItem } from './index/drive-index.ts';
import { FolderLookUps } from './index/folder-look-ups.ts';
import type { Retry } from '../lib/retry.ts';
import { AncestorEvidence } from './index/ancestors.ts';
import { applyRound } from './index/apply-round.ts';
import { readPages, restarting, StartOver } from './index/pages.ts';
import { Round, stepOf, type Step } from './index/round.ts';
import { Gaps } from './gaps.ts';
import { LinkTrial } from './link-trial.ts';
import { Recheck } from './recheck.ts';
import { RecentDeletions } from './index/recent-deletions.ts';
import { TrailingCursor } from './trailing-cursor.ts';

export interface FollowedDrive {
  /** The target's name, as in every event. */
  target: string;
  source: DriveSource;
  clock: Clock;
  /** Ends it: what was found is still put. */
  signal: AbortSignal;
  /** Called once, before anything else: rejects where this is not the drive that a cursor belongs to. */
  identify?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Where to start: now, unless given. A stored position wins. */
  start?: Position | { since: number } | undefined;
  /** Enumerate the drive first, so that every change can be named exactly. */
  fullIndex: boolean;
  /** With a full index: enumerate again at this interval, in milliseconds. */
  recheckMs?: number | undefined;
  positions?: PositionStore | undefined;
  /** Called once the position is stored that a first run begins with. */
  onFirstPosition?: (() => void) | undefined;
  onProgress: (progress: Progress) => void;
}

export interface FollowerOptions extends FollowedDrive {
  /** Patience for single requests. */
  requests: Retry;
  /** Patience for whole rounds, of which each single request succeeded. */
  rounds: Retry;
  put: (event: WatchEvent) => void;
  /** Causes a query soon. */
  requestRound: () => void;
  /** Called once nothing is missed from here on. */
  onArmed: () => void;
}

/** Clocks that differ by less agree, in milliseconds: the service's times are whole seconds, and an answer takes its time. */
const CLOCKS_AGREE_MS = 2_000;

/**
 * How many items of one round are kept in memory, about 1 KB each. Pages with new items in each of them may follow
 * one another for ever: how many there are is the service's word.
 */
export const MOST_ITEMS_IN_ROUND = 500_000;

class RoundTooLarge extends Error {
  override readonly name = 'RoundTooLarge';
}

/** Follower follows one drive's delta, round after round: it queues what it finds, and after that a checkpoint. */
export class Follower {
  readonly gaps: Gaps;
  readonly #options: FollowerOptions;
  readonly #index = new DriveIndex();
  readonly #deletions = new RecentDeletions();
  readonly #ancestors = new AncestorEvidence();
  readonly #trailing: TrailingCursor;
  readonly #recheck: Recheck | undefined;
  readonly #folders: FolderLookUps;
  readonly #checkpoints: Checkpoints;
  /** What an earlier run may have reported: it was killed before it could record that. */
  #uncertain: ReadonlyMap<string, Step> = new Map();
  #position: Position = { cursor: '', at: 0 };
  #since = 0;
  #armed = false;
  /** How far the service's clock is ahead of this one, in milliseconds. */
  #clockAheadMs = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.gaps = new Gaps(options);
    this.#trailing = new TrailingCursor(options.clock.now);
    this.#recheck = options.recheckMs === undefined ? undefined : new Recheck({
      ...options, index: this.#index, everyMs: options.recheckMs, enumeration: () => this.#enumeration(), warn: (message) => { this.#warn(message); },
    });
    this.#checkpoints = new Checkpoints(options);
    this.#folders = new FolderLookUps({
      ...options,
      onFailure: ({ message }) => { this.#warn(`couldn't look up a folder (${message}); changes in it are reported without a path`); },
    });
  }

  /** `begin` arms the cursor, or reports first what happened since the one to start from. */
  async begin(): Promise<void> {
    const { positions, fullIndex, identify, requests, signal } = this.#options;
    // That the service knows the drive says nothing of delta: it is not a first success.
    if (identify !== undefined) await requests.run(() => identify(signal), { proves: false });
    const start = positions?.stored?.position ?? this.#options.start;
    if (positions?.stored !== undefined) this.#uncertain = await positions.restore(this.#index, (id) => { this.#deletions.add(id); });
    // Where the drive is enumerated only now, the index is later than the cursor: nothing can be compared with it
    // but what an earlier run has reported beyond the cursor.
    const reported = this.#index.complete ? undefined : new Map([...this.#index.entries()].map(([id, item]) => [id, item]));
    const enumerated = fullIndex && !this.#index.complete ? await indexDrive(this.#index, this.#enumeration()) : undefined;
    if (start === undefined) {
      if (enumerated === undefined) await this.#arm();
      else this.#moveTo(enumerated);
      if (positions !== undefined) {
        await positions.rewrite(this.#position, this.#index);
        this.#options.onFirstPosition?.();
      }
    } else {
      this.#moveTo('since' in start ? { cursor: this.#options.source.linkSince(start.since), at: start.since } : start);
      await this.#catchUp('since' in start ? start : { link: start.cursor }, enumerated, reported);
    }
    this.#armed = true;
    this.#options.onArmed();
    this.#recheck?.start();
  }

  /** `query` queries delta once for what happened since the last time, and resolves with whether anything did. */
  async query(via: ChangeEvent['via']): Promise<boolean> {
    const rechecked = this.#recheck?.due === true;
    const answer = await this.#collect({ link: this.#position.cursor });
    if (!('gone' in answer)) {
      this.#recheck?.mention(answer.round);
      const found = await this.#report(answer.round, this.#trailing.after(answer.round, this.#position, answer.position), via);
      const missed = rechecked ? this.#recheck.take() : undefined;
      return missed === undefined || missed.items.size === 0 ? found : await this.#report(missed, this.#position, 'recheck') || found;
    }
    this.#trailing.clear();
    this.#recheck?.drop();
    await this.#startOver(answer, via);
    return true;
  }

  /** `settle` notes that everything up to and including this event was taken: where a run ends in the middle of a round, the next continues behind it. */
  settle(last: WatchEvent): Promise<void> {
    return this.#checkpoints.settle(last);
  }

  async #catchUp(start: DeltaStart, enumerated: Position | undefined, reported: ReadonlyMap<string, IndexedItem> | undefined): Promise<void> {
    const { positions } = this.#options;
    const answer = await this.#collect(start);
    if (!('gone' in answer)) {
      // A run that ends in the middle of this needs a beginning to continue from.
      if (positions !== undefined && positions.stored === undefined) await positions.rewrite(this.#position, enumerated === undefined ? this.#index : new DriveIndex());
      await this.#report(answer.round, answer.position, 'catchup', enumerated === undefined ? undefined : reported);
    } else if (typeof start === 'object' && 'since' in start) {
      throw new WatchError('refused', `Graph cannot say what changed since ${new Date(start.since).toISOString()} (${answer.gone}).`, {
        code: answer.gone,
        hint: 'The time is too long ago, or the drive is not a business or SharePoint drive: save a cursor beforehand (graph-watch cursor), or use --resume.',
      });
    } else if (enumerated === undefined) {
      await this.#startOver(answer, 'catchup');
    } else {
      const { at } = this.#position;
      this.#moveTo(enumerated);
      this.#gap(answer.gone, at);
      await this.#checkpoints.rewrite(enumerated, this.#index);
    }
  }

  /** Reads all pages from a start on. */
  #collect(start: DeltaStart): Promise<{ round: Round; position: Position } | DeltaGone> {
    const { rounds } = this.#options;
    return restarting((work) => rounds.run(work), () => this.#collectOnce(start));
  }

  async #collectOnce(start: DeltaStart): Promise<{ round: Round; position: Position } | DeltaGone> {
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

  /** Reports what a round brought, and moves on behind it. With a `baseline` the index is later than the round. */
  async #report(round: Round, position: Position, via: ChangeEvent['via'], baseline?: ReadonlyMap<string, IndexedItem>): Promise<boolean> {
    const { target, clock } = this.#options;
    const moved = position.cursor !== this.#position.cursor;
    this.gaps.close({ catchup: true });
    const now = clock.now();
    const { events, steps } = await applyRound(round, {
      index: this.#index, deletions: this.#deletions, ancestors: this.#ancestors, since: this.#since, baseline, uncertain: this.#uncertain,
      observation: { target, via, now, serviceNow: now + this.#clockAheadMs },
      lookUp: this.#folders.forRound(),
    });
    this.#position = position;
    this.#uncertain = new Map();
    await this.#checkpoints.put(events.map((event) => ({ event, step: stepOfEvent(event, round) })));
    if (baseline !== undefined || this.#checkpoints.overgrown) await this.#checkpoints.rewrite(position, this.#index);
    else if (moved || steps.length > 0) await this.#checkpoints.commit(position, this.#index.complete ? steps : []);
    return events.length > 0;
  }

  /** Starts over if the cursor is no longer valid. With a full index, the differences are reported; without, they are unknown. */
  async #startOver({ gone, location }: DeltaGone, via: ChangeEvent['via']): Promise<void> {
    if (this.#index.complete) {
      this.#warn(`Graph asked to start over (${gone}); comparing the whole drive with the index`);
      const { round, position } = await compareDrive(this.#index, this.#uncertain, location, this.#enumeration());
      await this.#report(round, position, via);
      return;
    }
    const { at } = this.#position;
    this.#index.clear();
    this.#folders.clear();
    await this.#arm();
    this.#gap(gone, at);
    await this.#checkpoints.rewrite(this.#position, this.#index);
  }

  #gap(gone: string, from: number): void {
    this.gaps.lost(`Graph no longer accepts the cursor (${gone}); reporting changes from now on`, from);
  }

  async #arm(): Promise<void> {
    const { rounds } = this.#options;
    this.#moveTo(await restarting((work) => rounds.run(work), async () => {
      const answer = await this.#collectOnce('latest');
      if (!('gone' in answer)) return answer.position;
      throw new StartOver(`Graph returned no cursor to start from (${answer.gone})`, answer.gone);
    }));
  }

  #moveTo({ cursor, at }: Position): void {
    // A cursor from the command line or a file may contain any number.
    const isTime = !Number.isNaN(new Date(at).getTime());
    this.#position = { cursor, at: isTime ? at : this.#options.clock.now() };
    this.#since = this.#position.at;
  }

  #page(start: DeltaStart): Promise<DeltaPage | DeltaGone> {
    const { requests, clock, source, signal } = this.#options;
    if (typeof start !== 'object' || !('link' in start)) return requests.run(() => this.#tryPage(start));
    const trial = new LinkTrial({
      now: clock.now, everWorked: this.#armed,
      worksWithout: () => source.page('latest', signal).then((page) => !('gone' in page), () => false),
    });
    return requests.run(() => this.#tryPage(start).catch((error: unknown) => trial.failed(error)));
  }

  async #tryPage(start: DeltaStart): Promise<DeltaPage | DeltaGone> {
    const { source, signal, clock } = this.#options;
    const page = await source.page(start, signal);
    if ('at' in page) {
      const aheadMs = page.at - clock.now();
      this.#clockAheadMs = Math.abs(aheadMs) < CLOCKS_AGREE_MS ? 0 : aheadMs;
    }
    return page;
  }

  #enumeration(): EnumerateOptions {
    const { clock, onProgress, requests, rounds } = this.#options;
    return {
      patiently: (work) => requests.run(work),
      restartPatiently: (work) => rounds.run(work),
      tryOnce: (start) => this.#tryPage(start),
      now: () => clock.now(),
      onProgress,
    };
  }

  #warn(message: string): void {
    const { target, clock, put } = this.#options;
    put({ type: 'warning', time: clock.now(), target, message });
  }
}

/** Returns the effect of a change on the index. For an item that was deleted with its folder, only the change shows it. */
function stepOfEvent({ change, item: { id } }: ChangeEvent, round: Round): Step {
  const item = round.items.get(id);
  return item === undefined || change === 'deleted' ? { gone: id } : stepOf(item);
}
