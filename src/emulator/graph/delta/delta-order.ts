import type { Item } from '../../drive/item.ts';

export interface DeltaOrder {
  /** Returns the state that delta shows. */
  shown: (id: string) => Item | undefined;
  /** Whether an item is still to come, on this page or a later one. */
  isPending: (id: string) => boolean;
  /** The unchanged folders that are included: all above a change, the root alone, or none. */
  above: 'all' | 'root' | 'none';
  order: 'folders-first' | 'children-first';
  /** The id of the drive's root. */
  rootId: string;
}

/**
 * Puts the items of a page in order and adds the folders above them. The real delta sends each folder
 * before its content, over pages too (rclone and abraunegg/onedrive rely on it): a changed folder that
 * is due on a later page comes early here, and again in its turn. The other order is a quirk.
 */
export function ordered(changed: readonly Item[], context: DeltaOrder): Item[] {
  const placed = new Map<string, Item>();
  const here = new Set(changed.map(({ id }) => id));
  for (const item of changed) {
    for (const folder of foldersAbove(item, context)) {
      if (here.has(folder.id) || comesAlong(folder, context)) placed.set(folder.id, placed.get(folder.id) ?? folder);
    }
    placed.set(item.id, placed.get(item.id) ?? item);
  }
  const items = [...placed.values()];
  if (context.order === 'folders-first') return items;
  const depths = new Map(items.map((item) => [item.id, foldersAbove(item, context).length]));
  return items.sort((one, other) => (depths.get(other.id) ?? 0) - (depths.get(one.id) ?? 0));
}

function comesAlong(folder: Item, { isPending, above, order, rootId }: DeltaOrder): boolean {
  if (isPending(folder.id) && order === 'folders-first') return true;
  return !folder.deleted && (above === 'all' || (above === 'root' && folder.id === rootId));
}

/** Returns the folders above an item, from the root down. */
export function foldersAbove(item: Item, { shown }: Pick<DeltaOrder, 'shown'>): Item[] {
  const above: Item[] = [];
  let folder = item.parentId === undefined ? undefined : shown(item.parentId);
  while (folder !== undefined) {
    above.unshift(folder);
    folder = folder.parentId === undefined ? undefined : shown(folder.parentId);
  }
  return above;
}
