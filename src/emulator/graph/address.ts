/** A site as it is written in a URL: an id, or a host and a server-relative path. */
export type SiteReference = { id: string } | { host: string; path: string };

/** Whose drive a URL speaks of. */
export type DriveReference =
  | { of: 'me' }
  | { of: 'drive'; id: string }
  | { of: 'user'; id: string }
  | { of: 'group'; id: string }
  | { of: 'site'; site: SiteReference }
  | { of: 'list'; site: SiteReference; list: string };

export type ItemReference = { by: 'root' } | { by: 'id'; id: string } | { by: 'path'; from: string | undefined; names: readonly string[] };

/** What a Graph URL asks for. */
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

/** Reads the path of a request, after the version (`/me/drive/root`); undefined where it names nothing known. */
export function parseAddress(path: string): Address | undefined {
  const parts = splitPath(path);
  if (parts === undefined) return undefined;
  const [first, second, ...rest] = parts;
  switch ((first ?? '').toLowerCase()) {
    case 'me':
      if (second === undefined) return { what: 'me' };
      return isWord(second, 'drive') ? parseDrive({ of: 'me' }, rest) : undefined;
    case 'drives':
      return second === undefined ? undefined : parseDrive({ of: 'drive', id: second }, rest);
    case 'users':
      return second === undefined || !isWord(rest[0], 'drive') ? undefined : parseDrive({ of: 'user', id: second }, rest.slice(1));
    case 'groups':
      return second === undefined || !isWord(rest[0], 'drive') ? undefined : parseDrive({ of: 'group', id: second }, rest.slice(1));
    case 'sites':
      return second === undefined ? undefined : parseSite(second, rest);
    default:
      return undefined;
  }
}

/** The decoded segments; undefined where the encoding is broken or a segment is empty. */
function splitPath(path: string): string[] | undefined {
  try {
    const parts = path.replace(/^\//, '').split('/').map(decodeURIComponent);
    return parts.includes('') ? undefined : parts;
  } catch {
    return undefined;
  }
}

function isWord(segment: string | undefined, word: string): boolean {
  return segment?.toLowerCase() === word.toLowerCase();
}

/** `{id}`, or `{host}:` and the site's path up to `:` or the end. */
function parseSite(first: string, rest: readonly string[]): Address | undefined {
  if (!first.endsWith(':')) return parseUnderSite({ id: first }, rest);
  const end = rest.findIndex((segment) => segment.endsWith(':'));
  const names = end < 0 ? rest : rest.slice(0, end + 1);
  const path = `/${names.join('/').replace(/:$/, '')}`;
  return parseUnderSite({ host: first.slice(0, -1), path }, end < 0 ? [] : rest.slice(end + 1));
}

function parseUnderSite(site: SiteReference, rest: readonly string[]): Address | undefined {
  const [first, list, ...below] = rest;
  if (first === undefined) return { what: 'site', site };
  if (isWord(first, 'drive')) return parseDrive({ of: 'site', site }, rest.slice(1));
  if (!isWord(first, 'lists')) return undefined;
  if (list === undefined) return { what: 'lists', site };
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
    if (id.endsWith(':')) return parseByPath(drive, id.slice(0, -1), belowItem);
    return parseUnderItem(drive, { by: 'id', id }, belowItem);
  }
  if (isWord(first, 'root:')) return parseByPath(drive, undefined, below);
  if (!isWord(first, 'root')) return undefined;
  return isEndpoint(below) ? { what: 'endpoint', drive } : parseUnderItem(drive, { by: 'root' }, below);
}

/** `root:/a/b`, and `root:/a/b:/children`: the path ends at a segment that ends in a colon. */
function parseByPath(drive: DriveReference, from: string | undefined, rest: readonly string[]): Address | undefined {
  const end = rest.findIndex((segment) => segment.endsWith(':'));
  if (end < 0) return parseUnderItem(drive, { by: 'path', from, names: rest }, []);
  const names = rest.slice(0, end + 1).map((name, index) => (index === end ? name.slice(0, -1) : name));
  return parseUnderItem(drive, { by: 'path', from, names }, rest.slice(end + 1));
}

function parseUnderItem(drive: DriveReference, item: ItemReference, rest: readonly string[]): Address | undefined {
  const [word, ...more] = rest;
  if (word === undefined) return { what: 'item', drive, item };
  if (more.length > 0) return undefined;
  if (isWord(word, 'children')) return { what: 'children', drive, item };
  if (isWord(word, 'delta') || isWord(word, 'delta()')) return { what: 'delta', drive, item, token: undefined };
  const token = /^delta\(token='(.*)'\)$/i.exec(word)?.[1];
  return token === undefined ? undefined : { what: 'delta', drive, item, token };
}
