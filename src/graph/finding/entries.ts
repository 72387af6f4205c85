import { WatchError } from '../../errors.ts';
import { field, textField } from '../../lib/json.ts';
import type { GraphGet } from '../http.ts';

/** Pages in a row without a single entry: Graph sends some when it filters, and more than this is a fault of the service. */
const MOST_EMPTY_PAGES = 50;

/**
 * `pagesOf` yields the entries of a collection page by page; the next page is asked for only when it is needed. Rejects
 * with what `get` rejects with, and with a `network` error for pages that have no entries or lead in a circle.
 */
export async function* pagesOf(
  get: GraphGet,
  path: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): AsyncGenerator<unknown[], void, undefined> {
  const asked = new Set<string>();
  let empty = 0;
  for (let next: string | undefined = path; next !== undefined;) {
    if (asked.has(next)) throw unusable('its pages form a loop');
    asked.add(next);
    const { body } = await get(next, signal, { headers });
    const value = field(body, 'value');
    if (!Array.isArray(value)) throw unusable('it has no entries');
    empty = value.length === 0 ? empty + 1 : 0;
    if (empty > MOST_EMPTY_PAGES) throw unusable(`${empty} pages in a row are empty`);
    yield value as unknown[];
    next = textField(body, '@odata.nextLink');
  }
}

/** `entriesOf` yields the same one by one. */
export async function* entriesOf(...collection: Parameters<typeof pagesOf>): AsyncGenerator<unknown, void, undefined> {
  for await (const page of pagesOf(...collection)) yield* page;
}

/** `atMost` ends a sequence after this many entries, and calls `onMore` if there are more. */
export async function* atMost<T>(most: number, entries: AsyncIterable<T>, onMore: () => void): AsyncGenerator<T, void, undefined> {
  let count = 0;
  for await (const entry of entries) {
    count += 1;
    if (count > most) {
      onMore();
      return;
    }
    yield entry;
  }
}

function unusable(why: string): WatchError {
  return new WatchError('network', `Graph's list is unusable: ${why}.`, { code: 'badList' });
}
