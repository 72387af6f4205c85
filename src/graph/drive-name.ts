import { field, textField } from '../lib/json.ts';
import { percentDecoded } from '../lib/percent-encoding.ts';
import { identityOf } from '../identity.ts';
import type { GraphGet } from './http.ts';
import { drivePath, type Target } from './targets.ts';

/**
 * `driveName` asks Graph what people call a drive, with one request: `Ada Lovelace's OneDrive`, `Documents on Marketing`, or a
 * group's name. `undefined` if the answer does not say. Rejects with what `get` rejects with.
 */
export async function driveName(get: GraphGet, target: Target, signal: AbortSignal): Promise<string | undefined> {
  const { body } = await get(`${drivePath(target)}?$select=name,driveType,owner,webUrl`, signal);
  return nameIn(body, target.kind);
}

function nameIn(drive: unknown, kind: Target['kind']): string | undefined {
  const name = textField(drive, 'name');
  const owner = field(drive, 'owner');
  if (field(drive, 'driveType') !== 'documentLibrary') {
    const user = identityOf(owner, 'user')?.displayName;
    return user === undefined ? name : `${user}'s OneDrive`;
  }
  // SharePoint names the group of a group's site by those who own it.
  const group = textField(field(owner, 'group'), 'displayName')?.replace(/ Owners$/, '');
  if (kind === 'group' && group !== undefined) return group;
  const site = siteOf(textField(drive, 'webUrl')) ?? group;
  return name === undefined || site === undefined ? name : `${name} on ${site}`;
}

/** The site in a library's address: `Marketing` in `https://contoso.sharepoint.com/sites/Marketing/Shared%20Documents`; of the root site, its host. */
function siteOf(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const { pathname, host } = new URL(address);
  const segments = pathname.split('/').filter((segment) => segment !== '');
  // The last is the library's; what is in front of it is the site, and above that further sites.
  const site = segments.at(-2);
  return site === undefined ? host : percentDecoded(site);
}
