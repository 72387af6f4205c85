import type { Address, DriveReference, SiteReference } from './address.ts';
import { parseListItem, parseUnderDrive } from './parse-drive.ts';
import { functionCall, isWord, splitPath, takeKey, takeNames } from './segments.ts';
import type { Segments } from './segments.ts';

/** Parses the path of a request, after the version (`/me/drive/root`); undefined if it addresses nothing known. */
export function parseAddress(path: string): Address | undefined {
  const segments = splitPath(path);
  if (segments === undefined) return undefined;
  const [first = '', ...rest] = segments;
  switch (first.toLowerCase().replace(/\(.*$/s, '')) {
    case 'me':
      return rest.length === 0 ? { what: 'me' } : parseOwner({ of: 'me' }, undefined, rest);
    case 'users':
      return parseUsers(segments);
    case 'groups':
      return parseGroups(segments);
    case 'teams':
      return parseTeams(segments);
    case 'drives':
      return parseDrives(segments);
    case 'sites':
      return parseSites(segments);
    case 'shares': {
      const found = takeKey(segments, 'shares');
      return found?.key === undefined ? undefined : { what: 'share', token: decodeURIComponent(found.key), below: found.rest };
    }
    case 'search':
      return isWord(rest.join('/'), 'query') ? { what: 'searchQuery' } : undefined;
    case 'organization':
      return rest.length === 0 ? { what: 'organization' } : undefined;
    default:
      return undefined;
  }
}

/** `/drives/{id}` and what follows; with an owner in front of it, also the owner's drives. */
function parseDrives(segments: Segments, owner?: DriveReference): Address | undefined {
  const found = takeKey(segments, 'drives');
  if (found === undefined) return undefined;
  if (found.key !== undefined) return parseUnderDrive({ of: 'drive', id: decodeURIComponent(found.key) }, found.rest);
  return owner === undefined ? undefined : { what: 'drives', drive: owner };
}

function parseUsers(segments: Segments): Address | undefined {
  const found = takeKey(segments, 'users');
  if (found === undefined) return undefined;
  if (found.key === undefined) return { what: 'users' };
  const id = decodeURIComponent(found.key);
  return found.rest.length === 0 ? { what: 'user', id } : parseOwner({ of: 'user', id }, id, found.rest);
}

/** What follows a user: `/drive`, `/drives`, `/followedSites`, `/memberOf`, `/joinedTeams`. */
function parseOwner(drive: DriveReference, user: string | undefined, segments: Segments): Address | undefined {
  const [first = '', ...rest] = segments;
  if (isWord(first, 'drive')) return parseUnderDrive(drive, rest);
  if (takeKey(segments, 'drives') !== undefined) return parseDrives(segments, drive);
  const only = rest.length === 0 ? first.toLowerCase() : rest.join('/') === 'microsoft.graph.group' && isWord(first, 'memberOf') ? 'memberof' : '';
  switch (only) {
    case 'followedsites':
      return { what: 'followedSites', user };
    case 'memberof':
    case 'transitivememberof':
      return { what: 'memberOf', user };
    case 'joinedteams':
      return { what: 'joinedTeams', user };
    default:
      return undefined;
  }
}

function parseGroups(segments: Segments): Address | undefined {
  const found = takeKey(segments, 'groups');
  if (found === undefined) return undefined;
  if (found.key === undefined) return { what: 'groups' };
  const id = decodeURIComponent(found.key);
  const [first, ...rest] = found.rest;
  if (first === undefined) return { what: 'group', id };
  if (isWord(first, 'drive')) return parseUnderDrive({ of: 'group', id }, rest);
  if (takeKey(found.rest, 'drives') !== undefined) return parseDrives(found.rest, { of: 'group', id });
  return isWord(found.rest.join('/'), 'sites/root') ? { what: 'groupSite', id } : undefined;
}

function parseTeams(segments: Segments): Address | undefined {
  const found = takeKey(segments, 'teams');
  if (found?.key === undefined) return undefined;
  const team = decodeURIComponent(found.key);
  if (found.rest.length === 0) return { what: 'team', team };
  const channels = takeKey(found.rest, 'channels') ?? takeKey(found.rest, 'allChannels');
  if (channels === undefined) return undefined;
  if (channels.key === undefined) return { what: 'channels', team };
  const channel = decodeURIComponent(channels.key);
  if (channels.rest.length === 0) return { what: 'channel', team, channel };
  return isWord(channels.rest.join('/'), 'filesFolder') ? { what: 'filesFolder', team, channel } : undefined;
}

/** `/sites?search=`, `/sites/{id}`, or `/sites/{host}:` and the site's path up to a colon or the end. */
function parseSites(segments: Segments): Address | undefined {
  const found = takeKey(segments, 'sites');
  if (found === undefined) return undefined;
  const { key, rest } = found;
  if (key === undefined) return { what: 'sites' };
  if (rest.length === 0 && functionCall(key)?.name === 'getallsites') return { what: 'allSites' };
  if (!key.endsWith(':')) return parseUnderSite({ id: decodeURIComponent(key) }, rest);
  const path = takeNames(rest);
  if (path === undefined) return undefined;
  return parseUnderSite({ host: decodeURIComponent(key.slice(0, -1)), path: path.names.length === 0 ? '' : `/${path.names.join('/')}` }, path.rest);
}

function parseUnderSite(site: SiteReference, rest: Segments): Address | undefined {
  const [first, ...below] = rest;
  if (first === undefined) return { what: 'site', site };
  if (isWord(first, 'drive')) return parseUnderDrive({ of: 'site', site }, below);
  if (takeKey(rest, 'drives') !== undefined) return parseDrives(rest, { of: 'site', site });
  if (below.length === 0 && isWord(first, 'sites')) return { what: 'subsites', site };
  const found = takeKey(rest, 'lists');
  if (found === undefined) return undefined;
  if (found.key === undefined) return { what: 'lists', site };
  return parseUnderList({ of: 'list', site, list: decodeURIComponent(found.key) }, found.rest);
}

function parseUnderList(drive: Extract<DriveReference, { of: 'list' }>, rest: Segments): Address | undefined {
  const { site, list } = drive;
  if (rest.length === 0) return { what: 'list', site, list };
  if (isWord(rest[0], 'drive')) return parseUnderDrive(drive, rest.slice(1));
  return isWord(rest.join('/'), 'subscriptions/socketIo') ? { what: 'listEndpoint', site, list } : parseListItem(drive, rest);
}
