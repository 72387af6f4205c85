import type { Kind, Row } from './row.ts';

/** Filter says which rows are shown. An absent part lets everything pass. */
export interface Filter {
  readonly text: string;
  readonly person: string | undefined;
  /** A key of `placeOf`: a folder and everything below it. */
  readonly place: string | undefined;
  readonly drive: string | undefined;
  /** Empty: every kind. */
  readonly kinds: ReadonlySet<Kind>;
}

export const EVERYTHING: Filter = { text: '', person: undefined, place: undefined, drive: undefined, kinds: new Set() };

/** Count is how many rows a person or a folder has. */
export interface Count {
  readonly key: string;
  readonly count: number;
}

/** Found is what a filter finds: rows, newest first, and the people and folders among the rows that pass all its other parts. */
export interface Found {
  readonly rows: readonly Row[];
  readonly people: readonly Count[];
  readonly places: readonly Count[];
  /** Rows of each minute that are changes. */
  readonly minutes: ReadonlyMap<number, number>;
}

const BETWEEN = '\u0000';

/** `placeOf` returns the key of a row's folder: two drives may have folders of the same name. */
export function placeOf({ drive, folder }: Row): string | undefined {
  return folder === undefined ? undefined : `${drive}${BETWEEN}${folder}`;
}

/** `placeParts` is the opposite of `placeOf`. */
export function placeParts(key: string): { drive: string; folder: string } {
  const at = key.indexOf(BETWEEN);
  return { drive: key.slice(0, at), folder: key.slice(at + 1) };
}

export function isActive(filter: Filter): boolean {
  return filter.text.trim() !== '' || filter.person !== undefined || filter.place !== undefined || filter.drive !== undefined || filter.kinds.size > 0;
}

/** `find` applies a filter to rows (oldest first). */
export function find(rows: readonly Row[], filter: Filter): Found {
  const words = filter.text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const found: Row[] = [];
  const people = new Map<string, number>();
  const places = new Map<string, number>();
  const minutes = new Map<number, number>();
  for (let at = rows.length - 1; at >= 0; at -= 1) {
    const row = rows[at];
    if (row === undefined || !passesTexts(row, filter, words)) continue;
    const place = placeOf(row);
    const byPerson = filter.person === undefined || row.person === filter.person;
    const byPlace = filter.place === undefined || place?.startsWith(filter.place) === true;
    if (byPlace && row.person !== undefined) people.set(row.person, (people.get(row.person) ?? 0) + 1);
    if (byPerson && place !== undefined) places.set(place, (places.get(place) ?? 0) + 1);
    if (!byPerson || !byPlace) continue;
    found.push(row);
    if (row.kind === 'connection') continue;
    const minute = Math.floor(row.seen / 60_000);
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
  }
  return { rows: found, people: most(people), places: most(places), minutes };
}

function passesTexts(row: Row, { drive, kinds }: Filter, words: readonly string[]): boolean {
  if (drive !== undefined && row.drive !== drive) return false;
  if (kinds.size > 0 && !kinds.has(row.kind)) return false;
  return words.every((word) => row.searched.includes(word));
}

/** Sorts by count, highest first, and equal counts by name. */
function most(counts: ReadonlyMap<string, number>): Count[] {
  return [...counts].map(([key, count]) => ({ key, count })).sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}
