import type { Author, Item } from './item.ts';
import type { Tree } from './tree.ts';

/** Times that a client set on an item: the file system keeps neither creation times nor those of folders. */
export interface ItemTimes {
  path: string;
  createdMs: number | undefined;
  modifiedMs: number | undefined;
}

/** Sets these times on items of the tree, and returns all changed items, these included. */
export function withTimes(tree: Tree, changed: readonly Item[], times: readonly ItemTimes[], author: Author): Item[] {
  const result = [...changed];
  for (const { path, createdMs, modifiedMs } of times) {
    const node = tree.byPath(path);
    if (node === undefined) continue;
    const { item: before } = node;
    const after = { ...before, createdMs: createdMs ?? before.createdMs, modifiedMs: modifiedMs ?? before.modifiedMs };
    if (after.createdMs === before.createdMs && after.modifiedMs === before.modifiedMs) continue;
    const at = result.findIndex(({ id }) => id === before.id);
    if (at >= 0) {
      node.item = after;
      result[at] = after;
    } else {
      node.item = { ...after, version: before.version + 1, modifiedBy: author };
      result.push(node.item);
    }
  }
  return result;
}
