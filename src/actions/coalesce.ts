import type { WatchEvent } from '../events.ts';
import type { ActionEvent, ActionItem } from './action.ts';

/** Where an event stands among those of its stream. */
export interface Origin {
  stream: object;
  /** The last change of that stream before it. */
  before: WatchEvent | undefined;
}

/** An event that is not done with. */
export interface Pending {
  item: ActionItem;
  /** Those of the first event that it stands for, where it has replaced others. */
  origin: Origin | undefined;
  place: number;
}

/** What happens once all before it is done with. */
export interface Checkpoint {
  commit: () => Promise<void>;
}

export type Entry = Pending | Checkpoint;

/** After a pause, the last that was said of an item is what counts. Checkpoints go behind what stands for what they cover. */
export function coalesced(waiting: readonly Entry[]): Entry[] {
  const latest = new Map<string, Pending>();
  for (const entry of waiting) if ('item' in entry) latest.set(keyOf(entry.item.event), entry);
  const kept: Entry[] = [];
  const held: Checkpoint[] = [];
  /** What stands for events that have been met already, and is still to come. */
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

/** Which events are about the same: an item, or, since a notification names none, its drive. */
function keyOf(event: ActionEvent): string {
  return event.type === 'change' ? JSON.stringify([event.target, event.item.id]) : JSON.stringify([event.target]);
}
