import type { Address } from './address/address.ts';
import { requireScope, requireWrite } from './bearer.ts';
import { deltaAnswer } from './delta/delta-answer.ts';
import type { Drive } from './directory.ts';
import { driveJson, listJson, siteJson, userJson } from './directory-json.ts';
import { endpointAnswer } from './endpoint-answer.ts';
import { GraphError } from './errors.ts';
import { childrenAnswer, contentAnswer, itemAnswer } from './items/item-answers.ts';
import { searchAnswer } from './items/search-answer.ts';
import { driveOf, libraryOf, listOf, signedInUser, siteOf } from './lookup.ts';
import { pageOf, selected } from './query/collection.ts';
import { OF_COLLECTIONS, readQuery } from './query/query-options.ts';
import type { GraphReply, GraphRequest, Json } from './request.ts';
import type { GraphService } from './service.ts';
import { copyItem } from './writes/copy-item.ts';
import { createItem } from './writes/create-item.ts';
import { putContent } from './writes/put-content.ts';
import { deleteItem, updateItem } from './writes/update-item.ts';
import { createUploadSession } from './writes/upload-routes.ts';

const FILE_SCOPES = ['Files', 'Sites'];

type ItemAddress = Extract<Address, { item: unknown }>;

/** The requests that change something, by method and resource. */
const WRITES: Readonly<Record<string, (service: GraphService, request: GraphRequest, drive: Drive, item: ItemAddress['item']) => Promise<GraphReply>>> = {
  'PUT content': putContent,
  'POST children': createItem,
  'PATCH item': updateItem,
  'DELETE item': deleteItem,
  'POST copy': copyItem,
  'POST createUploadSession': createUploadSession,
};

/** Answers a request; throws GraphError for a refusal. */
export async function answer(service: GraphService, request: GraphRequest): Promise<GraphReply> {
  const { address, grant, method } = request;
  if (address.what === 'me' || ('drive' in address && address.drive.of === 'me')) signedInUser(grant);
  requireScope(grant, address.what === 'me' ? ['User'] : FILE_SCOPES);
  const write = WRITES[`${method} ${address.what}`];
  if (write !== undefined && 'item' in address) {
    requireWrite(grant);
    return write(service, request, driveOf(service, grant, address.drive), address.item);
  }
  if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed();
  if (address.what === 'item') return itemAnswer(service, request, driveOf(service, grant, address.drive), address.item);
  if (address.what === 'content') return contentAnswer(service, request, driveOf(service, grant, address.drive), address.item);
  return { status: 200, body: await bodyOf(service, request, address) };
}

function methodNotAllowed(): GraphError {
  return new GraphError(405, 'methodNotAllowed', 'The HTTP method is not allowed for this resource.');
}

async function bodyOf(service: GraphService, request: GraphRequest, address: Exclude<Address, { what: 'item' | 'content' }>): Promise<Json> {
  const { grant } = request;
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
    case 'children':
      return childrenAnswer(service, request, driveOf(service, grant, address.drive), address.item);
    case 'search':
      return searchAnswer(service, request, driveOf(service, grant, address.drive), address);
    case 'delta':
      return deltaAnswer(service, request, driveOf(service, grant, address.drive), address);
    case 'copy':
    case 'createUploadSession':
      throw methodNotAllowed();
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
