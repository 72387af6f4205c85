import { pMapIterable } from 'p-map';
import { WatchError } from '../../errors.ts';
import { field, textField } from '../../lib/json.ts';
import { sitePath } from '../targets.ts';
import { atMost, entriesOf } from './entries.ts';
import { AT_ONCE, candidateOf, DRIVE_FIELDS, type Candidate, type Search } from './found-drive.ts';
import { SOURCES, type Source } from './inquiry.ts';

interface Site {
  id: string;
  title: string | undefined;
  /** Graph's own search found it by all the words. */
  matches: boolean;
}

/** Each site costs two requests. */
const MOST_SITES = 200;
/** How many words are searched for one by one if no site has them all. */
const MOST_WORDS = 5;

/** `siteDrives` yields the libraries of the sites that the user follows (an app follows none), and, with words, of those that Graph's search finds. */
export async function* siteDrives(search: Search, asApp: boolean): AsyncGenerator<Candidate, void, undefined> {
  const sites = new Map<string, Site>();
  const add = async (source: Source, path: string, matches: boolean): Promise<void> => {
    for (const site of await listed(search, source, path, matches)) if (sites.get(site.id)?.matches !== true) sites.set(site.id, site);
  };
  const { words } = search;
  if (!asApp) await add(SOURCES.followedSites, '/me/followedSites?$select=id,displayName,webUrl', false);
  if (words.length > 0) {
    await add(SOURCES.sites, searchPath(words.join(' ')), true);
    // "engineering specifications" is a site and its library: no site has both words.
    if (words.length > 1) for (const word of words.slice(0, MOST_WORDS)) await add(SOURCES.sites, searchPath(word), false);
  } else if (asApp) {
    await add(SOURCES.sites, searchPath('*'), false);
  }
  for await (const found of pMapIterable(sites.values(), (site) => librariesOf(search, site), { concurrency: AT_ONCE })) yield* found;
}

/** `drivesOfSite` yields the libraries of one site, given as on the command line. Rejects with a `WatchError` if it is not there, or cannot be read. */
export async function* drivesOfSite({ get, signal, ...search }: Search, site: string): AsyncGenerator<Candidate, void, undefined> {
  const { body } = await get(`${sitePath(site).replace(/:$/, '')}?$select=id,displayName,webUrl`, signal).catch((error: unknown) => { throw explained(error, site); });
  const id = textField(body, 'id');
  if (id === undefined) throw new WatchError('network', 'Graph\'s response for the site has no id.', { code: 'badSite' });
  yield* await librariesOf({ get, signal, ...search }, { id, title: textField(body, 'displayName'), matches: false });
}

function searchPath(words: string): string {
  return `/sites?search=${encodeURIComponent(words)}&$select=id,displayName,webUrl`;
}

async function listed({ get, signal, inquiry }: Search, source: Source, path: string, matches: boolean): Promise<Site[]> {
  const found: Site[] = [];
  const cut = (): void => { inquiry.note(`Only the first ${MOST_SITES} sites were searched; add words to find others.`); };
  await inquiry.ask(source, async () => {
    for await (const body of atMost(MOST_SITES, entriesOf(get, path, signal), cut)) {
      const id = textField(body, 'id');
      // A user's OneDrive is a site too, but not for others to look into.
      if (id === undefined || /-my\.sharepoint|\/personal\//i.test(textField(body, 'webUrl') ?? '')) continue;
      found.push({ id, title: textField(body, 'displayName') ?? textField(body, 'name'), matches });
    }
  });
  return found;
}

/** The visible libraries of a site. */
async function librariesOf({ get, signal, inquiry }: Search, { id, title, matches }: Site): Promise<Candidate[]> {
  const site = sitePath(id);
  const found: Candidate[] = [];
  await inquiry.ask(SOURCES.libraries, async () => {
    for await (const library of visibleLibraries(site, title, { get, signal })) found.push({ ...library, matches });
  });
  return found;
}

/** `visibleLibraries` yields the libraries of the site at this path below the Graph version, as people see them: no hidden lists, and nothing that only retention keeps. */
export async function* visibleLibraries(site: string, title: string | undefined, { get, signal }: Pick<Search, 'get' | 'signal'>): AsyncGenerator<Candidate, void, undefined> {
  const hidden = await hiddenLists(site, { get, signal });
  for await (const body of entriesOf(get, `${site}/drives?$select=${DRIVE_FIELDS}`, signal)) {
    const library = candidateOf(body, 'library', { site: title });
    if (library !== undefined && !hidden.has(comparable(library.drive.webUrl))) yield library;
  }
}

/** Only lists say that they are hidden. Where they cannot be listed, their drives are shown. */
async function hiddenLists(site: string, { get, signal }: Pick<Search, 'get' | 'signal'>): Promise<Set<string>> {
  const hidden = new Set<string>();
  const filter = encodeURIComponent('list/template eq \'documentLibrary\'');
  const { status, body } = await get(`${site}/lists?$select=id,webUrl,list&$filter=${filter}`, signal, { accept: [400, 403, 404] });
  const lists = status < 300 ? field(body, 'value') : [];
  for (const list of Array.isArray(lists) ? (lists as unknown[]) : []) {
    if (field(field(list, 'list'), 'hidden') === true) hidden.add(comparable(textField(list, 'webUrl')));
  }
  return hidden;
}

function comparable(webUrl = ''): string {
  return (URL.canParse(webUrl) ? new URL(webUrl).href : webUrl).toLowerCase();
}

function explained(error: unknown, site: string): unknown {
  if (!(error instanceof WatchError) || error.category !== 'refused') return error;
  const { category, code, status, requestId } = error;
  if (status === 404) return new WatchError(category, `There is no site ${site}, or this account cannot see it.`, { code, status, requestId, cause: error, hint: 'Check the address in a browser, and who is signed in: graph-watch status.' });
  return new WatchError(category, error.message, { code, status, requestId, cause: error, hint: 'Looking up sites needs a work or school account, and more scopes: graph-watch login --scope Files.Read.All Sites.Read.All.' });
}
