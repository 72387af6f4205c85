import type { ChangeEvent } from '../../events.ts';

/**
 * The changes of one round in an order in which they can be repeated elsewhere: delta tells last
 * states, in no order that can be relied on (a creation can come before the deletion that made room
 * for it).
 *
 * Deletions come first, the deepest at the very beginning; then everything else, folders before what
 * is in them. A folder that something was moved out of is deleted last, and so is one of which that
 * cannot be ruled out. `complete`: an item without `previous` is new.
 */
export function replayOrder(changes: readonly ChangeEvent[], complete: boolean): ChangeEvent[] {
  const present = changes.filter(({ change }) => change !== 'deleted');
  const origins = present.map(({ previous }) => previous?.path);
  const fromAnywhere = !complete && origins.includes(undefined);
  // Looked up, not searched: a resync may bring as many folders as changes.
  const left = new Set(origins.flatMap((path) => (path === undefined ? [] : foldersOf(path))));
  const mayHaveLeft = (folder: string | undefined): boolean => fromAnywhere || (folder === undefined ? left.size > 0 : left.has(folder));
  const rank = ({ change, item }: ChangeEvent): number => {
    if (change !== 'deleted') return 1;
    return item.folder && mayHaveLeft(item.path) ? 2 : 0;
  };
  return changes
    .map((event) => ({ event, rank: rank(event), depth: depthOf(event) }))
    .sort((a, b) => a.rank - b.rank || (a.rank === 1 ? a.depth - b.depth : b.depth - a.depth))
    .map(({ event }) => event);
}

/** `/a` and `/a/b` of `/a/b/c`; the root is never deleted, but counts as one. */
function foldersOf(path: string): string[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index));
}

function depthOf({ item: { path } }: ChangeEvent): number {
  return path === undefined ? 0 : path.split('/').length;
}
