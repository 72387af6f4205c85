import type { ChangeEvent } from '../../events.ts';
import { present } from '../../lib/json.ts';

/** Place is where an item is: its folder, and its name in there. */
export interface Place {
  parentId: string | undefined;
  name: string;
}

/** PlacedChange is a change with where its item was before and is now; `undefined` if unknown, or nowhere. */
export interface PlacedChange {
  event: ChangeEvent;
  from: Place | undefined;
  to: Place | undefined;
}

/** Why a change has to wait for another: for its folder, for the path that the other leaves, or until the other has left a folder that is deleted. */
export type Reason = 'folder' | 'room' | 'rescue';

export interface Wait {
  blocker: Node;
  blocked: Node;
  reason: Reason;
}

/** Node is a change that waits for its turn. */
export interface Node extends PlacedChange {
  id: string;
  deleted: boolean;
  /** It is no longer where it was, or no longer exists. */
  leaves: boolean;
  waits: Wait[];
  blocks: Wait[];
  /** How many it must wait for, and how many it should wait for. */
  must: number;
  better: number;
  yieldsTo: Node[];
  /** Position in the order without any waiting. */
  turn: number;
  done: boolean;
  /** A mirror that applies the lines has lost it: its path was taken, or its folder deleted, before it could leave. */
  lost: boolean;
}

/** Tree says which folder is in which: those with changes by their nodes, all others by `parentOf`. */
export interface Tree {
  byId: ReadonlyMap<string, Node>;
  parentOf: (id: string) => string | undefined;
}

/** `isBelow` says whether a node's item is still in this folder, at whatever depth. */
export function isBelow(node: Node, folder: Node, tree: Tree): boolean {
  for (const above of wayUp(node, tree)) {
    if (above === folder) return true;
    if (above.done) return false;
  }
  return false;
}

/** `asRepeated` returns a change in a form that can be applied after all earlier ones. */
export function asRepeated(node: Node, tree: Tree): ChangeEvent {
  const { event, deleted } = node;
  if (deleted) {
    const path = currentPath(node, event.item.path, tree);
    if (path === event.item.path && event.previous?.path === path) return event;
    return { ...event, item: present({ ...event.item, path }), ...previousAt(event, path) };
  }
  if (event.previous?.path === undefined) return event;
  const before = currentPath(node, event.previous.path, tree);
  return before === event.previous.path ? event : { ...event, ...previousAt(event, before) };
}

function previousAt({ previous }: ChangeEvent, path: string | undefined): Pick<ChangeEvent, 'previous'> {
  return previous === undefined ? {} : { previous: present({ ...previous, path }) };
}

/** Where an item is that was at `before` when the round began, and has not had its turn yet. */
function currentPath(node: Node, before: string | undefined, tree: Tree): string | undefined {
  if (before === undefined || node.lost) return undefined;
  for (const above of wayUp(node, tree)) {
    // What was lost with its folder has lost what was in it, too.
    node.lost = above.lost || (above.done && above.deleted);
    if (node.lost) return undefined;
    if (!above.done) continue;
    const was = above.event.previous?.path;
    const is = above.event.item.path;
    if (was === undefined || is === undefined) continue;
    return before.startsWith(`${was}/`) ? `${is}${before.slice(was.length)}` : before;
  }
  return before;
}

/** The folders that an item was in before the round, from the nearest upwards, as far as they have changes. */
function* wayUp(node: Node, tree: Tree): Generator<Node> {
  const { byId, parentOf } = tree;
  const met = new Set<string>();
  for (let id = node.from?.parentId; id !== undefined && !met.has(id);) {
    met.add(id);
    const above = byId.get(id);
    if (above !== undefined) yield above;
    id = above === undefined ? parentOf(id) : above.from?.parentId;
  }
}
