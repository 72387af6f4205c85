import { Chalk } from 'chalk';
import { identityOf } from '../identity.ts';
import { bytes } from './bytes.ts';
import { growingTable } from './table.ts';

/** ListedEntry is what the table shows of an item. */
interface ListedEntry {
  name: string;
  kind: string;
  folder: boolean;
  size?: number;
  lastModifiedDateTime?: string;
  lastModifiedBy?: Readonly<Record<string, unknown>>;
  package?: string;
}

const COLUMNS = [{ title: 'MODIFIED' }, { title: 'SIZE', align: 'right' }, { title: 'BY', least: 6 }, { title: 'NAME', least: 8 }] as const;
const NARROW_COLUMNS = COLUMNS.filter(({ title }) => title !== 'BY');
/** A narrower terminal has no room for who changed it. */
const ROOM_FOR_BY = 50;

/** `entriesTable` lays out the items of a folder, in pieces, for a terminal of this width. */
export function entriesTable({ width = 80, color = true }: { width?: number | undefined; color?: boolean | undefined }): (entries: readonly ListedEntry[]) => string {
  const chalk = new Chalk({ level: color ? 1 : 0 });
  const columns = width === 0 ? 80 : width;
  const narrow = columns < ROOM_FOR_BY;
  const rows = growingTable(narrow ? NARROW_COLUMNS : COLUMNS, { width: columns, heading: (text) => chalk.bold(text) });
  return (entries) => rows(entries.map((entry) => [
    localMinute(entry.lastModifiedDateTime), entry.size === undefined ? '' : bytes(entry.size), ...(narrow ? [] : [who(entry)]), shownName(entry),
  ]));
}

/** A folder's name ends in a slash; what is neither folder nor file says so. */
function shownName({ name, kind, folder, package: type }: ListedEntry): string {
  const slash = folder ? '/' : '';
  if (kind === 'shortcut') return `${name}${slash} (shortcut)`;
  return kind === 'package' ? `${name} (${type === 'oneNote' ? 'OneNote' : 'package'})` : `${name}${slash}`;
}

function who({ lastModifiedBy }: ListedEntry): string {
  const found = identityOf(lastModifiedBy, 'user') ?? identityOf(lastModifiedBy, 'application');
  return found?.displayName ?? found?.email ?? found?.id ?? '';
}

/** Local time, to the minute: `2026-05-11 20:31`. Empty for none, and for 0001-01-01, which Graph has for some. */
function localMinute(time = ''): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime()) || date.getFullYear() < 1970) return '';
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
