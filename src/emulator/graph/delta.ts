import type { ChangeLog, LogEntry } from '../drive/change-log.ts';
import type { DeltaQuirks, Personality } from '../options.ts';
import { GraphError, invalidRequest } from './errors.ts';

/** The position of a delta token in the change log. */
interface Cursor {
  /** Everything up to this sequence was delivered. */
  sequence: number;
  /** The head of the log when an enumeration began: the client needs no deletions up to this one. */
  start: number;
  /** Items of the previous page that come again on this one. */
  repeat: readonly string[];
}

export interface DeltaPage {
  entries: readonly LogEntry[];
  next: { link: '@odata.nextLink' | '@odata.deltaLink'; token: string };
}

/** The codes that a 410 was seen with; the first says that the token is too old. */
export const RESYNC_CODES = [
  'resyncRequired',
  'resyncChangesApplyDifferences',
  'resyncChangesUploadDifferences',
  'resyncApplyDifferences',
  'resyncUploadDifferences',
] as const;
export type ResyncCode = (typeof RESYNC_CODES)[number];

/** Makes the next delta calls that have a token answer 410, and sets what their Location leads to. */
export interface Gone {
  count: number;
  code: ResyncCode;
  location: 'none' | 'good' | 'broken';
}

/** Delta reads pages from the change log. All drives share one, as they share the content. */
export class Delta {
  readonly #log: ChangeLog;
  readonly #quirks: DeltaQuirks;
  readonly #personality: Personality;
  /** Identifies this run in tokens: the log does not survive a restart, so older tokens are too old. */
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

  /**
   * @param token absent: enumerate everything; `latest`: nothing but a cursor; a time: changes since (business only)
   * @param startOver the URL, without token, that a Location leads to
   */
  page(token: string | undefined, limit: number, startOver: string): DeltaPage {
    if (token === 'latest') return this.#end([], this.#log.head);
    if (token === BROKEN_TOKEN) throw new GraphError(500, 'generalException', 'An unspecified error has occurred.');
    const cursor = token === undefined ? { sequence: 0, start: this.#log.head, repeat: [] } : this.#cursor(token, startOver);
    if (token !== undefined && this.#isHeldBack(cursor)) return this.#end([], cursor.sequence);
    return this.#pageFrom(cursor, limit);
  }

  #pageFrom(cursor: Cursor, limit: number): DeltaPage {
    // An enumeration needs no deletions from before it began.
    const found = this.#log.after(cursor.sequence, limit + 1, ({ item, sequence }) => !item.deleted || sequence > cursor.start);
    const more = found.length > limit;
    const fresh = more ? found.slice(0, limit) : found;
    const repeated = this.#quirks.repeats === 'across-pages' ? cursor.repeat.flatMap((id) => this.#entryOf(id)) : [];
    const entries = [...repeated, ...(this.#quirks.repeats === 'within-page' ? fresh.flatMap((entry) => [entry, entry]) : fresh)];
    const last = fresh.at(-1);
    if (!more || last === undefined) return this.#end(entries, this.#log.head);
    const repeat = this.#quirks.repeats === 'across-pages' ? [last.item.id] : [];
    const token = this.#write({ sequence: last.sequence, start: cursor.start, repeat });
    return { entries, next: { link: '@odata.nextLink', token } };
  }

  #entryOf(id: string): LogEntry[] {
    const item = this.#log.shown(id);
    return item === undefined ? [] : [{ item, sequence: 0, noticedMs: 0 }];
  }

  #end(entries: readonly LogEntry[], sequence: number): DeltaPage {
    return { entries, next: { link: '@odata.deltaLink', token: this.#write({ sequence, start: sequence, repeat: [] }) } };
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
    const cursor = this.#read(token) ?? this.#cursorSince(token);
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
    return { sequence, start: sequence, repeat: [] };
  }

  /** Opaque to clients; contains characters that have to survive in a URL. */
  #write({ sequence, start, repeat }: Cursor): string {
    const text = [this.#generation, sequence, start, ...repeat].join(';');
    return Buffer.from(text).toString('base64').replaceAll('/', '_');
  }

  #read(token: string): Cursor | undefined {
    const [generation, sequence, start, ...repeat] = Buffer.from(token.replaceAll('_', '/'), 'base64').toString().split(';');
    if (generation !== this.#generation) return undefined;
    const cursor = { sequence: Number(sequence), start: Number(start), repeat };
    return Number.isInteger(cursor.sequence) && Number.isInteger(cursor.start) ? cursor : undefined;
  }
}

/** A token that answers 500, as a real Location once did. */
const BROKEN_TOKEN = 'broken-resync';

function goneError(code: ResyncCode, location: Gone['location'], startOver: string): GraphError {
  const headers: Record<string, string> = {};
  if (location === 'good') headers.Location = startOver;
  if (location === 'broken') headers.Location = `${startOver}?token=${BROKEN_TOKEN}`;
  return new GraphError(410, code, 'Resync required. Replace any local items with the server’s version.', headers);
}
