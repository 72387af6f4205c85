import type { GraphRequest } from '../request.ts';
import { compare, valueAt } from './filter.ts';
import type { QueryOptions } from './query-options.ts';

type Json = Record<string, unknown>;

export interface CollectionPage {
  items: Json[];
  /** `@odata.count` and `@odata.nextLink`, as far as they apply. */
  annotations: Json;
}

/** Filters, orders and pages a collection. The whole items are filtered and ordered, before `$select`. */
export function pageOf(request: GraphRequest, all: readonly Json[], options: QueryOptions, pageSize: number, graphUrl: string): CollectionPage {
  const { filter, orderBy } = options;
  const found = filter === undefined ? [...all] : all.filter(filter);
  if (orderBy.length > 0) found.sort((one, other) => inOrder(one, other, orderBy));
  const limit = Math.min(options.top ?? pageSize, pageSize);
  const from = options.skipToken > 0 ? options.skipToken : options.skip;
  const end = from + limit;
  const annotations: Json = {};
  if (options.count) annotations['@odata.count'] = found.length;
  if (end < found.length) annotations['@odata.nextLink'] = nextLink(request, graphUrl, end);
  return { items: found.slice(from, end), annotations };
}

/** Keeps the selected properties, the id and the annotations. */
export function selected(json: Json, { select }: Pick<QueryOptions, 'select'>): Json {
  if (select === undefined || select.includes('*')) return json;
  const names = new Set(['id', ...select.map((path) => ALIASES[path] ?? path.split('/')[0] ?? path)]);
  return Object.fromEntries(Object.entries(json).filter(([name]) => names.has(name)));
}

/** Annotations that are selected by a different name. */
const ALIASES: Readonly<Record<string, string>> = {
  'content.downloadUrl': '@microsoft.graph.downloadUrl',
  'oneDrive.sharedChanged': '@microsoft.graph.sharedChanged',
};

function inOrder(one: Json, other: Json, orderBy: QueryOptions['orderBy']): number {
  for (const { path, descending } of orderBy) {
    const [left, right] = [valueAt(one, path), valueAt(other, path)];
    // Items that lack the property come first.
    const order = compare(left, right) ?? (left === undefined ? -1 : 1);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

function nextLink(request: GraphRequest, graphUrl: string, offset: number): string {
  const next = new URL(`${graphUrl}/${request.version}${request.path}?${request.query.toString()}`);
  next.searchParams.set('$skiptoken', String(offset));
  return next.href;
}
