import type { ChangeEvent } from '../../events.ts';
import { asRepeated, isBelow, type Node, type Place, type PlacedChange, type Reason, type Tree, type Wait } from './replay-node.ts';

export interface OrderOptions {
  /** Returns the folder of an item that has no change, where it is known. */
  parentOf: (id: string) => string | undefined;
  /** Everything that existed before is known: an item without `from` is new. */
  complete: boolean;
}

/**
 * `replayOrder` returns the changes of one round in an order in which they can be applied elsewhere, by path:
 * delta gives final states, in no reliable order.
 *
 * Deletions come first, the deepest at the very beginning; then everything else, folders before what is in
 * them. But an item that leaves a path comes before the one that takes it, and what leaves a folder before that is deleted
 * or, if possible, moved. `previous.path` (of a deletion: `path`) is where the item is once the earlier lines have
 * been applied: below a folder that was renamed a line earlier, it begins with the new name.
 *
 * If changes wait for each other in a circle (two names swapped), one goes first and replaces what is at its
 * path. What is replaced has no `previous.path` in its own line later: it has to be fetched again, a folder with
 * everything in it.
 */
export function replayOrder(changes: readonly PlacedChange[], options: OrderOptions): ChangeEvent[] {
  const nodes = createNodes(changes, options.complete);
  const tree: Tree = { byId: new Map(nodes.map((node) => [node.id, node])), parentOf: options.parentOf };
  connect(nodes, tree);
  const ordered: ChangeEvent[] = [];
  let turn = 0;
  let strict = true;
  const release = (first: Node): void => {
    const open = [first];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (node.done || node.must > 0 || (strict && (node.better > 0 || node.turn > turn))) continue;
      node.done = true;
      ordered.push(asRepeated(node, tree));
      for (const other of node.yieldsTo) other.better -= 1;
      for (const { blocked } of node.blocks) blocked.must -= 1;
      // The last in is the first out. Not as arguments: there may be more than the stack takes.
      for (const other of [...node.blocks.map(({ blocked }) => blocked), ...node.yieldsTo].sort((a, b) => b.turn - a.turn)) open.push(other);
    }
  };
  for (const node of nodes) {
    turn = node.turn;
    release(node);
  }
  strict = false;
  nodes.forEach(release);
  for (const node of nodes) untangle(node, release, tree);
  return ordered;
}

function createNodes(changes: readonly PlacedChange[], complete: boolean): Node[] {
  const fromAnywhere = !complete && changes.some(({ event: { change }, from }) => change !== 'deleted' && change !== 'created' && from === undefined);
  const rank = ({ change, item }: ChangeEvent): number => (change !== 'deleted' ? 1 : item.folder && fromAnywhere ? 2 : 0);
  return changes
    .map((change) => ({ change, rank: rank(change.event), depth: depthOf(change.event) }))
    .sort((a, b) => a.rank - b.rank || (a.rank === 1 ? a.depth - b.depth : b.depth - a.depth))
    .map(({ change: { event, from, to } }, turn) => {
      const deleted = event.change === 'deleted';
      const leaves = deleted || (from !== undefined && to !== undefined && (from.parentId !== to.parentId || from.name !== to.name));
      return { event, from, to, id: event.item.id, deleted, leaves, waits: [], blocks: [], must: 0, better: 0, yieldsTo: [], turn, done: false, lost: false };
    });
}

function connect(nodes: readonly Node[], tree: Tree): void {
  const { byId, parentOf } = tree;
  const leavers = new Map<string, Node[]>();
  for (const node of nodes) {
    if (!node.leaves || node.from === undefined) continue;
    const key = keyOf(node.from);
    const others = leavers.get(key);
    if (others === undefined) leavers.set(key, [node]);
    else others.push(node);
  }
  const above = nearest(byId, (id, node) => (node === undefined ? parentOf(id) : node.to?.parentId), () => true);
  // Folders that stay where they are lead on to the ones above.
  const aboveBefore = nearest(byId, (id, node) => (node === undefined ? parentOf(id) : node.from?.parentId), (node) => node.leaves);
  for (const node of nodes) {
    const folder = node.deleted ? undefined : above(node.to?.parentId);
    if (folder !== undefined && !folder.deleted) wait(node, folder, 'folder');
    if (!node.deleted && node.to !== undefined) {
      for (const leaver of leavers.get(keyOf(node.to)) ?? []) wait(node, leaver, 'room');
    }
    const left = aboveBefore(node.from?.parentId);
    if (left?.deleted === true) {
      wait(left, node, 'rescue');
    } else if (left !== undefined && left !== node && node.leaves && node.from?.parentId !== node.to?.parentId) {
      node.yieldsTo.push(left);
      left.better += 1;
    }
  }
}

function wait(blocked: Node, blocker: Node, reason: Reason): void {
  if (blocked === blocker) return;
  const added = { blocker, blocked, reason };
  blocked.waits.push(added);
  blocker.blocks.push(added);
  blocked.must += 1;
}

/** OneDrive's names do not differ by case alone. */
function keyOf({ parentId, name }: Place): string {
  return `${parentId ?? ''}\n${name.toLowerCase()}`;
}

/** Returns a function that finds, from a folder upwards, the nearest node that counts; each folder is visited once. */
function nearest(
  byId: ReadonlyMap<string, Node>,
  up: (id: string, node: Node | undefined) => string | undefined,
  counts: (node: Node) => boolean,
): (id: string | undefined) => Node | undefined {
  const found = new Map<string, Node | undefined>();
  return (start) => {
    const way: string[] = [];
    let id = start;
    let result: Node | undefined;
    while (id !== undefined) {
      const node = byId.get(id);
      if (node !== undefined && counts(node)) result = node;
      else if (found.has(id)) result = found.get(id);
      if (result !== undefined || found.has(id)) break;
      // Also what ends a circle.
      found.set(id, undefined);
      way.push(id);
      id = up(id, node);
    }
    for (const each of way) found.set(each, result);
    return result;
  };
}

/** Releases a node that is in a circle, or behind one, by letting one in each circle go first. */
function untangle(start: Node, release: (node: Node) => void, tree: Tree): void {
  const way: Node[] = [];
  const at = new Map<Node, number>();
  const checked = new Map<Node, number>();
  const enter = (node: Node): void => {
    at.set(node, way.length);
    way.push(node);
  };
  if (!start.done) enter(start);
  for (let node = way.at(-1); node !== undefined; node = way.at(-1)) {
    if (node.done) {
      way.pop();
      at.delete(node);
      continue;
    }
    let next = checked.get(node) ?? 0;
    while (node.waits[next]?.blocker.done === true) next += 1;
    checked.set(node, next);
    const blocker = node.waits[next]?.blocker;
    if (blocker === undefined) {
      release(node);
      continue;
    }
    const from = at.get(blocker);
    if (from === undefined) {
      enter(blocker);
      continue;
    }
    const circle = way.slice(from).flatMap((each) => each.waits[checked.get(each) ?? 0] ?? []);
    const broken = circle.find(({ reason }) => reason === 'rescue') ?? circle.find(({ reason }) => reason === 'room') ?? circle[0];
    if (broken === undefined) return;
    goAhead(broken, tree);
    release(broken.blocked);
    // What came behind it on the way no longer leads round.
    for (const left of way.splice((at.get(broken.blocked) ?? 0) + 1)) at.delete(left);
  }
}

/** Lets the blocked change go before its blocker, at the cost of losing one of them in a mirror. */
function goAhead(broken: Wait, tree: Tree): void {
  const { blocked, blocker, reason } = broken;
  blocked.waits = blocked.waits.filter((each) => each !== broken);
  blocker.blocks = blocker.blocks.filter((each) => each !== broken);
  blocked.must -= 1;
  if (reason !== 'folder') blocker.lost = true;
  // What takes the place of a folder that it is still in goes with it.
  if (reason === 'room' && isBelow(blocked, blocker, tree)) blocked.lost = true;
}

function depthOf({ item: { path } }: ChangeEvent): number {
  return path === undefined ? 0 : path.split('/').length;
}
