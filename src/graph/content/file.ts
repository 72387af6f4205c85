import { WatchError } from '../../errors.ts';
import { field, isRecord, textField } from '../../lib/json.ts';
import { followed, isShortcut, itemAt, ITEM_FIELDS, type ItemAccess, type LocatedItem } from '../finding/item-at.ts';

/** DriveFile is a file whose content can be read. */
export interface DriveFile {
  /** Of the item, below the Graph version. */
  path: string;
  name: string;
  /** Stays the same as long as the content does. */
  eTag: string | undefined;
}

/** The ids of items: in business drives and libraries 34 characters, in personal ones the drive's id and a number. */
const ITEM_ID = /^(?:01[A-Z2-7]{32}|[0-9A-F]{8,16}!\w+)$/i;

/**
 * `fileAt` finds a file by its path below a drive's root, or by its id, where `given` is one and has no slash in it. A
 * shortcut to a file is followed. Rejects with a `refused` error for anything that has no content of its own.
 */
export async function fileAt(drive: string, segments: readonly string[], { given, access }: { given: string | undefined; access: ItemAccess }): Promise<DriveFile> {
  const identified = await byId(drive, given, access);
  const named = identified ?? await itemAt(drive, segments, access);
  const found = await followed(named, access);
  const shown = identified === undefined ? `/${segments.join('/')}` : (textField(named.item, 'name') ?? given ?? '');
  refuseOthers(named, found, shown);
  const id = textField(found.item, 'id');
  if (id === undefined) throw new WatchError('network', 'Graph\'s response for the file has no id.', { code: 'badItem' });
  return { path: `${found.drive}/items/${encodeURIComponent(id)}`, name: textField(found.item, 'name') ?? shown, eTag: textField(found.item, 'eTag') };
}

/** `sameFile` says whether the file has not changed since it was found. */
export async function sameFile({ path, eTag }: DriveFile, { get, signal }: Pick<ItemAccess, 'get' | 'signal'>): Promise<boolean> {
  const { status, body } = await get(`${path}?$select=id,eTag`, signal, { accept: [404] });
  return status < 300 && eTag !== undefined && textField(body, 'eTag') === eTag;
}

async function byId(drive: string, given: string | undefined, { get, signal }: ItemAccess): Promise<LocatedItem | undefined> {
  if (given === undefined || !ITEM_ID.test(given)) return undefined;
  const { status, body } = await get(`${drive}/items/${encodeURIComponent(given)}?$select=${ITEM_FIELDS}`, signal, { accept: [400, 404] });
  return status < 300 ? { drive, item: body } : undefined;
}

function refuseOthers(named: LocatedItem, found: LocatedItem, shown: string): void {
  const refuse = (what: string, hint: string): never => {
    throw new WatchError('refused', `"${shown}" is ${what}.`, { code: 'notAFile', hint });
  };
  const { item } = found;
  if (isShortcut(item)) refuse('a shortcut to a shortcut', 'Open it in a browser and use the address that is shown.');
  if (isRecord(field(item, 'package'))) refuse(field(field(item, 'package'), 'type') === 'oneNote' ? 'a OneNote notebook, which has no content of its own' : 'a package, which has no content of its own', 'graph-watch ls lists what is in it.');
  if (isRecord(field(item, 'folder')) || isRecord(field(item, 'root'))) refuse(isShortcut(named.item) ? 'a shortcut to a folder' : 'a folder', 'graph-watch ls lists what is in it.');
}
