import { WatchError } from '../../errors.ts';
import { field, textField } from '../../lib/json.ts';
import type { GraphGet } from '../http.ts';
import { segmentsOf } from './url-parts.ts';

export interface Library {
  id: string;
  name: string;
  /** Of its URL, decoded: `sites`, `team`, `Shared Documents`. */
  segments: readonly string[];
}

/** A site has tens of libraries at most; more pages than that are a fault of the service. */
const MOST_PAGES = 50;

/** `siteAt` returns the id of the site at this path (none: the host's root site). Rejects with a hint where Graph refuses. */
export async function siteAt(host: string, segments: readonly string[], get: GraphGet, signal: AbortSignal): Promise<string> {
  const found = await siteIfAny(host, segments, get, signal);
  if (found !== undefined) return found;
  throw new WatchError('refused', `There is no site ${host}/${segments.join('/')}, or this account may not see it.`, {
    code: 'itemNotFound', status: 404, hint: 'Check the address in a browser, and who is signed in: graph-watch status.',
  });
}

/** `siteIfAny` is `siteAt`, with `undefined` where there is none. */
export async function siteIfAny(host: string, segments: readonly string[], get: GraphGet, signal: AbortSignal): Promise<string | undefined> {
  const path = segments.length === 0 ? '' : `:/${segments.map(encodeURIComponent).join('/')}`;
  try {
    const { status, body } = await get(`/sites/${host}${path}?$select=id`, signal, { accept: [404] });
    return status < 300 ? textField(body, 'id') : undefined;
  } catch (error) {
    if (!(error instanceof WatchError) || error.status !== 403) throw error;
    const { category, message, code, status, requestId } = error;
    throw new WatchError(category, message, {
      code, status, requestId, cause: error, hint: 'To look up sites, sign in with more scopes: graph-watch login --scope Files.Read.All Sites.Read.All.',
    });
  }
}

/** `libraries` lists the document libraries of a site. */
export async function libraries(site: string, get: GraphGet, signal: AbortSignal): Promise<Library[]> {
  const found: Library[] = [];
  const seen = new Set<string>();
  let next: string | undefined = `/sites/${encodeURIComponent(site).replaceAll('%2C', ',')}/drives?$select=id,name,webUrl`;
  for (let page = 0; next !== undefined && page < MOST_PAGES && !seen.has(next); page += 1) {
    seen.add(next);
    const { body } = await get(next, signal);
    const value = field(body, 'value');
    for (const drive of Array.isArray(value) ? (value as unknown[]) : []) {
      const id = textField(drive, 'id');
      const webUrl = textField(drive, 'webUrl');
      if (id === undefined || webUrl === undefined || !URL.canParse(webUrl)) continue;
      found.push({ id, name: textField(drive, 'name') ?? id, segments: segmentsOf(new URL(webUrl).pathname) });
    }
    next = textField(body, '@odata.nextLink');
  }
  return found;
}
