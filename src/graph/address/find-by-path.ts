import { WatchError } from '../../errors.ts';
import { field, isRecord, textField } from '../../lib/json.ts';
import type { GraphGet } from '../http.ts';
import type { Address, Place } from './address.ts';
import { DEEPEST_SITE, libraries, pathOfSite, siteAt, siteIfAny, surelySite, type Library } from './sites.ts';

/**
 * `findByPath` finds the drive behind a plain path. Only `/sites/x`, `/teams/x` and `/personal/x` are surely a
 * site; what follows is a sub-site or a library. The library whose URL is the longest beginning of the path is
 * meant, as CLI for Microsoft 365 has it; case does not matter to SharePoint. An address of a site alone means
 * its default library.
 */
export async function findByPath({ host, segments }: Extract<Address, { kind: 'path' }>, get: GraphGet, signal: AbortSignal): Promise<Place> {
  const base = surelySite(segments);
  let site = await siteAt(host, segments.slice(0, base), get, signal);
  for (let depth = base; depth <= base + DEEPEST_SITE; depth += 1) {
    const all = await libraries(pathOfSite(site), get, signal);
    const byUrl = longest(all.filter((library) => isPrefix(library.segments, segments)));
    if (byUrl !== undefined) return below(byUrl, segments.slice(byUrl.segments.length), get, signal);
    if (segments.length <= depth) return defaultLibrary(site, get, signal);
    const subSite = await siteIfAny(host, segments.slice(0, depth + 1), get, signal);
    if (subSite === undefined) return byTitle(all, segments, depth, get, signal);
    site = subSite;
  }
  throw nothingAt(host, segments, []);

  /** People also write a library's title where its URL has another name: `Documents` is `Shared Documents`. */
  async function byTitle(all: readonly Library[], path: readonly string[], depth: number, ...asked: [GraphGet, AbortSignal]): Promise<Place> {
    const titled = all.filter(({ name }) => name.toLowerCase() === path[depth]?.toLowerCase());
    const [only] = titled;
    if (only === undefined) throw nothingAt(host, path, all);
    if (titled.length === 1) return below(only, path.slice(depth + 1), ...asked);
    throw new WatchError('refused', `"${only.name}" could be ${titled.map(({ segments: url }) => `/${url.join('/')}`).join(' or ')}.`, {
      code: 'ambiguous', hint: 'Use the address that the browser shows for the one that you mean.',
    });
  }
}

async function below({ id, name }: Library, rest: readonly string[], get: GraphGet, signal: AbortSignal): Promise<Place> {
  const path = rest.map((part) => `/${part}`).join('');
  if (path === '') return { driveId: id, driveName: name, path, folder: true };
  const address = `/drives/${encodeURIComponent(id)}/root:${rest.map((part) => `/${encodeURIComponent(part)}`).join('')}?$select=id,name,folder,package`;
  const { status, body } = await get(address, signal, { accept: [404] });
  if (status < 300) return { driveId: id, driveName: name, path, folder: isRecord(field(body, 'folder')) || isRecord(field(body, 'package')) };
  throw new WatchError('refused', `There is no ${path} in the library ${name}.`, {
    code: 'itemNotFound', status: 404, hint: `It may have been moved, or created only minutes ago. To watch the whole library: graph-watch watch drive '${id}'.`,
  });
}

async function defaultLibrary(site: string, get: GraphGet, signal: AbortSignal): Promise<Place> {
  const { body } = await get(`${pathOfSite(site)}/drive?$select=id,name`, signal);
  const driveId = textField(body, 'id');
  if (driveId === undefined) throw new WatchError('refused', 'Graph returned no default library for this site.', { code: 'itemNotFound' });
  return { driveId, driveName: textField(body, 'name'), path: '', folder: true };
}

function isPrefix(prefix: readonly string[], path: readonly string[]): boolean {
  return prefix.length > 0 && prefix.length <= path.length && prefix.every((part, index) => part.toLowerCase() === path[index]?.toLowerCase());
}

function longest(found: readonly Library[]): Library | undefined {
  return [...found].sort((one, other) => other.segments.length - one.segments.length)[0];
}

function nothingAt(host: string, segments: readonly string[], all: readonly Library[]): WatchError {
  const names = all.slice(0, 10).map(({ name }) => name).join(', ');
  return new WatchError('refused', `There is no library or site at ${host}/${segments.join('/')}.`, {
    code: 'itemNotFound', status: 404, hint: names === '' ? 'Check the address in a browser.' : `The libraries there: ${names}.`,
  });
}
