import type { Item } from '../drive/item.ts';
import type { Node } from '../drive/tree.ts';
import type { ItemReference } from './address.ts';
import type { Drive } from './directory.ts';
import { itemNotFound } from './errors.ts';
import { treeId } from './item-id.ts';
import { itemJson } from './item-json.ts';
import type { ItemView } from './item-json.ts';
import type { GraphRequest } from './request.ts';
import type { GraphService } from './service.ts';

export function itemAnswer(service: GraphService, request: GraphRequest, drive: Drive, reference: ItemReference): Record<string, unknown> {
  const { item } = nodeOf(service, drive, reference);
  return {
    '@odata.context': `${service.graphUrl}/${request.version}/$metadata#drives('${drive.id}')/items/$entity`,
    ...selected(itemJson(item, presentView(service, drive)), request),
  };
}

/** Paged with `$skiptoken`, as Graph does. */
export function childrenAnswer(service: GraphService, request: GraphRequest, drive: Drive, reference: ItemReference): Record<string, unknown> {
  const children = [...nodeOf(service, drive, reference).children.values()];
  const view = presentView(service, drive);
  const limit = pageLimit(service, request);
  const from = Number(request.query.get('$skiptoken') ?? 0) || 0;
  const page = children.slice(from, from + limit);
  const next = new URL(`${service.graphUrl}/${request.version}${request.path}?${request.query.toString()}`);
  next.searchParams.set('$skiptoken', String(from + limit));
  return {
    '@odata.context': `${service.graphUrl}/${request.version}/$metadata#drives('${drive.id}')/items`,
    ...(from + limit < children.length ? { '@odata.nextLink': next.href } : {}),
    value: page.map(({ item }) => selected(itemJson(item, view), request)),
  };
}

export function nodeOf(service: GraphService, drive: Drive, reference: ItemReference): Node {
  const { tree } = service.folder;
  const byId = (shown: string): Node | undefined => tree.byId(treeId(drive, shown) ?? '');
  const found = ((): Node | undefined => {
    switch (reference.by) {
      case 'root':
        return tree.root;
      case 'id':
        return reference.id.toLowerCase() === 'root' ? tree.root : byId(reference.id);
      case 'path': {
        const from = reference.from === undefined ? tree.root : byId(reference.from);
        return from === undefined ? undefined : tree.byNames(reference.names, from);
      }
    }
  })();
  if (found === undefined) throw itemNotFound();
  return found;
}

/** Items as they are now, without the lag of delta. */
function presentView(service: GraphService, drive: Drive): ItemView {
  return {
    drive,
    item: (id): Item | undefined => service.folder.tree.byId(id)?.item,
    childCount: (id) => service.folder.tree.byId(id)?.children.size ?? 0,
  };
}

/** `$top`, within the page size. */
export function pageLimit(service: GraphService, request: GraphRequest): number {
  const top = Number(request.query.get('$top') ?? request.query.get('top') ?? Number.NaN);
  return Number.isInteger(top) && top > 0 ? Math.min(top, service.settings.pageSize) : service.settings.pageSize;
}

/** `$select`: only these properties, and the id. */
export function selected(json: Record<string, unknown>, request: GraphRequest): Record<string, unknown> {
  const select = request.query.get('$select') ?? request.query.get('select');
  if (select === null) return json;
  const names = new Set(['id', ...select.split(',').map((name) => name.trim())]);
  return Object.fromEntries(Object.entries(json).filter(([name]) => names.has(name)));
}
