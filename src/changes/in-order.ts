import type { ChangeEvent } from '../events.ts';

/**
 * The changes of one round in an order in which they can be repeated elsewhere: delta tells last
 * states, in no order that can be relied on (a creation can come before the deletion that made room
 * for it).
 *
 * Deletions come first, the deepest at the very beginning; then everything else, folders before what
 * is in them. A folder that something was moved out of is deleted last, and so is one of which that
 * cannot be ruled out. `complete`: an item without `previous` is new.
 */
export function inOrder(changes: readonly ChangeEvent[], complete: boolean): ChangeEvent[] {
  const present = changes.filter(({ change }) => change !== 'deleted');
  const origins = present.map(({ previous }) => previous?.path);
  const mayHaveLeft = (folder: string | undefined): boolean =>
    origins.some((path) => (path === undefined ? !complete : folder === undefined || path.startsWith(`${folder}/`)));
  const rank = ({ change, item }: ChangeEvent): number => {
    if (change !== 'deleted') return 1;
    return item.folder && mayHaveLeft(item.path) ? 2 : 0;
  };
  return changes
    .map((event) => ({ event, rank: rank(event), depth: depthOf(event) }))
    .sort((a, b) => a.rank - b.rank || (a.rank === 1 ? a.depth - b.depth : b.depth - a.depth))
    .map(({ event }) => event);
}

function depthOf({ item: { path } }: ChangeEvent): number {
  return path === undefined ? 0 : path.split('/').length;
}
