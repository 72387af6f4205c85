import type { Item } from '../../drive/item.ts';
import type { DeltaQuirks } from '../../options.ts';
import type { Drive } from '../directory/directory.ts';
import { shownId, uniqueId } from './item-id.ts';
import { mimeType } from './mime-type.ts';

/** What an item's JSON needs to know about its surroundings. */
export interface ItemView {
  drive: Drive;
  /** The id of the drive's root, which may be below the root of the tree. */
  rootId: string;
  /** A state of another item: the present one, or the one that delta shows. */
  item(id: string): Item | undefined;
  childCount(id: string): number;
  /** With whom the item is shared; undefined if it is not. */
  sharedWith(id: string): string | undefined;
}

/** A driveItem as Graph writes it. */
export function itemJson(item: Item, view: ItemView): Record<string, unknown> {
  const path = pathOf(item, view);
  const scope = view.sharedWith(item.id);
  const isRoot = item.id === view.rootId;
  return {
    createdDateTime: isoSeconds(item.createdMs),
    // The real service was seen to leave it out for folders of business drives.
    ...(item.folder && view.drive.driveType !== 'personal' ? {} : { cTag: cTag(item, view.drive) }),
    eTag: eTag(item, view.drive),
    id: shownId(view.drive, item.id),
    lastModifiedDateTime: isoSeconds(Math.max(item.modifiedMs, item.belowMs)),
    name: isRoot ? 'root' : item.name,
    size: item.size,
    webUrl: isRoot ? view.drive.webUrl : `${view.drive.webUrl}${path.map((name) => `/${encodeURIComponent(name)}`).join('')}`,
    createdBy: item.createdBy,
    lastModifiedBy: item.modifiedBy,
    parentReference: parentReference(item, view),
    fileSystemInfo: { createdDateTime: isoSeconds(item.createdMs), lastModifiedDateTime: isoSeconds(item.modifiedMs) },
    ...(item.folder ? { folder: { childCount: view.childCount(item.id) } } : { file: { mimeType: mimeType(item.name) } }),
    ...(isRoot ? { root: {} } : {}),
    ...(scope === undefined ? {} : { shared: { scope } }),
  };
}

/**
 * The same in a delta answer, where deletions are shown and `parentReference.path` may be missing. That
 * of a business drive has no `cTag` (documented).
 */
export function deltaItemJson(item: Item, view: ItemView, quirks: DeltaQuirks): Record<string, unknown> {
  const { parentReference: parent, cTag: contentTag, ...json } = itemJson(item, view);
  const reference = { ...(parent as Record<string, unknown>) };
  if (quirks.withoutPath || item.deleted) delete reference.path;
  const tags = view.drive.driveType === 'personal' ? { cTag: contentTag } : {};
  if (!item.deleted) return { ...json, ...tags, parentReference: reference };
  return {
    id: json.id,
    ...(quirks.deletedShape === 'business' ? { size: item.size } : { name: item.name }),
    eTag: json.eTag,
    createdDateTime: json.createdDateTime,
    lastModifiedDateTime: json.lastModifiedDateTime,
    lastModifiedBy: item.modifiedBy,
    parentReference: reference,
    ...(item.folder ? { folder: { childCount: 0 } } : { file: {} }),
    deleted: quirks.deletedState ? { state: 'deleted' } : {},
  };
}

function parentReference(item: Item, view: ItemView): Record<string, unknown> {
  const { drive } = view;
  const reference = { driveType: drive.driveType, driveId: drive.id, ...(drive.driveType === 'personal' ? {} : { siteId: drive.siteId }) };
  if (item.parentId === undefined || item.id === view.rootId) return reference;
  const above = pathOf(item, view).slice(0, -1);
  // Percent-encoded, as in OneDrive's own answers.
  const path = `/drives/${drive.id}/root:${above.map((name) => `/${encodeURIComponent(name)}`).join('')}`;
  return { ...reference, id: shownId(drive, item.parentId), name: above.at(-1) ?? 'root', path };
}

/** The names from below the root down to the item itself. */
function pathOf(item: Item, view: ItemView): string[] {
  const names: string[] = [];
  for (let at: Item | undefined = item; at?.parentId !== undefined && at.id !== view.rootId; at = view.item(at.parentId)) names.unshift(at.name);
  return names;
}

export function eTag(item: Item, drive: Drive): string {
  if (drive.driveType === 'personal') return `a${Buffer.from(`${item.id}.${item.version}`).toString('base64url')}`;
  return `"{${uniqueId(item.id)}},${item.version}"`;
}

export function cTag(item: Item, drive: Drive): string {
  if (drive.driveType === 'personal') return `a${Buffer.from(`c:${item.id}.${item.contentVersion}`).toString('base64url')}`;
  return `"c:{${uniqueId(item.id)}},${item.contentVersion}"`;
}

export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
