import type { DeltaGone, DeltaPage, DeltaStart } from '../../delta.ts';
import { WatchError } from '../../errors.ts';
import { hash } from './drive-item.ts';

/** Query requests one page; rejects with a `WatchError` if that fails for good. */
export type Query = (start: DeltaStart) => Promise<DeltaPage | DeltaGone>;

/** `linkOf` returns the link that a query follows, if it follows one. */
export function linkOf(start: DeltaStart): string | undefined {
  return typeof start === 'object' && 'link' in start ? start.link : undefined;
}

/** Patiently retries something until it succeeds, or trying again is useless. */
export type Patiently = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Pages in a row that bring nothing new are followed up to this number. Dozens of empty pages are normal
 * (40 in a row have been seen); a thousand lead nowhere.
 */
const PAGES_WITHOUT_NEWS = 1_000;

/** StartOver is thrown if the pages read so far are useless: the whole round has to be read again. */
export class StartOver extends WatchError {
  constructor(message: string, code: string) {
    super('network', message, { code });
  }
}

/** PageTrail remembers the links of one round: links come from the service, and may lead in a circle, or never end. */
export class PageTrail {
  /** Hashes: links can be long, and a drive of millions of items has thousands of them. */
  readonly #links = new Set<number>();
  #withoutNews = 0;

  constructor(start: DeltaStart) {
    const link = linkOf(start);
    if (link !== undefined) this.#links.add(hash(link));
  }

  /** `follow` returns the link to the page after one that brought `news` items not seen before. Throws `StartOver` where it leads nowhere. */
  follow(next: string, news: number): string {
    const link = hash(next);
    if (this.#links.has(link)) throw new StartOver('Graph\'s pages form a loop', 'pagesGoRound');
    this.#links.add(link);
    this.#withoutNews = news > 0 ? 0 : this.#withoutNews + 1;
    if (this.#withoutNews > PAGES_WITHOUT_NEWS) throw new StartOver(`Graph sent ${PAGES_WITHOUT_NEWS} pages in a row with nothing new`, 'pagesGoOn');
    return next;
  }
}

/** `readPages` reads from `first` to the last page; resolves with that, or with a 410 on the way. `onPage` returns how many items were new. */
export async function readPages(start: DeltaStart, first: DeltaPage | DeltaGone, query: Query, onPage: (page: DeltaPage) => number): Promise<DeltaPage | DeltaGone> {
  const trail = new PageTrail(start);
  let page = first;
  while (!('gone' in page)) {
    const news = onPage(page);
    if (page.next === undefined) return page;
    page = await query({ link: trail.follow(page.next, news) });
  }
  return page;
}

/** `restarting` repeats `work`, patiently, whenever it throws `StartOver`. Any other failure has already been retried. */
export async function restarting<T>(patiently: Patiently, work: () => Promise<T>): Promise<T> {
  const outcome = await patiently(() => work().then((value) => ({ value }), (error: unknown) => {
    if (error instanceof StartOver) throw error;
    return { error };
  }));
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}
