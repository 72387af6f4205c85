import type { Drive } from '../directory/directory.ts';

/**
 * Returns an item's id as the drive's clients see it. Drives share the folder's items; on a
 * personal drive an item's id begins with the drive's own: `{CID}!s{32 hex}`.
 */
export function shownId(drive: Drive, id: string): string {
  return drive.driveType === 'personal' ? `${drive.id.toUpperCase()}!${id}` : id;
}

/** Returns the id in the tree for an id that a client sent; undefined if it belongs to another drive. */
export function treeId(drive: Drive, shown: string): string | undefined {
  if (drive.driveType !== 'personal') return shown;
  const [cid = '', id] = shown.toLowerCase().split('!');
  // The real service drops leading zeros and changes the case of these ids.
  return cid.padStart(16, '0') === drive.id ? id : undefined;
}

/** Returns SharePoint's GUID of an item, in upper case: it is part of the item's tags, and addresses it in its list. */
export function uniqueId(id: string): string {
  const hex = Buffer.from(id).toString('hex').toUpperCase().slice(4).padEnd(32, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** The ids of an item or, without one, of a drive in SharePoint's own terms; personal drives show none. */
export function sharepointIds(drive: Drive, tenantId: string, id?: string): Record<string, unknown> | undefined {
  if (drive.driveType === 'personal') return undefined;
  const { listId, siteId, webId, webUrl, siteUrl } = drive;
  const item = id === undefined ? {} : { listItemUniqueId: uniqueId(id).toLowerCase() };
  return { listId, ...item, siteId, siteUrl: `${new URL(webUrl).origin}${siteUrl}`, tenantId, webId };
}
