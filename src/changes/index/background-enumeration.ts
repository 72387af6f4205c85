import type { DeltaGone, DeltaPage, DeltaStart } from '../../delta.ts';
import { toError, WatchError } from '../../errors.ts';
import { unlessAborted } from '../../lib/abort.ts';
import { Stopped, type Retry } from '../../lib/retry.ts';
import type { Clock } from '../../surroundings.ts';
import { readDriveItem, type DriveItem } from './drive-item.ts';
import type { DriveIndex } from './drive-index.ts';
import { walkDrive } from './enumerate.ts';
import { LAG_MS } from './interpret.ts';
import { StartOver } from './pages.ts';
import type { Round, Step } from './round.ts';

/** A drive with more items than this is not enumerated unless somebody asks for it (`--index`): it would take minutes, and memory. */
export const MOST_ITEMS = 100_000;
/**
 * Two requests of the enumeration start at least this far apart, in milliseconds, and never while a round of delta is under
 * way. Budget: a page costs one resource unit, so at most 120 per minute, of the 312 that a process spends unless
 * told otherwise; and the rounds, which it causes in between, at most 60.
 */
export const PAGE_FLOOR_MS = 500;
/** A slow service gets a pause as long as its last page took, up to this, in milliseconds. */
const LONGEST_PAUSE_MS = 10_000;
/** After this many items, about 200 bytes each, the enumeration waits for the round that settles them. */
const MOST_UNSETTLED = 5_000;
/** The enumeration starts over this many times (see `walkDrive`; a cursor may be lost too), and then gives up. */
const MOST_STARTS = 10;
/** The most pages that are followed, so that an enumeration ends whatever the service sends: enough for pages of 25 items. */
const MOST_PAGES = MOST_ITEMS / 25;

/** Outcome is how an enumeration ended: everything is known now, or why not (a sentence's beginning). */
export type Outcome = 'complete' | { incomplete: string };

export interface EnumerationRun {
  /** Ends it; then `run` resolves with nothing. */
  signal: AbortSignal;
  /** Patience for a request, and for the whole. */
  retry: Retry;
  /** Requests one page, and fails where the service does. */
  tryPage: (start: DeltaStart) => Promise<DeltaPage | DeltaGone>;
  /** Causes a round of delta soon. */
  requestRound: () => void;
  /** Called with how many items are known after each page. */
  onProgress: (items: number) => void;
}

/** Thrown from within, to end the enumeration for good. */
class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

/** Batch is what was listed before a round began. */
interface Batch {
  listed: ReadonlyMap<string, DriveItem>;
  /** Nothing more will be listed. */
  last: boolean;
  /** Each is called with whether the batch was settled. */
  waiting: ((settled: boolean) => void)[];
  over: Promise<void>;
  end: () => void;
}

/**
 * BackgroundEnumeration enumerates a drive into its index while rounds of delta are reported from that. An
 * item that is listed may be in a state that no round has reported yet: if that state were taken for the earlier one, the
 * round would find nothing changed. So what is listed is put aside until a round that began later has ended:
 * what is in that round has changed, and is reported as without an index; of all the rest, the round proves that
 * it is as it was at the round's cursor. What rounds have reported always takes precedence over what is listed.
 */
export class BackgroundEnumeration {
  readonly #index: DriveIndex;
  readonly #clock: Clock;
  #listed = new Map<string, DriveItem>();
  #batch: Batch | undefined;
  #waiting: ((settled: boolean) => void)[] = [];
  /** Deleted in rounds since the beginning: may still be listed, and must not come back. */
  readonly #deleted = new Set<string>();
  #allListed = false;
  /** Set once the rounds have lost their cursor: what was listed so far cannot be settled. */
  #lost = false;
  #starts = 0;
  #state: 'open' | 'over' = 'open';

  constructor(index: DriveIndex, clock: Clock) {
    this.#index = index;
    this.#clock = clock;
  }

  /** `run` enumerates; resolves with how it ended, or with `undefined` if the signal was aborted. Never rejects because of the service. */
  async run(options: EnumerationRun): Promise<Outcome | undefined> {
    try {
      while (!(await this.#enumerate(options))) if (isAborted(options.signal)) return undefined;
      return 'complete';
    } catch (error) {
      if (options.signal.aborted || error instanceof Stopped) return undefined;
      if (error instanceof GivenUp) return { incomplete: error.message };
      if (error instanceof WatchError && error.category !== 'internal') return { incomplete: `the drive could not be listed (${error.message})` };
      throw toError(error);
    } finally {
      this.#end();
    }
  }

  /** `beginRound` takes what was listed so far, to be compared with the next round. Call it before that is requested. */
  beginRound(): void {
    let end = (): void => undefined;
    const over = new Promise<void>((resolve) => { end = resolve; });
    this.#batch = { listed: this.#listed, last: this.#allListed, waiting: this.#waiting, over, end };
    this.#listed = new Map();
    this.#waiting = [];
  }

  /**
   * `settle` puts into the index what was listed before this round, and is not in it. Call it before the round is applied, with the
   * time by the service's clock. Returns the ids of items that were listed with another name than the round has, or in another folder.
   */
  settle(round: Round, serviceNow: number): ReadonlySet<string> {
    const changed = new Set<string>();
    if (this.#state === 'over') return changed;
    this.#index.aheadUntil = serviceNow + LAG_MS;
    for (const [id, item] of this.#batch?.listed ?? []) {
      const inRound = round.items.get(id);
      if (inRound !== undefined && (inRound.name !== item.name || inRound.parentId !== item.parentId)) changed.add(id);
      if (inRound !== undefined || this.#deleted.has(id) || this.#index.get(id) !== undefined) continue;
      const { name = '', parentId, size, tag, folder, root } = item;
      this.#index.putListed(id, { name, parentId, size, tag, folder }, root);
    }
    return changed;
  }

  /** `endRound` takes the effect of a round that was applied: steps, and the ids of what went with its folder. Returns true once: when everything is known. */
  endRound(steps: readonly Step[], goneBelow: readonly string[]): boolean {
    const batch = this.#batch;
    this.#batch = undefined;
    if (this.#state === 'open') this.#note(steps, goneBelow);
    const complete = batch?.last === true && this.#state === 'open' && !this.#lost;
    if (complete) {
      // What was in a folder that has been deleted meanwhile may have been listed, and its deletion need not be.
      this.#index.forgetBelow(this.#deleted);
      this.#index.complete = true;
      this.#end();
    }
    for (const resolve of batch?.waiting ?? []) resolve(true);
    batch?.end();
    return complete;
  }

  /** `startOver` forgets what was listed. Call it when the rounds have lost their cursor, and the index was cleared: no later round proves anything about it. */
  startOver(): void {
    const waiting = [...this.#waiting, ...(this.#batch?.waiting ?? [])];
    this.#lost = true;
    this.#allListed = false;
    this.#listed.clear();
    this.#deleted.clear();
    this.#waiting = [];
    const batch = this.#batch;
    this.#batch = undefined;
    for (const resolve of waiting) resolve(false);
    batch?.end();
  }

  /** Once through the drive; resolves with whether everything that was listed has been settled. */
  async #enumerate({ signal, retry, tryPage, requestRound, onProgress }: EnumerationRun): Promise<boolean> {
    if (this.#index.size >= MOST_ITEMS) throw new GivenUp(tooMany());
    let pages = 0;
    let pauseMs = 0;
    const settled = async (): Promise<boolean> => {
      const answer = new Promise<boolean>((resolve) => { this.#waiting.push(resolve); });
      requestRound();
      return await unlessAborted(answer, signal) === true;
    };
    await walkDrive({
      now: this.#clock.now,
      onProgress: () => undefined,
      patiently: (work) => retry.run(work),
      restartPatiently: (work) => retry.run(work),
      tryOnce: async (start) => {
        if (pauseMs > 0) await this.#clock.sleep(pauseMs, signal);
        if (this.#listed.size >= MOST_UNSETTLED) await settled();
        while (this.#batch !== undefined && !signal.aborted) await unlessAborted(this.#batch.over, signal);
        signal.throwIfAborted();
        const began = this.#clock.now();
        try {
          return await tryPage(start);
        } finally {
          pauseMs = Math.min(Math.max(this.#clock.now() - began, PAGE_FLOOR_MS), LONGEST_PAUSE_MS);
        }
      },
    }, undefined, () => {
      this.#starts += 1;
      if (this.#starts > MOST_STARTS) throw new GivenUp('the drive could not be listed (Graph repeatedly asked to start over)');
      this.#lost = false;
    }, (raws) => {
      if (this.#lost) throw new StartOver('the cursor was lost while the drive was being listed', 'cursorLost');
      pages += 1;
      if (pages > MOST_PAGES) throw new GivenUp('the drive could not be listed (Graph sent too many pages)');
      this.#list(raws);
      onProgress(this.#index.size + this.#listed.size);
      return raws.length;
    });
    this.#allListed = !this.#lost;
    return this.#allListed && settled();
  }

  #list(raws: readonly unknown[]): void {
    for (const raw of raws) {
      const item = readDriveItem(raw);
      // The rounds bring deletions.
      if (item === undefined || item.deleted || this.#index.get(item.id) !== undefined) continue;
      const { id, name, parentId, size, tag, folder, root } = item;
      this.#listed.set(id, { id, ...(name === undefined ? {} : { name }), ...(parentId === undefined ? {} : { parentId }), ...(size === undefined ? {} : { size }), tag, folder, root, deleted: false });
    }
    if (this.#index.size + this.#listed.size > MOST_ITEMS) throw new GivenUp(tooMany());
  }

  #note(steps: readonly Step[], goneBelow: readonly string[]): void {
    for (const id of goneBelow) this.#deleted.add(id);
    for (const step of steps) {
      if ('gone' in step) this.#deleted.add(step.gone);
      else this.#deleted.delete(step.put.id);
    }
    // That many ids are not kept; what was listed before can no longer be told apart from what is gone.
    if (this.#deleted.size > MOST_ITEMS) this.startOver();
  }

  #end(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#listed.clear();
    this.#deleted.clear();
  }
}

/** Formatted only then: the first number that is costs a start 10 ms. */
function tooMany(): string {
  return `the drive has more than ${MOST_ITEMS.toLocaleString('en')} items`;
}

/** A function, since TypeScript would assume that an earlier answer still holds after a wait. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
