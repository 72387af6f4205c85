import type { EventSource, Origin } from '../events.ts';
import type { ActionEvent, ActionItem } from './action.ts';

/** Pending is an event that has not been handled. */
export interface Pending {
  item: ActionItem;
  /** That of the first event that it stands for, if it has replaced others. */
  origin: Origin | undefined;
  place: number;
}

/** Checkpoint is what happens once everything before it has been handled. */
export interface Checkpoint {
  commit: () => Promise<void>;
  stream?: EventSource | undefined;
}

export type Entry = Pending | Checkpoint;

/** `coalesced` keeps the last event of each item. Checkpoints come after the events that stand for what they cover. */
export function coalesced(waiting: readonly Entry[]): Entry[] {
  const latest = new Map<string, Pending>();
  for (const entry of waiting) if ('item' in entry) latest.set(keyOf(entry.item.event), entry);
  const kept: Entry[] = [];
  const held: Checkpoint[] = [];
  /** Events later in the queue that stand for earlier ones. */
  const owed = new Set<Pending>();
  for (const entry of waiting) {
    if ('commit' in entry) {
      (owed.size > 0 ? held : kept).push(entry);
      continue;
    }
    const final = latest.get(keyOf(entry.item.event)) ?? entry;
    if (final === entry) {
      owed.delete(entry);
      kept.push(entry);
      if (owed.size === 0) kept.push(...held.splice(0));
    } else if (!owed.has(final)) {
      owed.add(final);
      final.origin = entry.origin;
      final.place = entry.place;
    }
  }
  return kept;
}

/** Events with the same key are about the same item, or, since a notification names none, the same drive. */
function keyOf(event: ActionEvent): string {
  return event.type === 'change' ? JSON.stringify([event.target, event.item.id]) : JSON.stringify([event.target]);
}
