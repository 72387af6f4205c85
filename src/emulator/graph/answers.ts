import type { GraphRequest } from './request.ts';
import { requireScope } from './bearer.ts';
import { deltaAnswer } from './delta/delta-answer.ts';
import type { Drive } from './directory.ts';
import { driveJson, listJson, siteJson, userJson } from './directory-json.ts';
import { endpointAnswer } from './endpoint-answer.ts';
import { childrenAnswer, itemAnswer } from './items/item-answers.ts';
import { driveOf, libraryOf, listOf, signedInUser, siteOf } from './lookup.ts';
import { pageOf, selected } from './query/collection.ts';
import { OF_COLLECTIONS, readQuery } from './query/query-options.ts';
import type { GraphService } from './service.ts';

type Json = Record<string, unknown>;

const FILE_SCOPES = ['Files', 'Sites'];

/** Returns the body of a 200; throws GraphError for everything else. */
export function answer(service: GraphService, request: GraphRequest): Json {
  const { address, grant } = request;
  requireScope(grant, address.what === 'me' ? ['User'] : FILE_SCOPES);
  switch (address.what) {
    case 'me':
      return one(service, request, 'users', userJson(signedInUser(grant)));
    case 'site':
      return one(service, request, 'sites', siteJson(siteOf(service, address.site)));
    case 'lists':
      return many(service, request, 'lists', siteOf(service, address.site).lists.map((list) => listJson(list)));
    case 'list':
      return one(service, request, 'lists', listJson(listOf(service, address.site, address.list)));
    case 'listEndpoint':
      return endpointAnswer(service, request, libraryOf(listOf(service, address.site, address.list)));
    case 'drive':
      return one(service, request, 'drives', driveJson(driveOf(service, grant, address.drive), service.folder.tree.root.item.size));
    case 'driveList':
      return one(service, request, 'lists', listOfDrive(service, driveOf(service, grant, address.drive)));
    case 'endpoint':
      return endpointAnswer(service, request, driveOf(service, grant, address.drive));
    case 'item':
      return itemAnswer(service, request, driveOf(service, grant, address.drive), address.item);
    case 'children':
      return childrenAnswer(service, request, driveOf(service, grant, address.drive), address.item);
    case 'delta':
      return deltaAnswer(service, request, driveOf(service, grant, address.drive), address);
  }
}

function one(service: GraphService, request: GraphRequest, set: string, json: Json): Json {
  const options = readQuery(request.query, ['select']);
  return { '@odata.context': `${service.graphUrl}/${request.version}/$metadata#${set}/$entity`, ...selected(json, options) };
}

function many(service: GraphService, request: GraphRequest, set: string, all: readonly Json[]): Json {
  const options = readQuery(request.query, OF_COLLECTIONS);
  const { items, annotations } = pageOf(request, all, options, service.settings.pageSize, service.graphUrl);
  return {
    '@odata.context': `${service.graphUrl}/${request.version}/$metadata#${set}`,
    ...annotations,
    value: items.map((json) => selected(json, options)),
  };
}

function listOfDrive(service: GraphService, found: Drive): Json {
  const known = service.directory.site.lists.find((entry) => entry.drive === found);
  return listJson(known ?? { id: found.listId, name: found.name, template: 'documentLibrary', webUrl: found.webUrl, drive: found });
}
