import { stableBytes } from '../../secrets.ts';

/**
 * Returns the id of a business drive or library: `b!` and the three GUIDs of its site collection, web
 * and list in base64url, each in the byte order of Windows. Clients decode these ids.
 */
export function libraryDriveId(siteId: string, webId: string, listId: string): string {
  return `b!${Buffer.concat([siteId, webId, listId].map(guidBytes)).toString('base64url')}`;
}

/** The first three groups of a GUID are little-endian. */
function guidBytes(guid: string): Buffer {
  const hex = guid.replaceAll('-', '');
  const bytes = Buffer.from(hex, 'hex');
  return Buffer.concat([bytes.subarray(0, 4).reverse(), bytes.subarray(4, 6).reverse(), bytes.subarray(6, 8).reverse(), bytes.subarray(8)]);
}

/** A personal account's number, 16 hex digits, which is also its drive's id. */
export function accountId(userName: string): string {
  return stableBytes(`account ${userName}`).subarray(0, 8).toString('hex');
}

export function personalObjectId(userName: string): string {
  const account = accountId(userName);
  return `00000000-0000-0000-${account.slice(0, 4)}-${account.slice(4)}`;
}
