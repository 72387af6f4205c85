import { WatchError } from '../../errors.ts';
import { field, isRecord, textField } from '../../lib/json.ts';
import type { GraphGet } from '../http.ts';

/** ItemAccess is what looking for an item needs. */
export interface ItemAccess {
  get: GraphGet;
  signal: AbortSignal;
  /** Waits before a path is looked for a second time. */
  pause: () => Promise<void>;
}

/** LocatedItem is an item, and the drive that it is in: through a shortcut, somebody else's. */
export interface LocatedItem {
  /** Of the drive, below the Graph version: `/me/drive`. */
  drive: string;
  /** The driveItem as it came. */
  item: unknown;
}

export const ITEM_FIELDS = 'id,name,size,eTag,webUrl,file,folder,package,root,remoteItem,lastModifiedDateTime,lastModifiedBy';
/** Without it, shortcuts may be missing (as sync clients have found). */
export const WITH_SHORTCUTS = { prefer: 'Include-Feature=AddToOneDrive' };
/** A shortcut leads to a folder of a library, where there are no shortcuts: more than this, one inside another, are a circle. */
const MOST_SHORTCUTS = 4;

/**
 * `itemAt` finds the item at a path below a drive's root; none is the root itself. Shortcuts on the way are followed, a
 * shortcut at the end is not. Graph answers 404 to about one request in a hundred for something that exists, and for a while
 * after it was created: it is asked twice. Rejects with a `refused` error that names the deepest folder that exists.
 */
export function itemAt(drive: string, segments: readonly string[], access: ItemAccess): Promise<LocatedItem> {
  return below({ drive, base: 'root' }, segments, { access, named: [], shortcuts: 0 });
}

/** Base is where a path begins: `root`, or an item (`items/01A…`). */
interface Base {
  drive: string;
  base: string;
}

interface Way {
  access: ItemAccess;
  /** The path up to the base. */
  named: readonly string[];
  shortcuts: number;
}

async function below({ drive, base }: Base, segments: readonly string[], way: Way): Promise<LocatedItem> {
  const { access, named, shortcuts } = way;
  const whole = pathTo({ drive, base }, segments);
  let found = await look(whole, access);
  if (found === undefined) {
    await access.pause();
    found = await look(whole, access);
  }
  if (found !== undefined) return { drive, item: found };
  // A path does not lead through a shortcut: what it leads to is in another drive.
  for (let length = segments.length - 1; length >= 0; length -= 1) {
    const item = await look(pathTo({ drive, base }, segments.slice(0, length)), access);
    if (item === undefined) continue;
    const path = [...named, ...segments.slice(0, length)];
    if (!isShortcut(item) || shortcuts >= MOST_SHORTCUTS) throw missing([...named, ...segments], path);
    const target = await followed({ drive, item }, access);
    const id = textField(target.item, 'id') ?? '';
    return below({ drive: target.drive, base: `items/${encodeURIComponent(id)}` }, segments.slice(length), { access, named: path, shortcuts: shortcuts + 1 });
  }
  throw new WatchError('refused', 'There is no such drive, or this account cannot see it.', {
    code: 'itemNotFound', status: 404, hint: 'graph-watch drives lists the drives that you can watch.',
  });
}

function pathTo({ drive, base }: Base, segments: readonly string[]): string {
  const path = segments.length === 0 ? '' : `:/${segments.map(encodeURIComponent).join('/')}`;
  return `${drive}/${base}${path}?$select=${ITEM_FIELDS}`;
}

async function look(path: string, { get, signal }: ItemAccess): Promise<unknown> {
  const { status, body } = await get(path, signal, { accept: [404], headers: WITH_SHORTCUTS });
  return status < 300 ? body : undefined;
}

/** `isShortcut` says whether an item leads to one in another drive ("Add shortcut to My files"). */
export function isShortcut(item: unknown): boolean {
  return isRecord(field(item, 'remoteItem'));
}

/** `remoteOf` returns the drive and the item that a shortcut leads to, as far as Graph says. */
export function remoteOf(item: unknown): { driveId: string; id: string } | undefined {
  const remote = field(item, 'remoteItem');
  const driveId = textField(field(remote, 'parentReference'), 'driveId');
  const id = textField(remote, 'id');
  return driveId === undefined || id === undefined ? undefined : { driveId, id };
}

/** `followed` finds what a shortcut leads to; any other item is returned as it is. Rejects with a `refused` error where it leads nowhere. */
export async function followed(located: LocatedItem, { get, signal }: ItemAccess): Promise<LocatedItem> {
  if (!isShortcut(located.item)) return located;
  const name = textField(located.item, 'name') ?? 'This';
  const remote = remoteOf(located.item);
  if (remote === undefined) throw new WatchError('refused', `"${name}" is a shortcut, and Graph does not say where it leads.`, { code: 'shortcut', hint: 'Open it in a browser and use the address that is shown.' });
  const drive = `/drives/${encodeURIComponent(remote.driveId)}`;
  try {
    return { drive, item: (await get(`${drive}/items/${encodeURIComponent(remote.id)}?$select=${ITEM_FIELDS}`, signal)).body };
  } catch (error) {
    if (!(error instanceof WatchError) || (error.status !== 403 && error.status !== 404)) throw error;
    const { category, code, status, requestId } = error;
    throw new WatchError(category, `"${name}" is a shortcut to an item that no longer exists, or that this account cannot read: ${error.message}`, {
      code, status, requestId, cause: error, hint: status === 403 ? 'Shared items need another scope: graph-watch login --scope Files.Read.All.' : undefined,
    });
  }
}

function missing(segments: readonly string[], deepest: readonly string[]): WatchError {
  const path = (parts: readonly string[]): string => `/${parts.join('/')}`;
  return new WatchError('refused', `There is no ${path(segments)} in the drive.`, {
    code: 'itemNotFound', status: 404,
    hint: deepest.length === 0 ? 'Check the path, starting from the drive\'s root. A new item may take a minute to appear.' : `The deepest folder that exists: ${path(deepest)}.`,
  });
}
