import type { Item } from '../drive/item.ts';
import type { Address } from './address.ts';
import type { DeltaPage } from './delta.ts';
import type { Drive } from './directory.ts';
import { notSupported } from './errors.ts';
import { nodeOf, pageLimit, selected } from './item-answers.ts';
import { deltaItemJson } from './item-json.ts';
import type { ItemView } from './item-json.ts';
import type { GraphRequest } from './request.ts';
import type { GraphService } from './service.ts';

export function deltaAnswer(
  service: GraphService,
  request: GraphRequest,
  drive: Drive,
  address: Extract<Address, { what: 'delta' }>,
): Record<string, unknown> {
  // Business drives know delta for the root only.
  if (nodeOf(service, drive, address.item).item.parentId !== undefined) throw notSupported();
  const { settings } = service;
  const token = address.token ?? request.query.get('token') ?? undefined;
  const base = `${service.graphUrl}/${request.version}${request.path.replace(/\(.*\)$/, '')}`;
  const page = service.delta.page(token, pageLimit(service, request), base);
  const view = deltaView(service, drive);
  const items = page.entries.map(({ item }) => (item.folder && !item.deleted ? withPresentSize(service, item) : item));
  const withAncestors = settings.quirks.ancestors && token !== undefined && !excludesParents(request) ? [...ancestorsOf(items, view), ...items] : items;
  return {
    '@odata.context': `${service.graphUrl}/${request.version}/$metadata#Collection(driveItem)`,
    [page.next.link]: linkTo(base, page, request, settings.quirks.linkForm),
    value: withAncestors.map((item) => selected(deltaItemJson(item, view, settings.quirks), request)),
  };
}

/** Items as delta shows them, which with a lag is not as they are. */
function deltaView(service: GraphService, drive: Drive): ItemView {
  const { tree, log } = service.folder;
  return {
    drive,
    item: (id): Item | undefined => log.shown(id),
    childCount: (id) => tree.byId(id)?.children.size ?? 0,
  };
}

/** The log keeps what a folder was when it last changed itself; its size changes with its content. */
function withPresentSize(service: GraphService, item: Item): Item {
  const size = service.folder.tree.byId(item.id)?.item.size;
  return size === undefined ? item : { ...item, size };
}

/** The folders above the items, from the root down, without those that are in the answer themselves. */
function ancestorsOf(items: readonly Item[], view: ItemView): Item[] {
  const included = new Set(items.map(({ id }) => id));
  const found = new Map<string, Item>();
  for (const item of items) {
    for (let parent = parentOf(item, view); parent !== undefined; parent = parentOf(parent, view)) {
      if (!included.has(parent.id)) found.set(parent.id, parent);
    }
  }
  return [...found.values()].reverse();
}

function parentOf(item: Item, view: ItemView): Item | undefined {
  return item.parentId === undefined ? undefined : view.item(item.parentId);
}

/** Real answers name the unchanged folders above a change unless they are asked not to. */
function excludesParents(request: GraphRequest): boolean {
  return request.header('prefer')?.toLowerCase().includes('deltaexcludeparent') === true;
}

/** Both forms are in use; clients are to follow them as they come. `$select` and `$top` stay in force. */
function linkTo(base: string, page: DeltaPage, request: GraphRequest, form: 'query' | 'function'): string {
  const kept = [...request.query].filter(([name]) => name !== 'token').map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const token = encodeURIComponent(page.next.token);
  if (form === 'query') return `${base}?${[`token=${token}`, ...kept].join('&')}`;
  return `${base}(token='${token}')${kept.length > 0 ? `?${kept.join('&')}` : ''}`;
}
