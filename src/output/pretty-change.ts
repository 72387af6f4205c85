import type { ChalkInstance } from 'chalk';
import stringWidth from 'string-width';
import type { ChangeEvent, ChangeKind } from '../events.ts';
import { identityOf } from '../identity.ts';
import { bytes } from './bytes.ts';
import { changeWidths, SPACE, type Needed, type Widths } from './change-columns.ts';
import { hyperlink } from './hyperlink.ts';
import { localMoment } from './local-time.ts';
import { safeText } from './safe-text.ts';
import { ARROW, padded, shortened, shortenedEnd, shortenedMove, shortenedPath } from './shortened.ts';

/** Labelled is a change with the name that its target has among several. */
export type Labelled = ChangeEvent & { label?: string };

export interface ChangeLinesOptions {
  chalk: ChalkInstance;
  /** Whether there are several drives: then each line says which one. */
  targets?: () => boolean;
  /** Columns of the terminal at this moment; `undefined` if stdout is not one. */
  room?: () => number | undefined;
  /** Whether paths are links. */
  links?: boolean;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/**
 * ChangeLines formats changes in columns: when, which drive (of several), what, who, size, and at the end where:
 * `20:31:05  modified  Ada Lovelace    12 KB  /Reports/Q3.xlsx`. On a terminal each is one line of the screen.
 */
export class ChangeLines {
  readonly #options: ChangeLinesOptions;
  readonly #needed: Needed;

  constructor(options: ChangeLinesOptions) {
    this.#options = options;
    this.#needed = { time: '20:31:05'.length, target: 0, who: 0, size: 0 };
  }

  /** `line` formats one change. No control character or escape sequence from elsewhere gets through. */
  line(event: Labelled): string {
    return this.#line(event, describeSize(event), (columns) => this.#place(event, columns));
  }

  /** `burst` formats several changes of one kind, by one person, to items of one folder, as one line. */
  burst(events: readonly [Labelled, ...Labelled[]]): string {
    const last = events.at(-1) ?? events[0];
    const what = `${events.length} ${last.item.folder ? 'folders' : 'files'}`;
    const [from, to] = [folderOf(last.previous?.path), folderOf(last.item.path)].map((folder) => safeText(folder ?? '/'));
    return this.#line(last, '', (columns) => {
      if (last.change !== 'moved' || from === undefined || from === to) return fit(`${what} in `, [to ?? '/'], columns);
      return fit(`${what} from `, [from, to ?? '/'], columns);
    });
  }

  #line(event: Labelled, size: string, place: (columns: number | undefined) => string): string {
    const { chalk, targets, room, now } = this.#options;
    const needed = this.#needed;
    const target = safeText(event.label ?? event.target);
    const who = safeText(describeWho(event));
    const time = describeTime(event, now());
    needed.time = Math.max(needed.time, time.length);
    needed.target = targets?.() === true ? Math.max(needed.target, stringWidth(target)) : 0;
    needed.who = Math.max(needed.who, stringWidth(who));
    needed.size = Math.max(needed.size, size.length, SIZE_WIDTH);
    const widths = changeWidths(needed, room?.());
    const cells = [
      [widths.time, time.padStart(widths.time)],
      [widths.target, padded(shortened(target, widths.target), widths.target)],
      [widths.what, paint(event.change, chalk)(event.change.padEnd(widths.what))],
      [widths.who, padded(shortenedEnd(who, widths.who), widths.who)],
      [widths.size, size.padStart(widths.size)],
    ] as const;
    const before = cells.filter(([width]) => width > 0).map(([, text]) => text + ' '.repeat(SPACE)).join('');
    return `${before}${place(widths.path)}`.trimEnd() + '\n';
  }

  /** The path; for a rename, the old path and the new name; for a move, both paths. A folder's path ends in a slash. */
  #place(event: ChangeEvent, columns: Widths['path']): string {
    const { change, item } = event;
    const now = safeText(pathOf(event));
    const before = previousOf(event);
    // What is gone no longer has a page.
    const link = (text: string): string => (this.#options.links === true && change !== 'deleted' ? hyperlink(text, item.webUrl) : text);
    if (before === undefined) return link(columns === undefined ? now : shortenedPath(now, columns));
    const to = change === 'renamed' ? safeText(slashed(item.name ?? nameIn(pathOf(event)), item.folder)) : now;
    // If it kept its name, the folder that it left says enough.
    const left = change === 'moved' && nameIn(before) === nameIn(now) ? folderOf(before) : undefined;
    const [old, current] = columns === undefined ? [safeText(before), to] : shortenedMove(safeText(before), to, columns, left === undefined ? undefined : safeText(left));
    return `${old}${ARROW}${link(current)}`;
  }
}

/** `1023 KB` */
const SIZE_WIDTH = 7;

/** `12 files in /Photos/`, with the folders shortened; two folders have an arrow between them. */
function fit(words: string, folders: readonly [string] | readonly [string, string], columns: number | undefined): string {
  const [first, second] = folders;
  const room = columns === undefined ? Infinity : columns - words.length;
  if (second === undefined) return words + shortenedPath(first, room);
  return words + shortenedMove(first, second, room).join(ARROW);
}

/** `folderOf` returns the folder that a path is in, with a slash at its end: `/Reports/`; `undefined` for what has none. */
export function folderOf(path: string | undefined): string | undefined {
  if (path === undefined || !path.startsWith('/') || path === '/') return undefined;
  return path.slice(0, path.replace(/\/$/, '').lastIndexOf('/') + 1);
}

/** `describeWho` returns who changed it last: a name, an address or an id; empty if that is not known, as with sharing. */
export function describeWho({ change, item }: ChangeEvent): string {
  if (change === 'shared') return '';
  const who = identityOf(item.lastModifiedBy, 'user') ?? identityOf(item.lastModifiedBy, 'application');
  return who?.displayName ?? who?.email ?? who?.id ?? '';
}

/**
 * `shownTime` returns the time to show, in milliseconds since the epoch: when it was seen, or, for what is caught up with,
 * when it was changed; `undefined` if that is not known: a deletion, a rename and a move have no time of their own.
 */
export function shownTime({ via, time, changedToSeenMs }: ChangeEvent): number | undefined {
  if (via !== 'catchup') return time;
  return changedToSeenMs === undefined ? undefined : time - changedToSeenMs;
}

function describeTime(event: ChangeEvent, now: number): string {
  const time = shownTime(event);
  return time === undefined ? 'earlier' : localMoment(time, now);
}

function paint(kind: ChangeKind, chalk: ChalkInstance): ChalkInstance {
  // Colors that are readable on black and on white: no yellow, no dim text.
  switch (kind) {
    case 'created':
      return chalk.green;
    case 'renamed':
    case 'moved':
    case 'shared':
      return chalk.magenta;
    case 'deleted':
      return chalk.red;
    case 'modified':
    case 'unknown':
      return chalk.bold;
  }
}

function pathOf({ item }: ChangeEvent): string {
  return slashed(item.path ?? item.name ?? item.id, item.folder);
}

/** Where a rename or a move left from, as far as that is known. */
function previousOf({ change, item, previous }: ChangeEvent): string | undefined {
  if (change !== 'moved' && change !== 'renamed') return undefined;
  const name = change === 'renamed' ? previous?.name : undefined;
  const before = previous?.path ?? (name === undefined ? undefined : (folderOf(item.path) ?? '') + name);
  return before === undefined ? undefined : slashed(before, item.folder);
}

function slashed(path: string, folder: boolean): string {
  return folder && !path.endsWith('/') ? `${path}/` : path;
}

function nameIn(path: string): string {
  return path.replace(/\/$/, '').split('/').at(-1) ?? path;
}

/** How large it is, or was when it was deleted. A folder's size says nothing new. */
function describeSize({ change, item, previous }: ChangeEvent): string {
  const size = change === 'deleted' ? previous?.size ?? item.size : item.size;
  return item.folder || size === undefined ? '' : bytes(size);
}
