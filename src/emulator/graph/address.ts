/** A site as it is written in a URL: an id, or a host and a server-relative path. */
export type SiteReference = { id: string } | { host: string; path: string };

/** The drive that a URL addresses. */
export type DriveReference =
  | { of: 'me' }
  | { of: 'drive'; id: string }
  | { of: 'user'; id: string }
  | { of: 'group'; id: string }
  | { of: 'site'; site: SiteReference }
  | { of: 'list'; site: SiteReference; list: string };

export type ItemReference = { by: 'root' } | { by: 'id'; id: string } | { by: 'path'; from: string | undefined; names: readonly string[] };

/** What a Graph URL addresses. */
export type Address =
  | { what: 'me' }
  | { what: 'site'; site: SiteReference }
  | { what: 'lists'; site: SiteReference }
  | { what: 'list'; site: SiteReference; list: string }
  | { what: 'listEndpoint'; site: SiteReference; list: string }
  | { what: 'drive'; drive: DriveReference }
  | { what: 'driveList'; drive: DriveReference }
  | { what: 'endpoint'; drive: DriveReference }
  | { what: 'item'; drive: DriveReference; item: ItemReference }
  | { what: 'children'; drive: DriveReference; item: ItemReference }
  | { what: 'delta'; drive: DriveReference; item: ItemReference; token: string | undefined };

/**
 * Parses the path of a request, after the version (`/me/drive/root`); undefined if it names nothing
 * known. Segments stay encoded meanwhile: only a literal colon ends a path, so that an id with odd
 * characters is never taken for more than an id.
 */
export function parseAddress(path: string): Address | undefined {
  const parts = splitPath(path);
  if (parts === undefined) return undefined;
  const [first = '', second, ...rest] = parts;
  switch (first.toLowerCase()) {
    case 'me':
      if (second === undefined) return { what: 'me' };
      return isWord(second, 'drive') ? parseDrive({ of: 'me' }, rest) : undefined;
    case 'drives':
      return second === undefined ? undefined : parseDrive({ of: 'drive', id: decodeURIComponent(second) }, rest);
    case 'users':
      return second === undefined || !isWord(rest[0], 'drive') ? undefined : parseDrive({ of: 'user', id: decodeURIComponent(second) }, rest.slice(1));
    case 'groups':
      return second === undefined || !isWord(rest[0], 'drive') ? undefined : parseDrive({ of: 'group', id: decodeURIComponent(second) }, rest.slice(1));
    case 'sites':
      return second === undefined ? undefined : parseSite(second, rest);
    default:
      return undefined;
  }
}

/** Splits a path into segments, still encoded; undefined if the encoding is invalid or a segment is empty. */
function splitPath(path: string): string[] | undefined {
  const parts = path.replace(/^\//, '').split('/');
  try {
    parts.forEach(decodeURIComponent);
  } catch {
    return undefined;
  }
  return parts.includes('') ? undefined : parts;
}

function isWord(segment: string | undefined, word: string): boolean {
  return segment?.toLowerCase() === word.toLowerCase();
}

/** A path that ends at a segment with a colon, or with the last one; and the segments after it. */
function takePath(segments: readonly string[]): { names: string[]; rest: readonly string[] } {
  const end = segments.findIndex((segment) => segment.endsWith(':'));
  const written = end < 0 ? segments : segments.slice(0, end + 1);
  const names = written.map((segment, index) => decodeURIComponent(index === end ? segment.slice(0, -1) : segment));
  return { names, rest: segments.slice(written.length) };
}

/** `{id}`, or `{host}:` and the site's path up to a colon or the end. */
function parseSite(first: string, segments: readonly string[]): Address | undefined {
  if (!first.endsWith(':')) return parseUnderSite({ id: decodeURIComponent(first) }, segments);
  const { names, rest } = takePath(segments);
  return parseUnderSite({ host: decodeURIComponent(first.slice(0, -1)), path: `/${names.join('/')}` }, rest);
}

function parseUnderSite(site: SiteReference, rest: readonly string[]): Address | undefined {
  const [first, listSegment, ...below] = rest;
  if (first === undefined) return { what: 'site', site };
  if (isWord(first, 'drive')) return parseDrive({ of: 'site', site }, rest.slice(1));
  if (!isWord(first, 'lists')) return undefined;
  if (listSegment === undefined) return { what: 'lists', site };
  const list = decodeURIComponent(listSegment);
  if (below.length === 0) return { what: 'list', site, list };
  if (isWord(below[0], 'drive')) return parseDrive({ of: 'list', site, list }, below.slice(1));
  return isEndpoint(below) ? { what: 'listEndpoint', site, list } : undefined;
}

function isEndpoint(segments: readonly string[]): boolean {
  return segments.length === 2 && isWord(segments[0], 'subscriptions') && isWord(segments[1], 'socketIo');
}

function parseDrive(drive: DriveReference, rest: readonly string[]): Address | undefined {
  const [first, ...below] = rest;
  if (first === undefined) return { what: 'drive', drive };
  if (isWord(first, 'list')) {
    if (below.length === 0) return { what: 'driveList', drive };
    return isEndpoint(below) ? { what: 'endpoint', drive } : undefined;
  }
  if (isWord(first, 'items')) {
    const [id, ...belowItem] = below;
    if (id === undefined) return undefined;
    if (id.endsWith(':')) return parseByPath(drive, decodeURIComponent(id.slice(0, -1)), belowItem);
    return parseUnderItem(drive, { by: 'id', id: decodeURIComponent(id) }, belowItem);
  }
  if (isWord(first, 'root:')) return parseByPath(drive, undefined, below);
  if (!isWord(first, 'root')) return undefined;
  return isEndpoint(below) ? { what: 'endpoint', drive } : parseUnderItem(drive, { by: 'root' }, below);
}

/** `root:/a/b`, and `root:/a/b:/children`. */
function parseByPath(drive: DriveReference, from: string | undefined, segments: readonly string[]): Address | undefined {
  const { names, rest } = takePath(segments);
  return parseUnderItem(drive, { by: 'path', from, names }, rest);
}

function parseUnderItem(drive: DriveReference, item: ItemReference, rest: readonly string[]): Address | undefined {
  const [word, ...more] = rest;
  if (word === undefined) return { what: 'item', drive, item };
  if (more.length > 0) return undefined;
  if (isWord(word, 'children')) return { what: 'children', drive, item };
  if (isWord(word, 'delta') || isWord(word, 'delta()')) return { what: 'delta', drive, item, token: undefined };
  const token = /^delta\(token='(.*)'\)$/i.exec(decodeURIComponent(word))?.[1];
  return token === undefined ? undefined : { what: 'delta', drive, item, token };
}
