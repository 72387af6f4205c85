import { WatchError } from '../errors.ts';
import type { ChangeEvent, WatchEvent } from '../events.ts';
import type { Clock } from '../surroundings.ts';
import type { DeltaGone, DeltaPage, DeltaStart, DriveSource } from '../delta.ts';
import { compareDrive, indexDrive, type EnumerateOptions, type Progress } from './index/enumerate.ts';
import type { PositionStore, Position } from './resume/position-store.ts';
import { DriveIndex, type IndexedItem } from './index/drive-index.ts';
import { UnavailableFolders } from './index/unavailable-folders.ts';
import type { Retry } from '../lib/retry.ts';
import { applyRound, Round, stepOf, type Step } from './index/round.ts';
import { RecentDeletions } from './index/recent-deletions.ts';

export interface FollowerOptions {
  target: string;
  source: DriveSource;
  clock: Clock;
  signal: AbortSignal;
  patience: Retry;
  /** Asked once, before anything else: rejects where this is not the drive that a cursor belongs to. */
  identify?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Where to start: now, unless given; what the keeper has stored wins. */
  start: Position | { since: number } | undefined;
  index: boolean;
  keeper: PositionStore | undefined;
  put: (event: WatchEvent) => void;
  /** From here on nothing is missed. */
  onArmed: () => void;
  onProgress: (progress: Progress) => void;
}

/** Follows one drive's delta, round after round: what it finds it puts, and behind that a checkpoint. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #known = new DriveIndex();
  readonly #told = new RecentDeletions();
  readonly #missing: UnavailableFolders;
  /** Events that were put, and no checkpoint covers yet, each with what it makes of the tree. */
  #pending: { event: ChangeEvent; step: Step }[] = [];
  /** So many rounds were about to be told. While a reader is slow, there are some beyond the one that a checkpoint covers. */
  #intended = 0;
  /** What an earlier run may have told: it was killed before it could say. */
  #uncertain: ReadonlyMap<string, Step> = new Map();
  #position: Position = { cursor: '', at: 0 };
  #since = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#missing = new UnavailableFolders(options.clock);
  }

  /** Arms the cursor, or tells first what happened since the one to start from. */
  async begin(): Promise<void> {
    const { keeper, index, identify, patience, signal } = this.#options;
    // That it knows the drive says nothing of delta: it is no first success.
    if (identify !== undefined) await patience.run(() => identify(signal), { proves: false });
    const start = keeper?.stored?.position ?? this.#options.start;
    if (keeper?.stored !== undefined) this.#uncertain = await keeper.restore(this.#known, (id) => { this.#told.add(id); });
    // Where the tree is learned only now, it is later than the cursor: nothing can be compared with it but
    // what an earlier run has told beyond the cursor.
    const beyond = this.#known.complete ? undefined : new Map([...this.#known.entries()].map(([id, item]) => [id, item]));
    const learned = index && !this.#known.complete ? await indexDrive(this.#known, this.#enumeration()) : undefined;
    if (start === undefined) {
      if (learned === undefined) await this.#arm();
      else this.#moveTo(learned);
      await keeper?.rewrite(this.#position, this.#known);
    } else {
      this.#moveTo('since' in start ? { cursor: this.#options.source.linkSince(start.since), at: start.since } : start);
      await this.#catchUp('since' in start ? start : { link: start.cursor }, learned, beyond);
    }
    this.#options.onArmed();
  }

  /** Asks once what happened since the last time. */
  async ask(via: ChangeEvent['via']): Promise<void> {
    const answer = await this.#collect({ link: this.#position.cursor });
    if ('gone' in answer) await this.#startOver(answer, via);
    else await this.#take(answer.round, answer.position, via);
  }

  /** Up to and including this event all was taken: where a run ends in the middle of a round, the next goes on behind it. */
  async settle(last: WatchEvent): Promise<void> {
    const { keeper } = this.#options;
    const end = this.#pending.findIndex(({ event }) => event === last) + 1;
    const steps = this.#pending.splice(0, end).map(({ step }) => step);
    if (steps.length > 0) await keeper?.append(steps);
  }

  async #catchUp(start: DeltaStart, learned: Position | undefined, beyond: ReadonlyMap<string, IndexedItem> | undefined): Promise<void> {
    const { keeper } = this.#options;
    const answer = await this.#collect(start);
    if (!('gone' in answer)) {
      // A run that ends in the middle of this has to have a beginning to go on from.
      if (keeper !== undefined && keeper.stored === undefined) await keeper.rewrite(this.#position, learned === undefined ? this.#known : new DriveIndex());
      await this.#take(answer.round, answer.position, 'catchup', learned === undefined ? undefined : beyond);
    } else if (typeof start === 'object' && 'since' in start) {
      throw new WatchError('refused', `Graph cannot tell what changed since ${new Date(start.since).toISOString()} (${answer.gone}).`, {
        code: answer.gone,
        hint: 'The time is too long ago, or the drive is no business or SharePoint drive: take a cursor beforehand (graph-watch cursor), or use --resume.',
      });
    } else if (learned === undefined) {
      await this.#startOver(answer, 'catchup');
    } else {
      const { at } = this.#position;
      this.#moveTo(learned);
      this.#gap(answer.gone, at);
      if (keeper !== undefined) await this.#checkpoint(() => keeper.rewrite(learned, this.#known), true);
    }
  }

  /** All pages from a link on. */
  async #collect(start: DeltaStart): Promise<{ round: Round; position: Position } | DeltaGone> {
    const round = new Round();
    let page = await this.#page(start);
    while (!('gone' in page)) {
      round.add(page.items);
      if (page.next === undefined) return { round, position: this.#positionOf(page) };
      page = await this.#page({ link: page.next });
    }
    return page;
  }

  /** Tells what a round brought, and moves on behind it. With `insteadOfKnown` the known tree is later than the round. */
  async #take(round: Round, position: Position, via: ChangeEvent['via'], insteadOfKnown?: ReadonlyMap<string, IndexedItem>): Promise<void> {
    const { target, clock, put, keeper } = this.#options;
    const moved = position.cursor !== this.#position.cursor;
    const { events, steps } = await applyRound(round, {
      known: this.#known, told: this.#told, since: this.#since, insteadOfKnown, uncertain: this.#uncertain,
      occasion: { target, via, now: clock.now() },
      lookUp: (id) => this.#lookUp(id),
    });
    this.#position = position;
    this.#uncertain = new Map();
    if (keeper === undefined) {
      events.forEach(put);
      return;
    }
    const told = events.map((event) => ({ event, step: stepOfEvent(event, round) }));
    if (told.length > 0) {
      this.#intended += 1;
      await keeper.logIntent(told.map(({ step }) => step));
    }
    const covered = this.#intended;
    // Not as arguments: a round may have more of them than the stack takes.
    for (const each of told) this.#pending.push(each);
    events.forEach(put);
    if (insteadOfKnown !== undefined || keeper.overgrown) await this.#checkpoint(() => keeper.rewrite(position, this.#known), true);
    else if (moved || steps.length > 0) await this.#checkpoint(() => keeper.append(this.#known.complete ? steps : [], position, this.#intended - covered), false);
  }

  /** The cursor is no longer good. With the whole tree known, the differences are told; without, nobody can. */
  async #startOver({ gone, location }: DeltaGone, via: ChangeEvent['via']): Promise<void> {
    const { keeper } = this.#options;
    if (this.#known.complete) {
      this.#warn(`Graph asked to start over (${gone}): the whole drive is compared with what is known`);
      const { round, position } = await compareDrive(this.#known, this.#uncertain, location, this.#enumeration());
      await this.#take(round, position, via);
      return;
    }
    const { at } = this.#position;
    this.#known.clear();
    this.#missing.clear();
    await this.#arm();
    this.#gap(gone, at);
    if (keeper !== undefined) await this.#checkpoint(() => keeper.rewrite(this.#position, this.#known), true);
  }

  #gap(gone: string, from: number): void {
    const { target, clock, put } = this.#options;
    put({ type: 'gap', time: clock.now(), target, reason: `Graph no longer knows the cursor (${gone}); changes are told from now on`, from, to: clock.now() });
  }

  /** Puts a checkpoint behind what was put. Where the tree itself is written, it must not change meanwhile. */
  async #checkpoint(write: () => Promise<void>, wait: boolean): Promise<void> {
    const { target, clock, signal, put } = this.#options;
    const covered = this.#pending.at(-1)?.event;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      const commit = async (): Promise<void> => {
        this.#pending.splice(0, this.#pending.findIndex(({ event }) => event === covered) + 1);
        await write();
        done();
      };
      put({ type: 'checkpoint', time: clock.now(), target, commit });
      if (wait) signal.addEventListener('abort', done);
      if (!wait || signal.aborted) done();
    });
  }

  async #arm(): Promise<void> {
    const answer = await this.#collect('latest');
    if ('gone' in answer) throw new WatchError('network', `Graph gives no cursor to start from (${answer.gone}).`, { code: answer.gone });
    this.#moveTo(answer.position);
  }

  #moveTo(position: Position): void {
    this.#position = position;
    this.#since = position.at;
  }

  #positionOf({ cursor = '', at }: DeltaPage): Position {
    return { cursor, at: at ?? this.#options.clock.now() };
  }

  #page(start: DeltaStart): Promise<DeltaPage | DeltaGone> {
    const { patience, source, signal } = this.#options;
    return patience.run(() => source.page(start, signal));
  }

  async #lookUp(id: string): Promise<unknown> {
    if (this.#missing.has(id)) return undefined;
    const { patience, source, signal } = this.#options;
    const found = await patience.run(() => source.item(id, signal));
    if (found === undefined) this.#missing.add(id);
    return found;
  }

  #enumeration(): EnumerateOptions {
    const { clock, onProgress, source, signal, patience } = this.#options;
    return {
      patiently: (work) => patience.run(work),
      ask: (start) => this.#page(start),
      // Tried once: a Location that fails is left for the beginning, which never does for good.
      tryOnce: (start) => source.page(start, signal),
      now: () => clock.now(),
      onProgress,
    };
  }

  #warn(message: string): void {
    const { target, clock, put } = this.#options;
    put({ type: 'warning', time: clock.now(), target, message });
  }
}

/** What a change makes of the tree. Of an item that went with its folder only the change says that it did. */
function stepOfEvent({ change, item: { id } }: ChangeEvent, round: Round): Step {
  const item = round.items.get(id);
  return item === undefined || change === 'deleted' ? { gone: id } : stepOf(item);
}
