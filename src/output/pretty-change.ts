import type { ChalkInstance } from 'chalk';
import stringWidth from 'string-width';
import type { ChangeEvent, ChangeKind } from '../events.ts';
import { identityOf } from '../identity.ts';
import { localTime } from './local-time.ts';
import { safeText } from './safe-text.ts';
import { padded } from './shortened.ts';

/**
* ChangeColumns is how wide the columns have grown. A stream cannot know what comes: columns widen with what has come,
 * so that lines after a long path are aligned with it, and the first is no wider than it needs to be.
 */
export interface ChangeColumns {
  /** `undefined` if only one drive is watched: its name would add nothing. */
  target: number | undefined;
  path: number;
  size: number;
}

/** `changeColumns` creates columns for the changes of one drive, or, with their names, of several. */
export function changeColumns({ targets = false } = {}): ChangeColumns {
  return { target: targets ? 0 : undefined, path: 0, size: 0 };
}

/** A column does not follow longer paths: one deep folder would push all later sizes off the screen. */
const WIDEST_PATH = 48;
/** `modified` */
const VERB_WIDTH = 8;

/**
 * `20:31:05  modified  /Reports/Q3.xlsx  +2.1 KB  Ada`: when, what, where, how much, who. Widens
* `columns`. No control character or escape sequence from elsewhere gets through.
 */
export function prettyChange(event: ChangeEvent & { label?: string }, chalk: ChalkInstance, columns: ChangeColumns): string {
  const path = safeText(describePath(event));
  const size = describeSize(event);
  const who = safeText(describeWho(event));
  columns.path = Math.max(columns.path, Math.min(stringWidth(path), WIDEST_PATH));
  columns.size = Math.max(columns.size, size.length);
  const cells = [chalk.dim(localTime(event.time))];
  if (columns.target !== undefined) {
    const target = safeText(event.label ?? event.target);
    columns.target = Math.max(columns.target, stringWidth(target));
    cells.push(chalk.cyan(padded(target, columns.target)));
  }
  cells.push(paint(event.change, chalk)(event.change.padEnd(VERB_WIDTH)));
  if (size === '' && who === '') cells.push(path);
  else cells.push(padded(path, columns.path), ...(columns.size === 0 ? [] : [chalk.dim(size.padStart(columns.size))]), who);
  return `${cells.join('  ').trimEnd()}\n`;
}

function paint(kind: ChangeKind, chalk: ChalkInstance): ChalkInstance {
  switch (kind) {
    case 'created':
      return chalk.green;
    case 'modified':
      return chalk.yellow;
    case 'renamed':
    case 'moved':
      return chalk.cyan;
    case 'deleted':
      return chalk.red;
    case 'shared':
      return chalk.magenta;
    case 'unknown':
      return chalk.dim;
  }
}

/** The path; of what was renamed the old one and the new name; of what was moved both paths. A folder's ends in a slash. */
function describePath({ change, item, previous }: ChangeEvent): string {
  const slash = (path: string): string => (item.folder && !path.endsWith('/') ? `${path}/` : path);
  const now = slash(item.path ?? item.name ?? item.id);
  if (change === 'moved' && previous?.path !== undefined) return `${slash(previous.path)} → ${now}`;
  if (change !== 'renamed') return now;
  const before = previous?.path ?? (previous?.name === undefined ? undefined : sibling(item.path, previous.name));
  return before === undefined ? now : `${slash(before)} → ${slash(item.name ?? nameIn(now))}`;
}

function sibling(path: string | undefined, name: string): string {
  return path === undefined ? name : path.slice(0, path.lastIndexOf('/') + 1) + name;
}

function nameIn(path: string): string {
  return path.replace(/\/$/, '').split('/').at(-1) ?? path;
}

/** What it grew or shrank by where the size before is known, else its size. A folder's own says nothing new. */
function describeSize({ change, item, previous }: ChangeEvent): string {
  if (item.folder) return '';
  const before = previous?.size;
  if (change === 'deleted') {
    const gone = before ?? item.size;
    return gone === undefined ? '' : `-${bytes(gone)}`;
  }
  if (item.size === undefined) return '';
  if (before === undefined || change === 'created') return bytes(item.size);
  const difference = item.size - before;
  if (difference === 0 && change !== 'modified') return '';
  return `${difference < 0 ? '-' : '+'}${bytes(Math.abs(difference))}`;
}

function describeWho({ item }: ChangeEvent): string {
  const who = identityOf(item.lastModifiedBy, 'user') ?? identityOf(item.lastModifiedBy, 'application');
  return who?.displayName ?? who?.email ?? who?.id ?? '';
}

/** `bytes` formats a size: `300 B`, `2.1 KB`, `12 MB`; units of 1024, as OneDrive counts, one decimal below ten. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (shown(value, unit) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${shown(value, unit)} ${UNITS[unit] ?? ''}`;
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** The number as it is printed: 1023.96 KB would round to 1024 KB, which is 1 MB. */
function shown(value: number, unit: number): number {
  return unit === 0 || value >= 9.95 ? Math.round(value) : Math.round(value * 10) / 10;
}
