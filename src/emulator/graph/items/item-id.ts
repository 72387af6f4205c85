import type { Drive } from '../directory/directory.ts';

/**
 * Returns an item's id as the drive's clients see it. All drives share the folder's items; on a
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
