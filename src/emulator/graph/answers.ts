import type { Address, DriveReference, ItemReference } from './address/address.ts';
import { parseUnderItem } from './address/parse-drive.ts';
import { requireScope, requireWrite } from './bearer.ts';
import { deltaAnswer } from './delta/delta-answer.ts';
import type { Drive } from './directory/directory.ts';
import { driveJson, listJson, siteJson } from './directory/directory-json.ts';
import { findingAnswer, isFinding } from './directory/finding.ts';
import type { FindingAddress } from './directory/finding.ts';
import { rootOf } from './drive-root.ts';
import { endpointAnswer } from './endpoint-answer.ts';
import { GraphError, invalidRequest } from './errors.ts';
import { sharepointIds } from './items/item-id.ts';
import { childrenAnswer, contentAnswer, itemAnswer } from './items/item-answers.ts';
import { searchAnswer } from './items/search-answer.ts';
import { driveOf, libraryOf, listOf, signedInUser, siteOf } from './lookup.ts';
import { many, one } from './query/reply-body.ts';
import type { GraphReply, GraphRequest, Json } from './request.ts';
import type { GraphService } from './service.ts';
import { searchQuery } from './search/search-query.ts';
import { createLink, permissionsAnswer } from './sharing/share-answers.ts';
import { copyItem } from './writes/copy-item.ts';
import { createItem } from './writes/create-item.ts';
import { putContent } from './writes/put-content.ts';
import { deleteItem, updateItem } from './writes/update-item.ts';
import { createUploadSession } from './writes/upload-routes.ts';

const FILE_SCOPES = ['Files', 'Sites'];
const SITE_SCOPES = ['Sites'];

/** The requests that change something, by method and resource. */
const WRITES: Readonly<Record<string, (service: GraphService, request: GraphRequest, drive: Drive, item: ItemReference) => Promise<GraphReply>>> = {
  'PUT content': putContent,
  'POST children': createItem,
  'PATCH item': updateItem,
  'DELETE item': deleteItem,
  'POST copy': copyItem,
  'POST createLink': createLink,
  'POST createUploadSession': createUploadSession,
};

/** Answers a request; throws GraphError for a refusal. */
export async function answer(service: GraphService, request: GraphRequest): Promise<GraphReply> {
  const { address, grant, method } = request;
  if (address.what === 'share') return answer(service, behindShare(service, request, address));
  if (address.what === 'searchQuery') {
    if (method !== 'POST') throw methodNotAllowed();
    return { status: 200, body: await searchQuery(service, request) };
  }
  const write = WRITES[`${method} ${address.what}`];
  if (write !== undefined && 'item' in address) {
    const drive = readableDrive(service, request, address.drive);
    requireWrite(grant);
    return write(service, request, drive, address.item);
  }
  if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed();
  if (address.what === 'item') return itemAnswer(service, request, readableDrive(service, request, address.drive), address.item);
  if (address.what === 'content') return contentAnswer(service, request, readableDrive(service, request, address.drive), address.item);
  return { status: 200, body: isFinding(address) ? findingAnswer(service, request, address) : await bodyOf(service, request, address) };
}

function methodNotAllowed(): GraphError {
  return new GraphError(405, 'methodNotAllowed', 'The HTTP method is not allowed for this resource.');
}

/** Returns the drive of a request, after checking the scope to read files; `/me` needs a user first of all. */
function readableDrive(service: GraphService, { grant, sharedDrive }: GraphRequest, reference: DriveReference): Drive {
  if (reference.of === 'me') signedInUser(grant);
  requireScope(grant, FILE_SCOPES);
  return sharedDrive ?? driveOf(service, grant, reference);
}

/** The request for the item that a sharing link leads to: `/shares/{id}/driveItem` and what follows. */
function behindShare(service: GraphService, request: GraphRequest, { token, below }: Extract<Address, { what: 'share' }>): GraphRequest {
  requireScope(request.grant, FILE_SCOPES);
  const [first, ...rest] = below;
  if (first === undefined || !/^(driveItem|root|items)$/i.test(first)) throw invalidRequest('Below a share, only driveItem, root and items are supported.');
  const { drive, node } = service.sharing.resolve(token, request.grant.user, request.header('prefer') ?? '');
  const address = parseUnderItem({ of: 'drive', id: drive.id }, { by: 'node', id: node.item.id }, rest);
  if (address === undefined) throw invalidRequest(`Resource not found for the segment '${rest.at(-1) ?? ''}'.`);
  return { ...request, address, sharedDrive: drive };
}

async function bodyOf(service: GraphService, request: GraphRequest, address: Exclude<Address, FindingAddress | { what: 'item' | 'content' | 'share' | 'searchQuery' }>): Promise<Json> {
  const { grant } = request;
  switch (address.what) {
    case 'site':
      requireScope(grant, SITE_SCOPES);
      return one(service, request, 'sites', siteJson(siteOf(service, address.site)));
    case 'lists':
      requireScope(grant, SITE_SCOPES);
      return many(service, request, 'lists', siteOf(service, address.site).lists.map((list) => listJson(list)));
    case 'list':
      requireScope(grant, SITE_SCOPES);
      return one(service, request, 'lists', listJson(listOf(service, address.site, address.list)));
    case 'listEndpoint':
      requireScope(grant, FILE_SCOPES);
      return endpointAnswer(service, request, libraryOf(listOf(service, address.site, address.list)));
    case 'drive':
      return driveAnswer(service, request, readableDrive(service, request, address.drive));
    case 'driveList':
      return one(service, request, 'lists', listOfDrive(service, readableDrive(service, request, address.drive)));
    case 'endpoint':
      return endpointAnswer(service, request, readableDrive(service, request, address.drive));
    case 'children':
      return childrenAnswer(service, request, readableDrive(service, request, address.drive), address.item);
    case 'search':
      return searchAnswer(service, request, readableDrive(service, request, address.drive), address);
    case 'permissions':
      return permissionsAnswer(service, request, readableDrive(service, request, address.drive), address.item);
    case 'delta':
      return deltaAnswer(service, request, readableDrive(service, request, address.drive), address);
    case 'copy':
    case 'createLink':
    case 'createUploadSession':
      throw methodNotAllowed();
  }
}

function driveAnswer(service: GraphService, request: GraphRequest, drive: Drive): Json {
  const ids = (request.query.get('$select') ?? '').split(',').includes('sharepointIds') ? sharepointIds(drive, service.directory.tenantId) : undefined;
  const json = driveJson(drive, rootOf(service.folder, drive).item.size);
  return one(service, request, 'drives', ids === undefined ? json : { ...json, sharepointIds: ids });
}

function listOfDrive(service: GraphService, found: Drive): Json {
  const known = service.directory.sites.flatMap(({ lists }) => lists).find((entry) => entry.drive === found);
  return listJson(known ?? { id: found.listId, name: found.name, template: 'documentLibrary', hidden: false, webUrl: found.webUrl, drive: found });
}
