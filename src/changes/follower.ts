import { WatchError } from '../errors.ts';
import type { ChangeEvent, IndexingEvent, WatchEvent } from '../events.ts';
import type { DeltaGone, DeltaStart, DriveSource } from '../delta.ts';
import { BackgroundEnumeration, type EnumerationRun } from './index/background-enumeration.ts';
import { compareDrive, indexDrive, type EnumerateOptions, type Progress } from './index/enumerate.ts';
import { Checkpoints } from './checkpoints.ts';
import { DeltaReader } from './delta-reader.ts';
import type { Clock } from '../surroundings.ts';
import type { Position, PositionStore } from './resume/position-store.ts';
import { Stopwatch } from '../lib/deadline.ts';
import { DriveIndex, type IndexedItem } from './index/drive-index.ts';
import { FolderLookUps } from './index/folder-look-ups.ts';
import type { Retry } from '../lib/retry.ts';
import { AncestorEvidence } from './index/ancestors.ts';
import { applyRound } from './index/apply-round.ts';
import { restarting, StartOver } from './index/pages.ts';
import { LAG_MS } from './index/interpret.ts';
import { stepOf, type Round, type Step } from './index/round.ts';
import { Gaps } from './gaps.ts';
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
  /**
   * When the drive is enumerated, so that every change has its previous state: `first`, before anything is reported; `behind`,
   * in the background (see `enumerate`), if it is not too large; `never`.
   */
  index: 'first' | 'behind' | 'never';
  /** With a full index: enumerate again at this interval, in milliseconds. */
  recheckMs?: number | undefined;
  positions?: PositionStore | undefined;
  /** Called once the position that a first run begins with is stored. */
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

/** How long, in milliseconds, after delta must have caught up with the listing a last round is requested: responses give the time in whole seconds. */
const REPORTED_MS = 2_000;

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
  readonly #reader: DeltaReader;
  /** Enumerates alongside the rounds, or did. */
  #enumeration: BackgroundEnumeration | undefined;
  /** How many changes were reported without their previous state before the enumeration was done. */
  #unnamed = 0;
  #enumerating: Stopwatch | undefined;
  /** What an earlier run may have reported: it was killed before it could record that. */
  #uncertain: ReadonlyMap<string, Step> = new Map();
  /** By item id, the tag with which an earlier run reported a sharing change beyond its position. */
  readonly #sharingReported = new Map<string, number>();
  #position: Position = { cursor: '', at: 0 };
  #since = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.gaps = new Gaps(options);
    this.#trailing = new TrailingCursor(options.clock.now);
    this.#recheck = options.recheckMs === undefined ? undefined : new Recheck({
      ...options, index: this.#index, everyMs: options.recheckMs, enumeration: () => this.#enumerateOptions(), warn: (message) => { this.#warn(message); },
    });
    this.#checkpoints = new Checkpoints(options);
    this.#reader = new DeltaReader(options);
    this.#folders = new FolderLookUps({
      ...options,
      onFailure: ({ message }) => { this.#warn(`couldn't look up a folder (${message}); changes in it are reported without a path`); },
    });
  }

  /** Whether nothing is missed any longer: `begin` is done. */
  get armed(): boolean {
    return this.#reader.armed;
  }

  /** How many items the index has. */
  get items(): number {
    return this.#index.size;
  }

  /** `begin` arms the cursor, or reports first what happened since the one to start from. */
  async begin(): Promise<void> {
    const { positions, index, identify, requests, signal } = this.#options;
    // That the service knows the drive says nothing of delta: it is not a first success.
    if (identify !== undefined) await requests.run(() => identify(signal), { proves: false });
    const start = positions?.stored?.position ?? this.#options.start;
    if (positions?.stored !== undefined) this.#uncertain = await positions.restore(this.#index, (step) => { this.#reported(step); });
    // Where the drive is enumerated only now, the index is later than the cursor: nothing can be compared with it
    // but what an earlier run has reported beyond the cursor.
    const reported = this.#index.complete ? undefined : new Map([...this.#index.entries()].filter(([, , , isListed]) => !isListed).map(([id, item]) => [id, item]));
    const enumerated = index === 'first' && !this.#index.complete ? await indexDrive(this.#index, this.#enumerateOptions()) : undefined;
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
    if (index === 'behind' && !this.#index.complete) this.#enumeration = new BackgroundEnumeration(this.#index, this.#options.clock);
    this.#reader.armed = true;
    this.#options.onArmed();
    this.#recheck?.start();
  }

  /** `enumerate` enumerates the drive alongside the rounds, if that is wanted and not known already; resolves once delta has reported what it saw. Call it once, after `begin`. */
  async enumerate({ signal, ...run }: Omit<EnumerationRun, 'tryPage' | 'onProgress'>): Promise<void> {
    this.#enumerating = new Stopwatch(this.#options.clock.now);
    const outcome = await this.#enumeration?.run({
      ...run, signal,
      tryPage: (start) => this.#reader.tryPage(start, signal),
      onProgress: (items) => { this.#indexing({ stage: 'listing', items }); },
    });
    if (typeof outcome === 'object') this.#indexing({ stage: 'incomplete', items: this.#index.size, reason: outcome.incomplete });
    // The lag is that of this listing, or of an earlier run's. On a quiet drive, no other round would prove that delta has nothing more to report of it.
    const aheadMs = this.#index.aheadUntil - this.#options.clock.now() - this.#reader.clockAheadMs;
    if (this.#index.aheadUntil === 0) return;
    await this.#options.clock.sleep(Math.max(0, aheadMs) + REPORTED_MS, signal);
    if (!signal.aborted) run.requestRound();
  }

  /** `query` queries delta once for what happened since the last time, and resolves with whether anything did. */
  async query(via: ChangeEvent['via']): Promise<boolean> {
    const rechecked = this.#recheck?.due === true;
    this.#enumeration?.beginRound();
    const began = this.#options.clock.now();
    const answer = await this.#reader.round({ link: this.#position.cursor });
    if (!('gone' in answer)) {
      this.#recheck?.mention(answer.round);
      const found = await this.#report(answer.round, this.#trailing.after(answer.round, this.#position, answer.position), via);
      this.#settleListed(began);
      // The index may be in use: the stored position is being rewritten from it.
      if (this.#options.signal.aborted) return found;
      const missed = rechecked ? this.#recheck.take() : undefined;
      return missed === undefined || missed.items.size === 0 ? found : await this.#report(missed, this.#position, 'recheck') || found;
    }
    this.#trailing.clear();
    this.#recheck?.drop();
    await this.#startOver(answer, via);
    return true;
  }

  /** `settle` notes that everything up to and including this event was taken: where a run ends in the middle of a round, the next continues after it. */
  settle(last: WatchEvent): Promise<void> {
    return this.#checkpoints.settle(last);
  }

  async #catchUp(start: DeltaStart, enumerated: Position | undefined, reported: ReadonlyMap<string, IndexedItem> | undefined): Promise<void> {
    const { positions, clock } = this.#options;
    const began = clock.now();
    const answer = await this.#reader.round(start);
    if (!('gone' in answer)) {
      // A run that ends in the middle of this needs a beginning to continue from.
      if (positions !== undefined && positions.stored === undefined) await positions.rewrite(this.#position, enumerated === undefined ? this.#index : new DriveIndex());
      if (enumerated !== undefined && reported !== undefined) this.#index.markListed(reported);
      await this.#report(answer.round, this.#trailing.after(answer.round, this.#position, answer.position), 'catchup', enumerated === undefined ? undefined : reported);
      this.#settleListed(began);
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

  /** Reports what a round brought, and moves on past it. With a `baseline` the index is later than the round. */
  async #report(round: Round, position: Position, via: ChangeEvent['via'], baseline?: ReadonlyMap<string, IndexedItem>): Promise<boolean> {
    const { target, clock } = this.#options;
    const moved = position.cursor !== this.#position.cursor;
    // On a quiet drive, the cursor of a later time may be the same one.
    const passed = position !== this.#position;
    this.gaps.close({ catchup: true });
    const now = clock.now();
    const wasComplete = this.#index.complete;
    const serviceNow = now + this.#reader.clockAheadMs;
    const changed = this.#enumeration?.settle(round, serviceNow);
    const { events, steps, goneBelow } = await applyRound(round, {
      index: this.#index, deletions: this.#deletions, ancestors: this.#ancestors, since: this.#since, baseline, uncertain: this.#uncertain,
      observation: { target, via, now, serviceNow },
      lookUp: this.#folders.forRound(),
      changed,
      sharingReported: this.#sharingReported,
    });
    const completed = this.#enumeration?.endRound(steps, goneBelow) === true;
    if (!wasComplete) this.#unnamed += events.filter(({ change, previous }) => change !== 'created' && change !== 'shared' && previous === undefined).length;
    this.#position = position;
    // If the position stayed, the next round may still bring these.
    if (passed || events.length > 0) {
      this.#uncertain = new Map();
      this.#sharingReported.clear();
    }
    await this.#checkpoints.put(events.map((event) => ({ event, step: stepOfEvent(event, round) })));
    if (completed) this.#indexing({ stage: 'done', items: this.#index.size });
    // What this round did not bring, delta may still be about to report.
    if (baseline !== undefined) this.#index.aheadUntil = serviceNow + LAG_MS;
    if (completed || baseline !== undefined || this.#checkpoints.overgrown) await this.#checkpoints.rewrite(position, this.#index);
    else if (moved || steps.length > 0) await this.#checkpoints.commit(position, steps);
    return events.length > 0;
  }

  /** Notes what an earlier run has reported beyond its position, and the index does not show. */
  #reported(step: Step): void {
    if ('gone' in step) this.#deletions.add(step.gone);
    else if (step.sharing === true) this.#sharingReported.set(step.put.id, step.put.tag);
  }

  /** A round that began so late, in milliseconds since the epoch, had all that was listed, however much delta lags. */
  #settleListed(began: number): void {
    const { clockAheadMs } = this.#reader;
    // The clock was set back during the round: it is unknown when that began.
    if (this.#options.clock.now() < began) return;
    // A clock that was set back must not postpone that.
    this.#index.aheadUntil = Math.min(this.#index.aheadUntil, this.#options.clock.now() + clockAheadMs + LAG_MS);
    if (began + clockAheadMs >= this.#index.aheadUntil) this.#index.settle();
  }

  /** Starts over if the cursor is no longer valid. With a full index, the differences are reported; without, they are unknown. */
  async #startOver({ gone, location }: DeltaGone, via: ChangeEvent['via']): Promise<void> {
    const { at } = this.#position;
    if (this.#index.complete) {
      // What was listed before delta reported it does not differ.
      if (this.#index.aheadUntil > 0) this.gaps.lost(`Graph no longer accepts the cursor (${gone}) so soon after the drive was listed`, at);
      this.#warn(`Graph asked to start over (${gone}); comparing the whole drive with the index`);
      const { round, position } = await compareDrive(this.#index, this.#uncertain, location, this.#enumerateOptions());
      await this.#report(round, position, via);
      return;
    }
    this.#index.clear();
    this.#folders.clear();
    // The gap covers these.
    this.#uncertain = new Map();
    this.#sharingReported.clear();
    await this.#arm();
    this.#enumeration?.startOver();
    this.#gap(gone, at);
    await this.#checkpoints.rewrite(this.#position, this.#index);
  }

  #gap(gone: string, from: number): void {
    this.gaps.lost(`Graph no longer accepts the cursor (${gone}); reporting changes from now on`, from);
  }

  async #arm(): Promise<void> {
    const { rounds } = this.#options;
    this.#moveTo(await restarting((work) => rounds.run(work), async () => {
      const answer = await this.#reader.roundOnce('latest');
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

  #enumerateOptions(): EnumerateOptions {
    const { clock, onProgress, requests, rounds } = this.#options;
    return {
      patiently: (work) => requests.run(work),
      restartPatiently: (work) => rounds.run(work),
      tryOnce: (start, onNext) => this.#reader.tryPage(start, undefined, onNext),
      now: () => clock.now(),
      onProgress,
    };
  }

  #indexing(how: Pick<IndexingEvent, 'stage' | 'items' | 'reason'>): void {
    const { target, clock, put } = this.#options;
    put({ type: 'indexing', time: clock.now(), target, unnamed: this.#unnamed, elapsedMs: this.#enumerating?.elapsedMs ?? 0, ...how });
  }

  #warn(message: string): void {
    const { target, clock, put } = this.#options;
    put({ type: 'warning', time: clock.now(), target, message });
  }
}

/** Returns the effect of a change on the index. For an item that was deleted with its folder, only the change shows it. */
function stepOfEvent({ change, item: { id } }: ChangeEvent, round: Round): Step {
  const item = round.items.get(id);
  if (item === undefined || change === 'deleted') return { gone: id };
  return change === 'shared' ? { put: item, sharing: true } : stepOf(item);
}
