import { asFields, numberIn, parsed, textIn, timeIn } from './json.ts';
import { clock } from './times.ts';

/** What happened to an item; `notification`: something changed, without `--changes`; `connection`: not a change, but something about the connection. */
export const CHANGE_KINDS = ['created', 'modified', 'renamed', 'moved', 'deleted', 'shared', 'unknown'] as const;
export type Kind = (typeof CHANGE_KINDS)[number] | 'notification' | 'connection';

/** Row is one line of the list. Texts are untrusted, as received. Times are milliseconds since the epoch. */
export interface Row {
  /** Counts up. */
  readonly seq: number;
  readonly id: string;
  readonly kind: Kind;
  /** When it was seen. */
  readonly seen: number;
  /** When it happened; `undefined` if that is not known, as for a deletion that is caught up on. */
  readonly at: number | undefined;
  /** The target, as records name it. */
  readonly drive: string;
  /** The item's name, or what a row about the connection says. */
  readonly name: string;
  /** With a slash at its end: `/Reports/`; `undefined` if it is not known. */
  readonly folder: string | undefined;
  /** Its previous name, or for a move its previous folder. */
  readonly before: string | undefined;
  readonly isFolder: boolean;
  readonly person: string | undefined;
  /** The record, as it came. */
  readonly raw: string;
  /** The text that a text filter searches. */
  readonly searched: string;
}

/** Longer texts are not searched to their end. */
const MOST_SEARCHED = 2_000;

/** `rowOf` makes a row from a record of the stream; `undefined` for what the list does not show. */
export function rowOf(raw: string, id: string, seq: number): Row | undefined {
  const record = parsed(raw);
  const seen = timeIn(record, 'time');
  const drive = textIn(record, 'target');
  if (record === undefined || seen === undefined || drive === undefined) return undefined;
  const common = { seq, id, seen, drive, raw };
  switch (record.type) {
    case 'change':
      return withSearched({ ...common, ...changed(record, seen) });
    case 'notification':
      return withSearched({ ...common, ...plainRow('notification', seen, 'Something changed') });
    default: {
      const text = connectionText(record);
      return text === undefined ? undefined : withSearched({ ...common, ...plainRow('connection', seen, text) });
    }
  }
}

/** `noteRow` makes a row from a remark of the page itself. */
export function noteRow(text: string, at: number, seq: number): Row {
  return withSearched({ seq, id: '', seen: at, drive: '', raw: '', ...plainRow('connection', at, text) });
}

type Described = Omit<Row, 'seq' | 'id' | 'seen' | 'drive' | 'raw' | 'searched'>;

function changed(record: Record<string, unknown>, seen: number): Described {
  const item = asFields(record.item);
  const previous = asFields(record.previous);
  const kind = CHANGE_KINDS.find((known) => known === record.change) ?? 'unknown';
  const path = textIn(item, 'path');
  const name = textIn(item, 'name') ?? (path === undefined ? undefined : nameIn(path)) ?? textIn(item, 'id') ?? '';
  return {
    kind, name, at: happened(record, seen), folder: folderOf(path), isFolder: item?.folder === true, person: kind === 'shared' ? undefined : personOf(item?.lastModifiedBy),
    before: kind === 'renamed' ? textIn(previous, 'name') ?? nameIn(textIn(previous, 'path')) : kind === 'moved' ? left(textIn(previous, 'path'), name) : undefined,
  };
}

/** If it kept its name, the folder that it left says enough. */
function left(path: string | undefined, name: string): string | undefined {
  return nameIn(path) === name ? folderOf(path) : path;
}

/** A change that is caught up on is shown at the time at which it happened. */
function happened(record: Record<string, unknown>, seen: number): number | undefined {
  if (record.via !== 'catchup') return seen;
  const delay = numberIn(record, 'changedToSeenMs');
  return delay === undefined ? undefined : seen - delay;
}

function plainRow(kind: Kind, at: number, name: string): Described {
  return { kind, at, name, folder: undefined, before: undefined, isFolder: false, person: undefined };
}

function withSearched(row: Omit<Row, 'searched'>): Row {
  const searched = [row.name, row.folder, row.before, row.person, row.drive].filter((text) => text !== undefined).join('\n');
  return { ...row, searched: searched.slice(0, MOST_SEARCHED).toLowerCase() };
}

/** What a record about the connection means, in words; `undefined` for what is routine and needs no line. */
function connectionText(record: Record<string, unknown>): string | undefined {
  const reason = textIn(record, 'reason');
  const because = reason === undefined ? '' : `: ${reason}`;
  switch (record.type) {
    // Also if there was no connection before.
    case 'reconnecting':
      return `Not connected${because}; retrying`;
    // The connection need not have been lost: the reason may be a cursor that Graph rejected, or a damaged position.
    case 'gap':
      return `Changes${periodOf(record)} ${record.catchup === true ? 'are reported late' : 'may be missing'}${because}`;
    case 'end':
      return `The watch on this drive has ended${because}`;
    default:
      return undefined;
  }
}

/** Returns ` from 10:00:00 to 10:05:00`. */
function periodOf(gap: Record<string, unknown>): string {
  const from = timeIn(gap, 'from');
  const to = timeIn(gap, 'to');
  return from === undefined || to === undefined ? '' : ` from ${clock(from, to)} to ${clock(to, timeIn(gap, 'time') ?? to)}`;
}

/** Returns the name, address or id of the user in an identitySet, or else of the app. */
function personOf(set: unknown): string | undefined {
  const identities = asFields(set);
  for (const kind of ['user', 'application']) {
    const who = asFields(identities?.[kind]);
    const name = textIn(who, 'displayName') ?? textIn(who, 'email') ?? textIn(who, 'userPrincipalName') ?? textIn(who, 'id');
    if (name !== undefined) return name;
  }
  return undefined;
}

/** `folderOf` returns the folder that a path is in, with a slash at its end; the root is in none. */
export function folderOf(path: string | undefined): string | undefined {
  if (path === undefined || !path.startsWith('/') || path === '/') return undefined;
  return path.slice(0, path.replace(/\/$/, '').lastIndexOf('/') + 1);
}

function nameIn(path: string): string;
function nameIn(path: string | undefined): string | undefined;
function nameIn(path: string | undefined): string | undefined {
  return path === undefined ? undefined : path.replace(/\/$/, '').split('/').at(-1) ?? path;
}
