import type { Observed } from './observation.ts';
import { Tree } from './tree.ts';
import type { Node } from './tree.ts';
import type { KeptNode, KeptTree } from './tree-file.ts';

/**
 * Restores the tree of an earlier run. The root stays the drive's root, even if another folder is there now.
 * Duplicates and items without a parent are left out: the reading that follows finds them as new.
 */
export function restored({ root, nodes }: KeptTree, now: Observed): Tree {
  const tree = new Tree(root.item, now);
  const inode = sameDevice(root.observed, now);
  const below = new Map<string, KeptNode[]>();
  for (const node of nodes) {
    const siblings = below.get(node.item.parentId ?? '');
    if (siblings === undefined) below.set(node.item.parentId ?? '', [node]);
    else siblings.push(node);
  }
  const parents = [tree.root];
  // The array grows while it is walked.
  for (const parent of parents) {
    for (const { item, observed } of below.get(parent.item.id) ?? []) {
      if (tree.byId(item.id) !== undefined || parent.children.has(item.name)) continue;
      const node: Node = { item, observed: { ...observed, inode: inode(observed.inode) }, parent: undefined, children: new Map() };
      tree.add(node);
      tree.attach(node, parent, item.name);
      if (item.folder) parents.push(node);
    }
  }
  return tree;
}

/** After a restart of the machine or container, a device may have a different number but still the same inodes. */
function sameDevice(before: Observed, now: Observed): (inode: string) => string {
  const [oldDevice, oldNumber] = before.inode.split(':');
  const [device, number] = now.inode.split(':');
  if (oldDevice === device || oldNumber !== number || before.birthNs !== now.birthNs) return (inode) => inode;
  return (inode) => (inode.startsWith(`${oldDevice}:`) ? `${device}${inode.slice(inode.indexOf(':'))}` : inode);
}
