import { WatchError } from '../../errors.ts';
import { textField } from '../../lib/json.ts';
import type { GraphGet } from '../http.ts';
import { entriesOf } from '../finding/entries.ts';
import { segmentsOf } from './url-parts.ts';

export interface Library {
  id: string;
  name: string;
  /** Of its URL, decoded: `sites`, `team`, `Shared Documents`. */
  segments: readonly string[];
}

/** `siteAt` returns the id of the site at this path (none: the host's root site). */
export async function siteAt(host: string, segments: readonly string[], get: GraphGet, signal: AbortSignal): Promise<string> {
  const found = await siteIfAny(host, segments, get, signal);
  if (found !== undefined) return found;
  throw new WatchError('refused', `There is no site ${host}/${segments.join('/')}, or this account cannot see it.`, {
    code: 'itemNotFound', status: 404, hint: 'Check the address in a browser, and who is signed in: graph-watch status.',
  });
}

/** The deepest that sites are nested: each level costs a request. */
export const DEEPEST_SITE = 6;

/** `surelySite` returns how many segments of a path are surely a site: only `/sites/x`, `/teams/x` and `/personal/x` are. What follows is a sub-site or a library. */
export function surelySite(segments: readonly string[]): number {
  return /^(?:sites|teams|personal)$/i.test(segments[0] ?? '') && segments.length > 1 ? 2 : 0;
}

/** `innermostSite` returns the segments of the innermost site on a path. Rejects if not even the first is one. */
export async function innermostSite(host: string, segments: readonly string[], get: GraphGet, signal: AbortSignal): Promise<readonly string[]> {
  let depth = surelySite(segments);
  await siteAt(host, segments.slice(0, depth), get, signal);
  const deepest = Math.min(depth + DEEPEST_SITE, segments.length);
  while (depth < deepest && await siteIfAny(host, segments.slice(0, depth + 1), get, signal) !== undefined) depth += 1;
  return segments.slice(0, depth);
}

/** `siteIfAny` is `siteAt`, with `undefined` where there is none. */
export async function siteIfAny(host: string, segments: readonly string[], get: GraphGet, signal: AbortSignal): Promise<string | undefined> {
  const path = segments.length === 0 ? '' : `:/${segments.map(encodeURIComponent).join('/')}`;
  const { status, body } = await get(`/sites/${host}${path}?$select=id`, signal, { accept: [404] });
  return status < 300 ? textField(body, 'id') : undefined;
}

/** `pathOfSite` returns the path of a site below the Graph version. */
export function pathOfSite(id: string): string {
  return `/sites/${encodeURIComponent(id).replaceAll('%2C', ',')}`;
}

/** `libraries` lists the document libraries of the site at this path below the Graph version. */
export async function libraries(path: string, get: GraphGet, signal: AbortSignal): Promise<Library[]> {
  const found: Library[] = [];
  for await (const drive of entriesOf(get, `${path}/drives?$select=id,name,webUrl`, signal)) {
    const id = textField(drive, 'id');
    const segments = segmentsIn(drive);
    if (id !== undefined && segments !== undefined) found.push({ id, name: textField(drive, 'name') ?? id, segments });
  }
  return found;
}

function segmentsIn(entry: unknown): string[] | undefined {
  const webUrl = textField(entry, 'webUrl');
  return webUrl !== undefined && URL.canParse(webUrl) ? segmentsOf(new URL(webUrl).pathname) : undefined;
}
