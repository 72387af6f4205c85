import { usageError } from '../errors.ts';

/** Target is what is watched, as given on the command line. */
export type Target =
  | { kind: 'me' }
  | { kind: 'drive'; driveId: string }
  /** The same drive through its list: `/drives/{id}/list`. */
  | { kind: 'drive-list'; driveId: string }
  | { kind: 'group'; groupId: string }
  /** A user's OneDrive, by id or sign-in name. */
  | { kind: 'user'; user: string }
  | { kind: 'list'; site: string; list: string };

/** `targetName` returns the `target` of every NDJSON line: `me`, `drive:<id>`, `drive-list:<id>`, `group:<id>`, `user:<user>`, `list:<site>/<list>`. */
export function targetName(target: Target): string {
  switch (target.kind) {
    case 'me':
      return 'me';
    case 'drive':
    case 'drive-list':
      return `${target.kind}:${target.driveId}`;
    case 'group':
      return `group:${target.groupId}`;
    case 'user':
      return `user:${target.user}`;
    case 'list':
      return `list:${target.site}/${target.list}`;
  }
}

/** `drivePath` returns the drive's path below the Graph version. Throws a usage error for an id that cannot be one. */
export function drivePath(target: Target): string {
  switch (target.kind) {
    case 'me':
      return '/me/drive';
    case 'drive':
    case 'drive-list':
      return `/drives/${segment(target.driveId, 'drive id')}`;
    case 'group':
      return `/groups/${segment(target.groupId, 'group id')}/drive`;
    case 'user':
      return `/users/${segment(target.user, 'user')}/drive`;
    case 'list':
      return `${sitePath(target.site)}/lists/${segment(target.list, 'list')}/drive`;
  }
}

/**
 * `endpointPath` returns the path of "Get websocket endpoint" below the Graph version.
 * Source: Microsoft Graph, api-reference/v1.0/api/subscriptions-socketio.md.
 */
export function endpointPath(target: Target): string {
  const node = target.kind === 'drive-list' ? 'list' : 'root';
  return `${drivePath(target)}/${node}/subscriptions/socketIo`;
}

/** `sitePath` returns a site's path below the Graph version, from its id, `host:/path` or URL. Throws a usage error for what cannot be a site. */
export function sitePath(site: string): string {
  return `/sites/${siteSegment(site)}`;
}

/** One path segment. `.` and `..` survive percent-encoding and would climb out of the path. */
function segment(id: string, what: string): string {
  if (id.trim() === '') throw usageError(`The ${what} is empty.`);
  if (id === '.' || id === '..') throw usageError(`"${id}" is not a valid ${what}.`);
  // A lone surrogate cannot be encoded; encodeURIComponent would throw a URIError.
  if (!id.isWellFormed()) throw usageError(`The ${what} is not valid text.`);
  // "!" (in every business drive id: b!…) and "," (in every site id) need no encoding in a path, and
  // encodeURIComponent leaves "!" alone; a plain comma keeps ids readable in logs and in errors.
  return encodeURIComponent(id).replaceAll('%2C', ',');
}

/**
 * A site as Graph addresses it: its id (`contoso.sharepoint.com,<guid>,<guid>`, or a host name for a
 * root site), `host:/sites/path`, or the URL that a browser shows.
 */
function siteSegment(site: string): string {
  const text = site.trim();
  if (/^https?:\/\//i.test(text)) return siteFromUrl(text);
  const colon = text.indexOf(':');
  if (colon < 0) return segment(text, 'site');
  return byPath(text.slice(0, colon), text.slice(colon + 1));
}

function siteFromUrl(text: string): string {
  if (!URL.canParse(text)) throw usageError(`"${text}" is not the URL of a site.`);
  const { host, pathname } = new URL(text);
  const parts = pathname.split('/').filter((part) => part !== '');
  // What "Copy link" gives (`/:f:/s/Team/Eabc…`): its address says nothing that Graph could look up.
  if (/^:\w+:$/.test(parts[0] ?? '')) {
    throw usageError(`"${text}" is a sharing link, not the URL of a site.`, 'Open it and use the address that the browser then shows.');
  }
  // People copy the address of a page or a library: the site is /sites/<name> or /teams/<name>.
  const isSite = /^(?:sites|teams|personal)$/i.test(parts[0] ?? '') && parts[1] !== undefined;
  if (!isSite) return segment(host, 'site');
  return byPath(host, `/${parts.slice(0, 2).map((part) => decode(part)).join('/')}`);
}

/** `host:/path:`: the closing colon lets `/lists/…` follow. */
function byPath(host: string, path: string): string {
  // A trailing colon, as in Graph's own addresses, is not part of the path.
  const parts = path.replace(/:$/, '').split('/').filter((part) => part !== '');
  if (!path.startsWith('/')) throw usageError(`"${host}:${path}" is not a valid site.`, 'Write it like contoso.sharepoint.com:/sites/team.');
  if (parts.length === 0) return segment(host, 'site');
  return `${segment(host, 'site')}:/${parts.map((part) => segment(part, 'site path')).join('/')}:`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw usageError(`"${part}" in the site's URL is not percent-encoded correctly.`);
  }
}
