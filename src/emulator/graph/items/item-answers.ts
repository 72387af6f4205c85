import type { Item } from '../../drive/item.ts';
import type { Node } from '../../drive/tree.ts';
import type { ItemReference } from '../address/address.ts';
import type { Drive } from '../directory.ts';
import { unsupportedOption, OF_COLLECTIONS, readQuery } from '../query/query-options.ts';
import type { Expansion } from '../query/query-options.ts';
import { pageOf, selected } from '../query/collection.ts';
import { nodeOf } from '../lookup.ts';
import type { GraphRequest } from '../request.ts';
import type { GraphService } from '../service.ts';
import { itemJson } from './item-json.ts';
import type { ItemView } from './item-json.ts';

type Json = Record<string, unknown>;

export function itemAnswer(service: GraphService, request: GraphRequest, drive: Drive, reference: ItemReference): Json {
  const options = readQuery(request.query, ['select', 'expand']);
  const node = nodeOf(service, drive, reference);
  return {
    '@odata.context': `${service.graphUrl}/${request.version}/$metadata#drives('${drive.id}')/items/$entity`,
    ...selected(itemJson(node.item, presentView(service, drive)), options),
    ...expanded(service, request, drive, node, options.expand),
  };
}

/** Lists a folder in the order of names. Paged with `$skiptoken`, as Graph does. */
export function childrenAnswer(service: GraphService, request: GraphRequest, drive: Drive, reference: ItemReference): Json {
  return {
    '@odata.context': `${service.graphUrl}/${request.version}/$metadata#drives('${drive.id}')/items`,
    ...childrenOf(service, request, drive, nodeOf(service, drive, reference)),
  };
}

function childrenOf(service: GraphService, request: GraphRequest, drive: Drive, { children }: Node): Json & { value: Json[] } {
  const options = readQuery(request.query, [...OF_COLLECTIONS, 'expand']);
  const view = presentView(service, drive);
  const nodes = [...children.values()].sort((one, other) => NAMES.compare(one.item.name, other.item.name));
  const byJson = new Map(nodes.map((node) => [itemJson(node.item, view), node]));
  const { items, annotations } = pageOf(request, [...byJson.keys()], options, service.settings.pageSize, service.graphUrl);
  const value = items.map((json) => {
    const node = byJson.get(json);
    return { ...selected(json, options), ...(node === undefined ? {} : expanded(service, request, drive, node, options.expand)) };
  });
  return { ...annotations, value };
}

const NAMES = new Intl.Collator('en');

/** The relationships that `$expand` adds. Throws Graph's 400 for one that does not exist here. */
export function expanded(service: GraphService, request: GraphRequest, drive: Drive, node: Node, expand: readonly Expansion[]): Json {
  const result: Json = {};
  for (const { name, query } of expand) {
    switch (name) {
      case 'children': {
        const path = `/drives/${drive.id}/items/${node.item.id}/children`;
        const { value, '@odata.nextLink': next } = childrenOf(service, { ...request, query, path }, drive, node);
        result.children = value;
        if (next !== undefined) result['children@odata.nextLink'] = next;
        break;
      }
      case 'thumbnails':
        // The emulator renders none.
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
    item: (id): Item | undefined => service.folder.tree.byId(id)?.item,
    childCount: (id) => service.folder.tree.byId(id)?.children.size ?? 0,
  };
}
