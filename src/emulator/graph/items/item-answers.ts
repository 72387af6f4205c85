import type { Item } from '../../drive/item.ts';
import type { Node } from '../../drive/tree.ts';
import type { ItemReference } from '../address/address.ts';
import { withContent } from '../content/content-properties.ts';
import type { Drive } from '../directory/directory.ts';
import { rootOf } from '../drive-root.ts';
import { invalidRequest, notSupported } from '../errors.ts';
import { nodeOf } from '../lookup.ts';
import { pageOf, selected } from '../query/collection.ts';
import { OF_COLLECTIONS, readQuery, unsupportedOption } from '../query/query-options.ts';
import type { Expansion, QueryOptions } from '../query/query-options.ts';
import type { GraphReply, GraphRequest, Json } from '../request.ts';
import type { GraphService } from '../service.ts';
import { permissionsOf } from '../sharing/share-answers.ts';
import { sharepointIds, shownId } from './item-id.ts';
import { eTag, itemJson } from './item-json.ts';
import type { ItemView } from './item-json.ts';

export async function itemAnswer(service: GraphService, request: GraphRequest, drive: Drive, reference: ItemReference): Promise<GraphReply> {
  const node = nodeOf(service, drive, reference);
  const tag = eTag(node.item, drive);
  if (request.header('if-none-match') === tag) return { status: 304, headers: { ETag: tag } };
  return itemReply(service, request, drive, node, 200);
}

/** Answers a request with an item, whether or not the request changed it. */
export async function itemReply(service: GraphService, request: GraphRequest, drive: Drive, node: Node, status: number): Promise<GraphReply> {
  const options = readQuery(request.query, ['select', 'expand']);
  const body = {
    '@odata.context': `${service.graphUrl}/${request.version}/$metadata#drives('${drive.id}')/items/$entity`,
    ...(await nodeJson(service, request, drive, node, options)),
  };
  return { status, headers: { ETag: eTag(node.item, drive) }, body };
}

/** Redirects to the content of a file, as Graph does. */
export function contentAnswer(service: GraphService, request: GraphRequest, drive: Drive, reference: ItemReference): GraphReply {
  const { item } = nodeOf(service, drive, reference);
  readQuery(request.query, []);
  if (item.folder) throw invalidRequest('You cannot get content for a folder.');
  if (request.query.has('format')) throw notSupported('The emulator does not convert files: format is not supported.');
  const tag = eTag(item, drive);
  if (request.header('if-none-match') === tag) return { status: 304, headers: { ETag: tag } };
  return { status: 302, headers: { Location: service.downloads.urlOf(item.id) } };
}

/** Lists a folder in the order of names. Paged with `$skiptoken`, as Graph does. */
export async function childrenAnswer(service: GraphService, request: GraphRequest, drive: Drive, reference: ItemReference): Promise<Json> {
  const { children } = nodeOf(service, drive, reference);
  return itemsAnswer(service, request, drive, [...children.values()].sort(byName));
}

/** A page of these items. */
export async function itemsAnswer(service: GraphService, request: GraphRequest, drive: Drive, nodes: readonly Node[]): Promise<Json> {
  return {
    '@odata.context': `${service.graphUrl}/${request.version}/$metadata#drives('${drive.id}')/items`,
    ...(await pageOfNodes(service, request, drive, nodes)),
  };
}

async function pageOfNodes(service: GraphService, request: GraphRequest, drive: Drive, nodes: readonly Node[]): Promise<Json & { value: Json[] }> {
  const options = readQuery(request.query, [...OF_COLLECTIONS, 'expand']);
  const view = presentView(service, drive);
  const byJson = new Map(nodes.map((node) => [itemJson(node.item, view), node]));
  const { items, annotations } = pageOf(request, [...byJson.keys()], options, service.settings.pageSize, service.graphUrl);
  const page = items.flatMap((json) => byJson.get(json) ?? []);
  return { ...annotations, value: await Promise.all(page.map((node) => nodeJson(service, request, drive, node, options))) };
}

export function byName(one: Node, other: Node): number {
  return NAMES.compare(one.item.name, other.item.name);
}

const NAMES = new Intl.Collator('en');

async function nodeJson(service: GraphService, request: GraphRequest, drive: Drive, node: Node, options: QueryOptions): Promise<Json> {
  const json = await withContent(service, itemJson(node.item, presentView(service, drive)), { item: node.item, node }, options);
  const ids = options.select?.includes('sharepointIds') === true ? sharepointIds(drive, service.directory.tenantId, node.item.id) : undefined;
  return { ...selected(json, options), ...(ids === undefined ? {} : { sharepointIds: ids }), ...(await expanded(service, request, drive, node, options.expand)) };
}

/** The relationships that `$expand` adds. Throws Graph's 400 for one that does not exist here. */
async function expanded(service: GraphService, request: GraphRequest, drive: Drive, node: Node, expand: readonly Expansion[]): Promise<Json> {
  const result: Json = {};
  for (const { name, query } of expand) {
    switch (name) {
      case 'children': {
        const path = `/drives/${drive.id}/items/${shownId(drive, node.item.id)}/children`;
        const { value, '@odata.nextLink': next } = await pageOfNodes(service, { ...request, query, path }, drive, [...node.children.values()].sort(byName));
        result.children = value;
        if (next !== undefined) result['children@odata.nextLink'] = next;
        break;
      }
      case 'permissions':
        result.permissions = permissionsOf(service, drive, node.item.id);
        break;
      case 'thumbnails':
        // The emulator renders no thumbnails.
        result.thumbnails = [];
        break;
      default:
        throw unsupportedOption(`$expand=${name}`);
    }
  }
  return result;
}

/** Shows items as they are now, without the lag of delta. */
export function presentView(service: GraphService, drive: Drive): ItemView {
  return {
    drive,
    rootId: rootOf(service.folder, drive).item.id,
    item: (id): Item | undefined => service.folder.tree.byId(id)?.item,
    childCount: (id) => service.folder.tree.byId(id)?.children.size ?? 0,
    sharedWith: (id) => service.sharing.scopeOf(drive, id),
  };
}
