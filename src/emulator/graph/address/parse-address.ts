import type { Address, DriveReference, SiteReference } from './address.ts';
import { parseUnderDrive } from './parse-drive.ts';
import { isWord, splitPath, takeKey, takeNames } from './segments.ts';
import type { Segments } from './segments.ts';

/** Parses the path of a request, after the version (`/me/drive/root`); undefined if it addresses nothing known. */
export function parseAddress(path: string): Address | undefined {
  const segments = splitPath(path);
  if (segments === undefined) return undefined;
  const [first, second, ...rest] = segments;
  if (isWord(first, 'me')) {
    if (second === undefined) return { what: 'me' };
    return isWord(second, 'drive') ? parseUnderDrive({ of: 'me' }, rest) : undefined;
  }
  return parseDrives(segments) ?? parseOwned(segments, 'users', 'user') ?? parseOwned(segments, 'groups', 'group') ?? parseSites(segments);
}

function parseDrives(segments: Segments): Address | undefined {
  const found = takeKey(segments, 'drives');
  return found?.key === undefined ? undefined : parseUnderDrive({ of: 'drive', id: decodeURIComponent(found.key) }, found.rest);
}

/** `/users/{id}/drive`, `/groups/{id}/drive`. */
function parseOwned(segments: Segments, collection: string, of: 'user' | 'group'): Address | undefined {
  const found = takeKey(segments, collection);
  if (found?.key === undefined || !isWord(found.rest[0], 'drive')) return undefined;
  return parseUnderDrive({ of, id: decodeURIComponent(found.key) }, found.rest.slice(1));
}

/** `/sites/{id}`, or `/sites/{host}:` and the site's path up to a colon or the end. */
function parseSites(segments: Segments): Address | undefined {
  const found = takeKey(segments, 'sites');
  if (found?.key === undefined) return undefined;
  const { key, rest } = found;
  if (!key.endsWith(':')) return parseUnderSite({ id: decodeURIComponent(key) }, rest);
  const path = takeNames(rest);
  if (path === undefined) return undefined;
  return parseUnderSite({ host: decodeURIComponent(key.slice(0, -1)), path: `/${path.names.join('/')}` }, path.rest);
}

function parseUnderSite(site: SiteReference, rest: Segments): Address | undefined {
  if (rest.length === 0) return { what: 'site', site };
  if (isWord(rest[0], 'drive')) return parseUnderDrive({ of: 'site', site }, rest.slice(1));
  const found = takeKey(rest, 'lists');
  if (found === undefined) return undefined;
  if (found.key === undefined) return { what: 'lists', site };
  return parseUnderList({ of: 'list', site, list: decodeURIComponent(found.key) }, found.rest);
}

function parseUnderList(drive: Extract<DriveReference, { of: 'list' }>, rest: Segments): Address | undefined {
  const { site, list } = drive;
  if (rest.length === 0) return { what: 'list', site, list };
  if (isWord(rest[0], 'drive')) return parseUnderDrive(drive, rest.slice(1));
  return isWord(rest.join('/'), 'subscriptions/socketIo') ? { what: 'listEndpoint', site, list } : undefined;
}
