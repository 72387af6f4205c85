import { WatchError } from '../../errors.ts';
import { readListedItem } from './drive-item.ts';
import { PAGE_TOO_LARGE, type DeltaGone, type DeltaPage, type DeltaStart } from '../../delta.ts';
import type { Position } from '../resume/position-store.ts';
import type { DriveIndex } from './drive-index.ts';
import { PagesAhead, type PageRequest } from './pages-ahead.ts';
import { readPages, restarting, StartOver, type Patiently, type Query } from './pages.ts';
import { applyListed, listPage, Round, type Step } from './round.ts';

export interface Progress {
  items: number;
  pages: number;
  /** Since the start, in milliseconds. */
  elapsedMs: number;
  done: boolean;
}

export interface EnumerateOptions {
  /** Fails where the service does. */
  tryOnce: PageRequest;
  /** For one request. */
  patiently: Patiently;
  /** For the whole enumeration. */
  restartPatiently: Patiently;
  now: () => number;
  onProgress: (progress: Progress) => void;
}

/** A page that is too large this often is not requested again: the enumeration starts over, with smaller pages (see graph/delta.ts). */
const TRIES_PER_LARGE_PAGE = 3;

/**
 * `walkDrive` reads every item of the drive, page by page. Begins at `location` where Graph gave one with
 * its 410; if that fails (500 has been seen), from the beginning, which is always right.
 */
export async function walkDrive(options: EnumerateOptions, location: string | undefined, onStart: () => void, onItems: (items: readonly unknown[]) => number): Promise<Position> {
  const { tryOnce, patiently, restartPatiently, now, onProgress } = options;
  const started = now();
  let pages = new PagesAhead(tryOnce);
  let first = location === undefined ? undefined : await pageAt(pages, location);
  return restarting(restartPatiently, async () => {
    onStart();
    const progress = { items: 0, pages: 0 };
    const given = first;
    first = undefined;
    // What was requested before it had to start over does not count.
    if (given === undefined) pages = new PagesAhead(tryOnce);
    const query: Query = (start) => queryPage(patiently, pages, start);
    const last = await readPages('beginning', given ?? await query('beginning'), query, ({ items, next }) => {
      progress.items += items.length;
      progress.pages += 1;
      onProgress({ ...progress, elapsedMs: now() - started, done: next === undefined });
      return onItems(items);
    });
    if ('gone' in last) throw new StartOver(`Graph asked to start over while the drive was being listed (${last.gone})`, last.gone);
    return { cursor: last.cursor ?? '', at: last.at ?? now() };
  });
}

async function queryPage(patiently: Patiently, pages: PagesAhead, start: DeltaStart): Promise<DeltaPage | DeltaGone> {
  let tries = 0;
  const page = await patiently(() => pages.page(start).catch((error: unknown) => {
    if (!(error instanceof WatchError) || error.code !== PAGE_TOO_LARGE) throw error;
    tries += 1;
    // The link to a page has the size of pages in it; the beginning has not.
    if (start === 'beginning' || tries < TRIES_PER_LARGE_PAGE) throw error;
    return undefined;
  }));
  if (page === undefined) throw new StartOver('a page of the drive listing was too large', PAGE_TOO_LARGE);
  return page;
}

/** The page that a 410's `Location` leads to, or `undefined` where it leads nowhere. */
async function pageAt(pages: PagesAhead, location: string): Promise<DeltaPage | DeltaGone | undefined> {
  try {
    return await pages.page({ link: location });
  } catch (error) {
    if (error instanceof WatchError && error.category !== 'internal') return undefined;
    throw error;
  }
}

/** `indexDrive` enumerates the drive into the index. */
export async function indexDrive(index: DriveIndex, options: EnumerateOptions): Promise<Position> {
  const position = await walkDrive(options, undefined, () => { index.clear(); }, (raws) => {
    const before = index.size;
    applyListed(listPage(raws), index);
    return index.size - before;
  });
  index.complete = true;
  return position;
}

/**
 * `compareDrive` enumerates again and compares with the index, which stays as it is: the differences come as
 * one round; of all other items, only the ids are held in memory. What may have been reported already is in it in any case.
 */
export async function compareDrive(
  index: DriveIndex,
  uncertain: ReadonlyMap<string, Step>,
  location: string | undefined,
  options: EnumerateOptions,
): Promise<{ round: Round; position: Position }> {
  let round = new Round();
  let seen = new Set<string>();
  const begin = (): void => {
    round = new Round();
    seen = new Set();
  };
  const position = await walkDrive(options, location, begin, (raws) => {
    const before = seen.size;
    for (const raw of raws) {
      const item = readListedItem(raw);
      if (item === undefined) continue;
      if (item.deleted) {
        seen.delete(item.id);
        round.items.delete(item.id);
        continue;
      }
      seen.add(item.id);
      const indexed = index.get(item.id);
      const same = indexed?.tag === item.tag && indexed.name === item.name && indexed.parentId === item.parentId;
      if (same && !uncertain.has(item.id)) round.items.delete(item.id);
      else round.add([raw]);
    }
    return seen.size - before;
  });
  for (const [id, { folder }, isRoot] of index.entries()) {
    if (!isRoot && !seen.has(id)) round.add([{ id, deleted: {}, ...(folder ? { folder: {} } : {}) }]);
  }
  for (const id of uncertain.keys()) if (!seen.has(id) && index.get(id) === undefined) round.add([{ id, deleted: {} }]);
  return { round, position };
}
