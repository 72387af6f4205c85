import { canonicalId } from '../../drive-ids.ts';
import { usageError, WatchError } from '../../errors.ts';
import { parentPath } from '../../item-path.ts';
import { field, isRecord, textField } from '../../lib/json.ts';
import type { GraphGet } from '../http.ts';
import type { Address, Place } from './address.ts';
import { findByPath } from './find-by-path.ts';
import { libraries, pathOfSite, siteAt } from './sites.ts';

export interface FindOptions {
  get: GraphGet;
  signal: AbortSignal;
  /** Opens a sharing link as a browser would, which adds it to what is shared with the user. */
  redeem: boolean;
}

const ITEM_FIELDS = 'id,name,folder,root,package,parentReference,remoteItem';

/**
 * `findPlace` asks Graph where an address leads. Rejects with a `WatchError` that names what was not found, or
 * what cannot be read, and what to do about it; nobody's access is changed unless `redeem` is set.
 */
export async function findPlace(address: Address, options: FindOptions): Promise<Place> {
  const { get, signal, redeem } = options;
  switch (address.kind) {
    case 'path':
      return findByPath(address, get, signal);
    case 'sharing':
      return ofItem(await shared(address.url, get, signal, redeem), 'The link');
    case 'personal':
      return { driveId: address.driveId, driveName: undefined, path: address.path, folder: true };
    case 'personal-item':
      return ofItem((await get(`/drives/${address.driveId}/items/${encodeURIComponent(address.itemId)}?$select=${ITEM_FIELDS}`, signal)).body, 'The address');
    case 'document':
      return findDocument(address, get, signal);
    case 'library': {
      const { body } = await get(`/sites/${address.host},${address.siteId},${address.webId}/lists/${address.listId}/drive?$select=id,name`, signal);
      return { driveId: required(body, 'id', 'The library'), driveName: textField(body, 'name'), path: '', folder: true };
    }
    case 'channel': {
      const { body } = await get(`/teams/${address.teamId}/channels/${encodeURIComponent(address.channelId)}/filesFolder`, signal);
      const driveId = required(field(body, 'parentReference'), 'driveId', 'The channel');
      // It has no parent of its own in this answer: the item says where it is.
      return ofItem((await get(`/drives/${encodeURIComponent(driveId)}/items/${encodeURIComponent(required(body, 'id', 'The channel'))}?$select=${ITEM_FIELDS}`, signal)).body, 'The channel');
    }
  }
}

/** `sharingToken` encodes a link for `/shares`: `u!` and unpadded base64url. Source: api-reference/v1.0/api/shares-get.md. */
export function sharingToken(url: string): string {
  return `u!${Buffer.from(url).toString('base64url')}`;
}

async function shared(url: string, get: GraphGet, signal: AbortSignal, redeem: boolean): Promise<unknown> {
  try {
    const { body } = await get(`/shares/${sharingToken(url)}/driveItem?$select=${ITEM_FIELDS}`, signal, redeem ? { headers: { prefer: 'redeemSharingLink' } } : {});
    return body;
  } catch (error) {
    if (redeem || !(error instanceof WatchError) || (error.status !== 403 && error.status !== 404)) throw error;
    const { category, message, code, status, requestId } = error;
    throw new WatchError(category, message, {
      code, status, requestId, cause: error,
      hint: `Open the link in a browser once, or add --redeem, which does the same: from then on the item is shared with you.${status === 403 && error.hint !== undefined ? ` ${error.hint}` : ''}`,
    });
  }
}

/** A document's id says nothing of its library: each library of the site is asked for it. */
async function findDocument({ host, segments, id }: Extract<Address, { kind: 'document' }>, get: GraphGet, signal: AbortSignal): Promise<Place> {
  for (const drive of await libraries(pathOfSite(await siteAt(host, segments, get, signal)), get, signal)) {
    const { status, body } = await get(`/drives/${encodeURIComponent(drive.id)}/list/items/${id}/driveItem?$select=${ITEM_FIELDS}`, signal, { accept: [400, 404] });
    if (status < 300) return { ...ofItem(body, 'The document'), driveName: drive.name };
  }
  throw new WatchError('refused', `No library of ${host}/${segments.join('/')} contains the document ${id}.`, {
    code: 'itemNotFound', hint: 'It may have been moved or deleted: open it, and copy the address of its folder.',
  });
}

/** Where an item is: its drive, and its path from `parentReference.path` (`/drives/{id}/root:/a%20b`). */
function ofItem(body: unknown, what: string): Place {
  const remote = field(body, 'remoteItem');
  const item = isRecord(remote) ? remote : body;
  const parent = field(item, 'parentReference');
  const driveId = required(parent, 'driveId', what);
  const isRoot = isRecord(field(item, 'root'));
  const above = textField(parent, 'path');
  const name = textField(item, 'name');
  const folder = isRecord(field(item, 'folder')) || isRecord(field(item, 'package'));
  if (isRoot) return { driveId: canonicalId(driveId), driveName: undefined, path: '', folder: true };
  const below = above === undefined ? undefined : parentPath(above, textField(parent, 'name'));
  if (below === undefined || name === undefined) {
    throw new WatchError('refused', `${what} leads to an item in drive ${driveId}, but Graph did not return its path.`, {
      code: 'pathUnknown', hint: `Watch the whole drive: graph-watch watch drive '${driveId}'.`,
    });
  }
  return { driveId: canonicalId(driveId), driveName: undefined, path: `${below}/${name}`, folder };
}

function required(body: unknown, name: string, what: string): string {
  const value = textField(body, name);
  if (value !== undefined) return value;
  throw usageError(`${what} does not lead to a drive.`, 'Only OneDrive and SharePoint libraries can be watched.');
}
