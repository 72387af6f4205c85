import { isRecord } from '../../lib/json.ts';

/** What a change needs of a driveItem. Absent: the service did not say. */
export interface DriveItem {
  id: string;
  name?: string;
  parentId?: string;
  /** Of the folder it is in, from the drive's root, decoded: `` for the root itself, `/Reports`. */
  parentPath?: string;
  /** Bytes. */
  size?: number;
  folder: boolean;
  root: boolean;
  deleted: boolean;
  eTag?: string;
  /** Changes whenever the item does; equal tags mean an unchanged item. */
  tag: number;
  webUrl?: string;
  /** Milliseconds since the epoch. */
  created?: number;
  modified?: number;
  lastModifiedDateTime?: string;
  lastModifiedBy?: Readonly<Record<string, unknown>>;
}

/**
 * Reads an item of a delta answer; `undefined` for what has no id. Nothing else can be relied on:
 * deletions lack a name on business drives and a size on personal ones, paths can be absent anywhere.
 * Source: Microsoft Graph, api-reference/v1.0/resources/driveitem.md and api/driveitem-delta.md.
 */
export function readDriveItem(raw: unknown): DriveItem | undefined {
  if (!isRecord(raw)) return undefined;
  const { id, name, size, eTag, webUrl, lastModifiedBy } = raw;
  if (typeof id !== 'string' || id === '') return undefined;
  const parent = isRecord(raw.parentReference) ? raw.parentReference : {};
  const lastModifiedDateTime = text(raw.lastModifiedDateTime);
  const item: DriveItem = {
    id,
    folder: isRecord(raw.folder),
    root: isRecord(raw.root),
    // `{}` and `{"state":"deleted"}` have both been seen.
    deleted: isRecord(raw.deleted),
    tag: hash(text(eTag) ?? `${text(raw.cTag) ?? ''}|${lastModifiedDateTime ?? ''}|${String(size)}`),
  };
  if (typeof name === 'string' && name !== '') item.name = name;
  if (typeof parent.id === 'string' && parent.id !== '') item.parentId = parent.id;
  if (typeof parent.path === 'string') item.parentPath = parentPath(parent.path, text(parent.name));
  if (typeof size === 'number' && size >= 0) item.size = size;
  if (typeof eTag === 'string') item.eTag = eTag;
  if (typeof webUrl === 'string') item.webUrl = webUrl;
  if (lastModifiedDateTime !== undefined) item.lastModifiedDateTime = lastModifiedDateTime;
  if (isRecord(lastModifiedBy)) item.lastModifiedBy = lastModifiedBy;
  const created = time(raw.createdDateTime);
  if (created !== undefined) item.created = created;
  const modified = time(lastModifiedDateTime);
  if (modified !== undefined) item.modified = modified;
  return item;
}

/**
 * `/drives/{id}/root:/a%20b/c` as `/a b/c`; what is left of the first `root:` says whose drive it is.
 *
 * Whether such a path is percent-encoded differs between answers. One with characters that encoding
 * would have replaced is not; where the last folder's plain name comes along, it decides.
 */
export function parentPath(path: string, lastName?: string): string {
  const mark = path.indexOf('root:');
  const below = mark < 0 ? path : path.slice(mark + 'root:'.length);
  const parts = below.split('/').filter((part) => part !== '');
  if (lastName !== undefined && parts.at(-1) === lastName) {
    // Equal as it is: not encoded, or nothing in it needed to be. Only the former may hold a literal "%20".
    if (decoded(lastName) !== lastName) return joined(parts);
  }
  return joined(/[^\u0021-\u007e]/.test(below) ? parts : parts.map(decoded));
}

function joined(parts: readonly string[]): string {
  return parts.map((part) => `/${part}`).join('');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // "100%" in a path that is not encoded.
    return part;
  }
}

/**
 * 53 bits of a text (cyrb53, public domain): a million eTags take 8 MB instead of 60, and two eTags of
 * one item get the same number once in 10^16 changes.
 */
export function hash(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function time(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
