import { isRecord, parseJson } from '../../lib/json.ts';
import type { DriveItem } from '../index/drive-item.ts';
import type { Position } from './position-store.ts';
import type { DriveIndex, IndexedItem } from '../index/drive-index.ts';
import { idOf, type Step } from '../index/round.ts';

/** Header is the first line of a file: which drive's position it is, and whether the whole tree follows, or only a part of it. */
export interface Header extends Position {
  drive: string;
  index: boolean;
  /** How many lines of items follow. */
  items: number;
  /** As in the index; files of earlier versions lack it. */
  aheadUntil: number;
}

/** StoredItem is an item of the index, or of a step. */
export interface StoredItem extends DriveItem {
  /** Seen in an enumeration alongside the rounds, and in no round since. */
  listed: boolean;
  /** Reported because its sharing has changed. */
  sharing: boolean;
}

/** Progress is a later line: what was reported since the previous line, and, at the end of a round, the new position. */
export interface Progress {
  steps: Step[];
  /** They were about to be reported; a later line says whether they were. */
  intended: boolean;
  position: Position | undefined;
  /** How many of the intentions before this line belong to rounds beyond the position. */
  ahead: number;
}

/** An item as an array: a million of them are read at the start. */
type ItemRow = [id: string, parentId: string | null, name: string, size: number | null, tag: number, flags: number];

/** The version of the file's format. */
const VERSION = 2;
const FOLDER = 1;
const ROOT = 2;
const LISTED = 4;
const SHARING = 8;

export function headerLine({ drive, cursor, at, index, items, aheadUntil }: Header): string {
  return JSON.stringify({ 'graph-watch': VERSION, drive, cursor, at, index, items, ...(aheadUntil === 0 ? {} : { aheadUntil }) });
}

export function itemLine(id: string, item: IndexedItem, isRoot: boolean, isListed: boolean): string {
  return JSON.stringify(row(id, item, (isRoot ? ROOT : 0) | (isListed ? LISTED : 0)));
}

export function progressLine(steps: readonly Step[], position: Position | undefined, { intended = false, ahead = 0 } = {}): string {
  const put = steps.flatMap((step) => ('put' in step ? [rowOf(step.put, step.sharing === true)] : []));
  const gone = steps.flatMap((step) => ('gone' in step ? [step.gone] : []));
  return JSON.stringify({ ...(put.length === 0 ? {} : { put }), ...(gone.length === 0 ? {} : { gone }), ...(intended ? { intended } : {}), ...(ahead === 0 ? {} : { ahead }), ...position });
}

export function readHeader(text: string): Header | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || value['graph-watch'] !== VERSION) return undefined;
  const { drive, cursor, at, index, items, aheadUntil } = value;
  const valid = typeof drive === 'string' && typeof cursor === 'string' && typeof at === 'number' && typeof index === 'boolean' && typeof items === 'number';
  return valid ? { drive, cursor, at, index, items, aheadUntil: typeof aheadUntil === 'number' ? aheadUntil : 0 } : undefined;
}

export function readItem(text: string): StoredItem | undefined {
  return itemOf(parseJson(text));
}

/** `putStored` puts what `readItem` read into the index. */
export function putStored({ id, name = '', parentId, size, tag, folder, root, listed }: StoredItem, index: DriveIndex): void {
  const item = { name, parentId, size, tag, folder };
  if (listed) index.putListed(id, item, root);
  else index.put(id, item, root);
}

export function readProgress(text: string): Progress | undefined {
  const value = parseJson(text);
  if (!isRecord(value)) return undefined;
  const { put = [], gone = [], cursor, at } = value;
  if (!Array.isArray(put) || !Array.isArray(gone)) return undefined;
  const items = put.map(itemOf);
  if (items.includes(undefined) || !gone.every((id) => typeof id === 'string')) return undefined;
  const steps: Step[] = [...items.flatMap((item) => (item === undefined ? [] : [item.sharing ? { put: item, sharing: true as const } : { put: item }])), ...gone.map((id) => ({ gone: id }))];
  const told = { steps, intended: value.intended === true, ahead: typeof value.ahead === 'number' ? value.ahead : 0 };
  if (cursor === undefined) return { ...told, position: undefined };
  return typeof cursor === 'string' && typeof at === 'number' ? { ...told, position: { cursor, at } } : undefined;
}

/** Replay adds up lines of progress. */
export class Replay {
  /** Reported beyond the last position. */
  beyond: Step[] = [];
  /** For each round beyond the last position, what was about to be reported and is not known to have been. */
  #intended: Map<string, Step>[] = [];

  /** About to be reported beyond the last position, and not known to have been; by id, the latest. */
  get uncertain(): Map<string, Step> {
    return new Map(this.#intended.flatMap((round) => [...round]));
  }

  add({ steps, intended, position, ahead }: Progress): void {
    if (intended) {
      // That an item's sharing may have been reported says nothing of the item itself.
      this.#intended.push(new Map(steps.filter((step) => !('put' in step && step.sharing === true)).map((step) => [idOf(step), step])));
    } else if (position === undefined) {
      // Not as arguments: there may be more of them than the stack takes.
      for (const step of steps) this.beyond.push(step);
      for (const round of this.#intended) for (const step of steps) round.delete(idOf(step));
    } else {
      this.beyond = [];
      this.#intended = ahead === 0 ? [] : this.#intended.slice(-ahead);
    }
  }
}

function rowOf({ id, name = '', parentId, size, tag, folder, root }: DriveItem, sharing: boolean): ItemRow {
  return row(id, { name, parentId, size, tag, folder }, (root ? ROOT : 0) | (sharing ? SHARING : 0));
}

function row(id: string, { name, parentId, size, tag, folder }: IndexedItem, flags: number): ItemRow {
  return [id, parentId ?? null, name, size ?? null, tag, flags | (folder ? FOLDER : 0)];
}

function itemOf(value: unknown): StoredItem | undefined {
  if (!Array.isArray(value) || value.length !== 6) return undefined;
  const [id, parentId, name, size, tag, flags] = value as unknown[];
  if (typeof id !== 'string' || typeof name !== 'string' || typeof tag !== 'number' || typeof flags !== 'number') return undefined;
  return {
    id, name, tag,
    ...(typeof parentId === 'string' ? { parentId } : {}),
    ...(typeof size === 'number' ? { size } : {}),
    folder: (flags & FOLDER) !== 0, root: (flags & ROOT) !== 0, deleted: false, listed: (flags & LISTED) !== 0, sharing: (flags & SHARING) !== 0,
  };
}
