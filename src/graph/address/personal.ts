import { personalDriveId } from '../../drive-ids.ts';
import type { Address } from './address.ts';
import { base64Text, plainSegments, queryOf, refused } from './url-parts.ts';

/** `parsePersonal` reads an address of `onedrive.live.com`, old or new. */
export function parsePersonal(url: URL, again: (inner: string) => Address): Address {
  const query = queryOf(url);
  const redeem = query.get('redeem');
  const link = redeem === undefined ? undefined : base64Text(redeem);
  if (link?.startsWith('https://') === true) return again(link);
  const id = query.get('id') ?? query.get('resid');
  const [, cid, rest] = /^\/personal\/([0-9a-f]{1,16})(?:\/(.*))?$/i.exec(id ?? '') ?? [];
  // The first folder is the library, whose name is localised: `Documents`, `Dokumente`.
  if (cid !== undefined) return { kind: 'personal', cloud: 'global', driveId: personalDriveId(cid), path: pathOf(plainSegments(rest ?? '').slice(1)) };
  const [, owner, item] = /^([0-9a-f]{1,16})!([0-9a-z]+)$/i.exec(id ?? '') ?? [];
  if (owner !== undefined && item !== undefined) {
    // A shared item can be shown in another person's list: `cid` is then that person, the id's own prefix the owner.
    if (/^(?:root|10[0-9])$/i.test(item)) return { kind: 'personal', cloud: 'global', driveId: personalDriveId(owner), path: '' };
    return { kind: 'personal-item', cloud: 'global', driveId: personalDriveId(owner), itemId: `${owner.toUpperCase()}!${item}` };
  }
  const [, drive] = /^([0-9a-f]{1,16})$/i.exec(query.get('cid') ?? '') ?? [];
  if ((id === undefined || id.toLowerCase() === 'root') && drive !== undefined) return { kind: 'personal', cloud: 'global', driveId: personalDriveId(drive), path: '' };
  throw refused(url.href, 'it does not say which drive it belongs to', 'Open the folder and copy the address that the browser then shows; your own drive is graph-watch watch me.');
}

function pathOf(segments: readonly string[]): string {
  return segments.map((segment) => `/${segment}`).join('');
}
