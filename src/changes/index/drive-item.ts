import { canonicalId } from '../../drive-ids.ts';
import { parentPath } from '../../item-path.ts';
import { field, isRecord } from '../../lib/json.ts';

/** DriveItem is what a change needs of a driveItem. An absent field was not given. */
export interface DriveItem {
  /** As `canonicalId` returns it, like every id here. */
  id: string;
  name?: string;
  parentId?: string;
  /** Path of the folder it is in, from the drive's root, decoded: `` for the root itself, `/Reports`. */
  parentPath?: string;
  /** Bytes. */
  size?: number;
  /** Something can be in it: a folder, a OneNote notebook, a shortcut to a folder. */
  folder: boolean;
  root: boolean;
  deleted: boolean;
  /** Who can see it has changed: its eTag may be the same. */
  shared?: boolean;
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

/** ListedItem is what an index needs of a driveItem: always with all fields, so that reading a drive's million items is quick. */
export interface ListedItem extends Pick<DriveItem, 'id' | 'folder' | 'root' | 'deleted' | 'tag'> {
  name: string | undefined;
  parentId: string | undefined;
  size: number | undefined;
}

/**
 * `readListedItem` reads what an index needs of an item of a delta answer; `undefined` for what has no id. Nothing else can be
 * relied on: deletions lack a name on business drives and a size on personal ones.
 * Source: Microsoft Graph, api-reference/v1.0/resources/driveitem.md and api/driveitem-delta.md.
 */
export function readListedItem(raw: unknown): ListedItem | undefined {
  if (!isRecord(raw)) return undefined;
  const { id, name, size } = raw;
  if (typeof id !== 'string' || id === '') return undefined;
  const parentId = field(raw.parentReference, 'id');
  return {
    id: canonicalId(id),
    name: text(name),
    parentId: typeof parentId === 'string' && parentId !== '' ? canonicalId(parentId) : undefined,
    size: typeof size === 'number' && size >= 0 ? size : undefined,
    // A notebook has a `package`, and a shortcut to somebody's folder a `remoteItem`, and neither a `folder`.
    folder: isRecord(raw.folder) || isRecord(raw.package) || isRecord(field(raw.remoteItem, 'folder')) || isRecord(field(raw.remoteItem, 'package')),
    root: isRecord(raw.root),
    // `{}` and `{"state":"deleted"}` have both been seen.
    deleted: isRecord(raw.deleted),
    tag: hash(text(raw.eTag) ?? `${text(raw.cTag) ?? ''}|${text(raw.lastModifiedDateTime) ?? ''}|${String(size)}`),
  };
}

/** `readDriveItem` reads all that a change needs of an item; `undefined` for what has no id. Paths can be absent anywhere. */
export function readDriveItem(raw: unknown): DriveItem | undefined {
  const listed = readListedItem(raw);
  if (listed === undefined || !isRecord(raw)) return undefined;
  const { id, name, parentId, size, folder, root, deleted, tag } = listed;
  const { eTag, webUrl, lastModifiedBy } = raw;
  const parent = isRecord(raw.parentReference) ? raw.parentReference : {};
  const lastModifiedDateTime = text(raw.lastModifiedDateTime);
  const item: DriveItem = { id, folder, root, deleted, tag };
  // Documented as the text "True"; `true` has been seen too.
  if (/^true$/i.test(String(raw['@microsoft.graph.sharedChanged']))) item.shared = true;
  if (name !== undefined) item.name = name;
  if (parentId !== undefined) item.parentId = parentId;
  const path = typeof parent.path === 'string' ? parentPath(parent.path, text(parent.name)) : undefined;
  if (path !== undefined) item.parentPath = path;
  if (size !== undefined) item.size = size;
  if (typeof eTag === 'string') item.eTag = eTag;
  if (typeof webUrl === 'string') item.webUrl = webUrl;
  if (lastModifiedDateTime !== undefined) item.lastModifiedDateTime = lastModifiedDateTime;
  if (isRecord(lastModifiedBy) && isSmall(lastModifiedBy)) item.lastModifiedBy = lastModifiedBy;
  const created = time(raw.createdDateTime);
  if (created !== undefined) item.created = created;
  const modified = time(lastModifiedDateTime);
  if (modified !== undefined) item.modified = modified;
  return item;
}

/** An identitySet has two or three levels and a few fields. What is much larger, or deep enough to break whoever writes it, is not one. */
const IDENTITY_DEPTH = 8;
const IDENTITY_SIZE = 10_000;

function isSmall(identitySet: Readonly<Record<string, unknown>>): boolean {
  let left = IDENTITY_SIZE;
  let level: unknown[] = [identitySet];
  for (let depth = 0; level.length > 0; depth += 1) {
    const below: unknown[] = [];
    for (const value of level) {
      left -= typeof value === 'string' ? value.length : 10;
      if (typeof value === 'object' && value !== null) {
        for (const [key, inner] of Object.entries(value)) {
          left -= key.length;
          below.push(inner);
        }
      }
    }
    if (left < 0 || depth > IDENTITY_DEPTH) return false;
    level = below;
  }
  return true;
}

/**
 * `hash` makes 53 bits of a text (cyrb53, public domain): a million eTags take 8 MB instead of 60, and two eTags of
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
