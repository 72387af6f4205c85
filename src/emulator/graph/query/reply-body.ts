import type { GraphRequest, Json } from '../request.ts';
import type { GraphService } from '../service.ts';
import { pageOf, selected } from './collection.ts';
import { OF_COLLECTIONS, readQuery } from './query-options.ts';
import type { OptionName } from './query-options.ts';

/** The body of an answer with one entity. */
export function one(service: GraphService, request: GraphRequest, set: string, json: Json, supported: readonly OptionName[] = ['select']): Json {
  const options = readQuery(request.query, supported);
  return { '@odata.context': `${service.graphUrl}/${request.version}/$metadata#${set}/$entity`, ...selected(json, options) };
}

/** The body of an answer with a collection, filtered, ordered and paged as requested. */
export function many(service: GraphService, request: GraphRequest, set: string, all: readonly Json[], also: readonly OptionName[] = []): Json {
  const options = readQuery(request.query, [...OF_COLLECTIONS, ...also]);
  const { items, annotations } = pageOf(request, all, options, service.settings.pageSize, service.graphUrl);
  return {
    '@odata.context': `${service.graphUrl}/${request.version}/$metadata#${set}`,
    ...annotations,
    value: items.map((json) => selected(json, options)),
  };
}
