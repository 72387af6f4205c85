import type { FolderDrive } from '../drive/folder-drive.ts';
import type { Node } from '../drive/tree.ts';
import type { Drive } from './directory/directory.ts';
import { itemNotFound } from './errors.ts';

/** Returns the folder that a drive shows as its root; throws Graph's 404 if it has been deleted. */
export function rootOf({ tree }: Pick<FolderDrive, 'tree'>, drive: Drive): Node {
  const found = tree.byPath(drive.subfolder);
  if (found === undefined) throw itemNotFound();
  return found;
}

/** Whether a node is this folder or below it. */
export function isInside(node: Node, folder: Node): boolean {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) if (at === folder) return true;
  return false;
}
