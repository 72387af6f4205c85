import type { ChangeEvent } from '../events.ts';

/**
 * The changes of one round in an order in which they can be repeated elsewhere: delta tells last
 * states, in no order that can be relied on (a creation can come before the deletion that made room
 * for it).
 *
 * Deletions come first, the deepest at the very beginning; then everything else, folders before what
 * is in them. A folder that something was moved out of is deleted last.
 */
export function inOrder(changes: readonly ChangeEvent[]): ChangeEvent[] {
  const rescued = changes
    .filter(({ change }) => change !== 'deleted')
    .flatMap(({ previous }) => (previous?.path === undefined ? [] : [previous.path]));
  const rank = ({ change, item }: ChangeEvent): number => {
    if (change !== 'deleted') return 1;
    return item.folder && item.path !== undefined && rescued.some((path) => path.startsWith(`${item.path ?? ''}/`)) ? 2 : 0;
  };
  return changes
    .map((event) => ({ event, rank: rank(event), depth: depthOf(event) }))
    .sort((a, b) => a.rank - b.rank || (a.rank === 1 ? a.depth - b.depth : b.depth - a.depth))
    .map(({ event }) => event);
}

function depthOf({ item: { path } }: ChangeEvent): number {
  return path === undefined ? 0 : path.split('/').length;
}
