import { freeName } from '../../drive/names.ts';
import { childOf, pathOf } from '../../drive/tree.ts';
import type { Node } from '../../drive/tree.ts';
import type { ItemReference } from '../address/address.ts';
import type { Drive } from '../directory/directory.ts';
import { rootOf } from '../drive-root.ts';
import { invalidRequest, itemNotFound, nameAlreadyExists } from '../errors.ts';
import { findNode, nodeOf } from '../lookup.ts';
import type { GraphService } from '../service.ts';
import { checkedName } from './write-options.ts';
import type { Conflict } from './write-options.ts';

/** Where an item is to be put. */
export interface Place {
  /** The deepest folder that exists. */
  folder: Node;
  /** Folders to create below it: an upload by path creates them. */
  missing: readonly string[];
  name: string;
  /** The item that is there now. */
  existing: Node | undefined;
}

/** Finds the place of an upload: an existing item by its id, or a path whose last name may be new. */
export function placeOf(service: GraphService, drive: Drive, reference: ItemReference): Place {
  const existing = findNode(service, drive, reference);
  if (existing !== undefined) {
    if (existing.parent === undefined || existing === rootOf(service.folder, drive)) throw invalidRequest('The root of a drive has no content.');
    return { folder: existing.parent, missing: [], name: existing.item.name, existing };
  }
  if (reference.by !== 'path') throw itemNotFound();
  const names = reference.names.map(checkedName);
  let folder = nodeOf(service, drive, { ...reference, names: [] });
  let depth = 0;
  for (let next = childOf(folder, names[0] ?? ''); next !== undefined; next = childOf(folder, names[depth] ?? '')) {
    if (!next.item.folder) throw nameAlreadyExists();
    folder = next;
    depth++;
  }
  return { folder, missing: names.slice(depth, -1), name: names.at(-1) ?? '', existing: undefined };
}

/** Returns the path of a child of a folder, relative to the drive's folder. */
export function pathIn(folder: Node | string, name: string): string {
  const above = typeof folder === 'string' ? folder : pathOf(folder);
  return above === '' ? name : `${above}/${name}`;
}

/** Decides the name for an item; throws Graph's 409 if it is taken and may not be replaced. `taken` is what has the name now. */
export function nameFor(folder: Node, name: string, taken: Node | undefined, conflict: Conflict): string {
  if (taken === undefined || conflict === 'replace') return name;
  if (conflict === 'fail') throw nameAlreadyExists();
  return freeName(name, (candidate) => childOf(folder, candidate) !== undefined);
}

/** Checks that a node is a folder. */
export function folderNode(node: Node): Node {
  if (!node.item.folder) throw invalidRequest('The item is not a folder.');
  return node;
}
