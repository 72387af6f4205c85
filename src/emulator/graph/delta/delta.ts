import type { ChangeLog, LogEntry } from '../../drive/change-log.ts';
import type { Item } from '../../drive/item.ts';
import type { DeltaQuirks, Personality } from '../../options.ts';
import { GraphError, invalidRequest } from '../errors.ts';
import { cursorOf, tokenOf } from './cursor.ts';
import type { Cursor } from './cursor.ts';
import { BROKEN_TOKEN, goneError } from './gone.ts';
import type { Gone } from './gone.ts';

export interface DeltaPage {
  /** In the order of the log. */
  changed: readonly Item[];
  /** The ids of those whose sharing changed. */
  shared: ReadonlySet<string>;
  /** Items of the previous page, with the quirk `repeats: 'across-pages'`. */
  repeated: readonly Item[];
  /** Whether an item is still to come, on this page or a later one. */
  isPending: (id: string) => boolean;
  next: { link: '@odata.nextLink' | '@odata.deltaLink'; token: string };
}

export interface DeltaCall {
  /** Absent: enumerate everything; `latest`: nothing but a cursor; a time: changes since (business only). */
  token: string | undefined;
  limit: number;
  /** The URL of delta without a token, for the Location of a 410. */
  startOver: string;
  /** Whether changes of sharing count, too. */
  sharing: boolean;
  /** Restricts the answer, to one folder's content for example. */
  accepts: (item: Item) => boolean;
}

/** Delta reads pages from the change log. All drives share one, as they are all in the served folder. */
export class Delta {
  readonly #log: ChangeLog;
  readonly #quirks: DeltaQuirks;
  readonly #personality: Personality;
  readonly #generation: string;
  gone: Gone | undefined;
  #heldBackUpTo: number;

  constructor(log: ChangeLog, quirks: DeltaQuirks, personality: Personality, generation: string) {
    this.#log = log;
    this.#quirks = quirks;
    this.#personality = personality;
    this.#generation = generation;
    this.#heldBackUpTo = log.head;
  }

  page(call: DeltaCall): DeltaPage {
    const { token, startOver } = call;
    if (token === 'latest') return this.#end([], [], this.#log.head);
    if (token === BROKEN_TOKEN) throw new GraphError(500, 'generalException', 'An unspecified error has occurred.');
    const cursor = token === undefined ? { sequence: 0, start: this.#log.head, since: 0, repeat: [] } : this.#cursor(token, startOver);
    if (token !== undefined && this.#isHeldBack(cursor)) return this.#end([], [], cursor.sequence);
    return this.#pageFrom(cursor, call);
  }

  #pageFrom(cursor: Cursor, { limit, sharing, accepts }: DeltaCall): DeltaPage {
    // An enumeration needs no deletions from before it began.
    const isWanted = ({ item, sequence, changedSequence }: LogEntry): boolean =>
      sequence > cursor.sequence && (sharing || changedSequence > cursor.since) && (!item.deleted || sequence > cursor.start) && accepts(item);
    const found = this.#log.after(cursor.sequence, limit + 1, isWanted);
    const more = found.length > limit;
    const entries = more ? found.slice(0, limit) : found;
    const acrossPages = this.#quirks.repeats === 'across-pages';
    const repeated = acrossPages ? cursor.repeat.flatMap((id) => this.#log.shown(id) ?? []) : [];
    const changed = entries.map(({ item }) => item);
    const shared = new Set(entries.filter(({ sharedSequence }) => sharing && sharedSequence > cursor.start).map(({ item }) => item.id));
    const last = entries.at(-1);
    if (!more || last === undefined) return { ...this.#end(changed, repeated, this.#log.head), shared };
    const next: Cursor = { sequence: last.sequence, start: cursor.start, since: cursor.since, repeat: acrossPages ? [last.item.id] : [] };
    const isPending = (id: string): boolean => {
      const entry = this.#log.latest(id);
      return entry !== undefined && isWanted(entry);
    };
    return { changed, shared, repeated, isPending, next: { link: '@odata.nextLink', token: tokenOf(next, this.#generation) } };
  }

  #end(changed: readonly Item[], repeated: readonly Item[], sequence: number): DeltaPage {
    const here = new Set(changed.map(({ id }) => id));
    const token = tokenOf({ sequence, start: sequence, since: sequence, repeat: [] }, this.#generation);
    return { changed, shared: new Set(), repeated, isPending: (id) => here.has(id), next: { link: '@odata.deltaLink', token } };
  }

  /** With the quirk, the first call after each change answers empty, no matter which client makes it. */
  #isHeldBack(cursor: Cursor): boolean {
    const { head } = this.#log;
    if (!this.#quirks.emptyFirst || head <= cursor.sequence || head <= this.#heldBackUpTo) return false;
    this.#heldBackUpTo = head;
    return true;
  }

  #cursor(token: string, startOver: string): Cursor {
    const { gone } = this;
    if (gone !== undefined && gone.count > 0) {
      gone.count--;
      throw goneError(gone.code, gone.location, startOver);
    }
    const cursor = cursorOf(token, this.#generation) ?? this.#cursorSince(token);
    if (cursor === undefined) throw goneError('resyncRequired', 'good', startOver);
    // A cursor from before the oldest deletion that is kept would miss deletions silently.
    if (cursor.sequence < this.#log.forgotten && cursor.start < this.#log.forgotten) {
      throw goneError('resyncRequired', 'good', startOver);
    }
    return cursor;
  }

  #cursorSince(token: string): Cursor | undefined {
    const ms = /^\d{4}-\d\d-\d\dT/.test(token) ? Date.parse(token) : Number.NaN;
    if (Number.isNaN(ms)) return undefined;
    if (this.#personality === 'personal') throw invalidRequest('The token is not valid: a time is supported on OneDrive for Business and SharePoint only.');
    const sequence = this.#log.sequenceAt(ms);
    return { sequence, start: sequence, since: sequence, repeat: [] };
  }
}
