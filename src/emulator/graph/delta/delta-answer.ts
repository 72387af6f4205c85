import type { Item } from '../../drive/item.ts';
import type { Node } from '../../drive/tree.ts';
import type { Address } from '../address/address.ts';
import { withContent } from '../content/content-properties.ts';
import type { Drive } from '../directory/directory.ts';
import { rootOf } from '../drive-root.ts';
import { notSupported } from '../errors.ts';
import { deltaItemJson } from '../items/item-json.ts';
import type { ItemView } from '../items/item-json.ts';
import { nodeOf } from '../lookup.ts';
import { selected } from '../query/collection.ts';
import { readQuery } from '../query/query-options.ts';
import type { GraphRequest, Json } from '../request.ts';
import type { GraphService } from '../service.ts';
import type { DeltaPage } from './delta.ts';
import { foldersAbove, ordered } from './delta-order.ts';

export async function deltaAnswer(
  service: GraphService,
  request: GraphRequest,
  drive: Drive,
  address: Extract<Address, { what: 'delta' }>,
): Promise<Json> {
  const { settings, folder: { log, tree } } = service;
  const root = rootOf(service.folder, drive);
  const options = readQuery(request.query, ['select', 'top']);
  const node = nodeOf(service, drive, address.item);
  // Business drives and libraries have delta for the root only.
  if (node !== root && drive.driveType !== 'personal') throw notSupported();
  const scope = scopeOf(service, node);
  // An empty token counts as none.
  const token = [address.token, request.query.get('token')].find((given) => given !== undefined && given !== null && given !== '') ?? undefined;
  const base = `${service.graphUrl}/${request.version}${request.path.replace(/\([^/]*\)$/, '')}`;
  const limit = Math.min(options.top ?? settings.pageSize, settings.pageSize);
  const page = service.delta.page({ token, limit, startOver: base, sharing: showsSharing(request, drive), accepts: scope.accepts });
  const view = deltaView(service, drive);
  const { ancestors, order, repeats } = settings.quirks;
  const items = ordered(page.changed, {
    shown: (id) => log.shown(id),
    isPending: page.isPending,
    above: !ancestors ? 'none' : excludesParents(request) ? 'root' : 'all',
    order,
    rootId: root.item.id,
  });
  const again = repeats === 'within-page' ? items.flatMap((item) => [item, item]) : items;
  const shown = [...page.repeated, ...again].filter(scope.accepts).map((item) => scope.stateOf(withPresentContent(service, item)));
  const value = shown.map(async (item) => {
    const shared = page.shared.has(item.id) && !item.deleted ? { '@microsoft.graph.sharedChanged': 'True' } : {};
    const json = { ...deltaItemJson(item, view, settings.quirks), ...shared };
    const node = item.deleted ? undefined : tree.byId(item.id);
    return selected(await withContent(service, json, { item, node }, options), options);
  });
  return {
    '@odata.context': `${service.graphUrl}/${request.version}/$metadata#Collection(driveItem)`,
    [page.next.link]: linkTo(base, page, request, settings.quirks.linkForm),
    value: await Promise.all(value),
  };
}

interface Scope {
  /** Whether an item, changed or above a change, belongs in the answer. */
  accepts: (item: Item) => boolean;
  /** Shows an item that has left the folder as deleted. */
  stateOf: (item: Item) => Item;
}

/** Everything, or one folder (a drive with content of its own, or part of a personal drive) and what is, or was, in it. */
function scopeOf({ folder: { log, tree } }: GraphService, { item: folder }: Node): Scope {
  if (folder.id === tree.root.item.id) return { accepts: () => true, stateOf: (item) => item };
  const shown = (id: string): Item | undefined => log.shown(id);
  const isIn = (item: Item | undefined): boolean =>
    item !== undefined && (item.id === folder.id || foldersAbove(item, { shown }).some(({ id }) => id === folder.id));
  const wasIn = (item: Item): boolean => log.formerParents(item.id).some((id) => isIn(log.shown(id)));
  return {
    accepts: (item) => isIn(item) || wasIn(item),
    stateOf: (item) => (isIn(item) ? item : { ...item, deleted: true }),
  };
}

/** Shows items as delta does, which with a lag differs from the present. */
function deltaView(service: GraphService, drive: Drive): ItemView {
  const { tree, log } = service.folder;
  return {
    drive,
    rootId: rootOf(service.folder, drive).item.id,
    item: (id): Item | undefined => log.shown(id),
    // The real service does this for every folder of personal drives.
    childCount: (id) => (drive.driveType === 'personal' ? 0 : (tree.byId(id)?.children.size ?? 0)),
    sharedWith: (id) => service.sharing.scopeOf(drive, id),
  };
}

/** The log keeps a folder as of its own last change; its size and the time below it change with its content. */
function withPresentContent(service: GraphService, item: Item): Item {
  const present = item.folder && !item.deleted ? service.folder.tree.byId(item.id)?.item : undefined;
  return present === undefined ? item : { ...item, size: present.size, belowMs: present.belowMs };
}

/** Changes of sharing are shown on business drives and libraries, to clients that ask with all three preferences. */
function showsSharing(request: GraphRequest, drive: Drive): boolean {
  const prefer = request.header('prefer')?.toLowerCase() ?? '';
  const needed = ['deltashowremovedasdeleted', 'deltatraversepermissiongaps', 'deltashowsharingchanges'];
  return drive.driveType !== 'personal' && needed.every((preference) => prefer.includes(preference));
}

/** Documented as a header of this name, but used as a preference. The real service was seen to include the root even then. */
function excludesParents(request: GraphRequest): boolean {
  return request.header('deltaexcludeparent') !== undefined || request.header('prefer')?.toLowerCase().includes('deltaexcludeparent') === true;
}

/** Writes a link in one of the two forms in use, keeping `$select` and `$top`. */
function linkTo(base: string, page: DeltaPage, request: GraphRequest, form: 'query' | 'function'): string {
  const kept = [...request.query].filter(([name]) => name !== 'token').map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const token = encodeURIComponent(page.next.token);
  if (form === 'query') return `${base}?${[`token=${token}`, ...kept].join('&')}`;
  return `${base}(token='${token}')${kept.length > 0 ? `?${kept.join('&')}` : ''}`;
}
