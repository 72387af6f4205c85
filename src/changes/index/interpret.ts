import type { ChangeEvent, ChangeKind } from '../../events.ts';
import type { DriveItem } from './drive-item.ts';
import type { IndexedItem } from './drive-index.ts';

/** What there is to compare an item with. */
export interface Evidence {
  /** As it was last seen, with the path that it had then. */
  before: (IndexedItem & { path: string | undefined }) | undefined;
  /** Where it is now. */
  path: string | undefined;
  /** All that existed before is known: what is not known is new. */
  complete: boolean;
  /** Something was told of it of which nobody knows whether it arrived: what it is now is told in any case. */
  uncertain: boolean;
  /** Its deletion was told already. */
  deletionTold: boolean;
  /** Since when changes are told, by the service's clock, in milliseconds since the epoch. */
  since: number;
  /** For a folder that may have come along with a change below it only: when the latest of those was made. */
  changedBelow: number | undefined;
}

export interface Observation {
  target: string;
  via: ChangeEvent['via'];
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * Delta can lag a minute behind: what was made so long before the cursor may come after it.
 */
const LAG_MS = 120_000;
/** Creation and first modification of one upload are seconds apart, if at all. */
const SAME_TIME_MS = 2_000;

/**
 * One item of a delta answer as a change, or `undefined` where there is none: the root, a repetition,
 * an unchanged folder that came along with something below it.
 *
 * Where the item was seen before, name, parent and eTag tell what happened. A folder is what it is
 * called and where it lies: its eTag and times also move with its content, which tells its own changes.
 * Where it was not, its times have to do: see `ofUnseen`.
 */
export function interpret(item: DriveItem, sight: Evidence, occasion: Observation): ChangeEvent | undefined {
  if (item.root) return undefined;
  const change = item.deleted ? ofDeleted(sight) : sight.before === undefined ? ofUnseen(item, sight) : ofSeen(item, sight.before, sight.uncertain);
  if (change === undefined) return undefined;
  const { before } = sight;
  const lag = (change === 'created' || change === 'modified') && item.modified !== undefined ? Math.max(0, occasion.now - item.modified) : undefined;
  return {
    type: 'change',
    time: occasion.now,
    target: occasion.target,
    change,
    item: present({
      id: item.id,
      name: item.name ?? before?.name,
      path: item.deleted ? (before?.path ?? sight.path) : sight.path,
      size: item.size ?? (item.deleted ? before?.size : undefined),
      folder: item.folder || (before?.folder ?? false),
      eTag: item.eTag,
      webUrl: item.webUrl,
      lastModifiedDateTime: item.lastModifiedDateTime,
      lastModifiedBy: item.lastModifiedBy,
    }),
    ...(before === undefined ? {} : { previous: present({ name: before.name, path: before.path, size: before.size }) }),
    via: occasion.via,
    ...(lag === undefined ? {} : { changedToSeenMs: lag }),
  };
}

function ofDeleted({ before, complete, uncertain, deletionTold }: Evidence): ChangeKind | undefined {
  if (deletionTold) return undefined;
  // It came and went between two looks: nobody was told of it.
  return before === undefined && complete && !uncertain ? undefined : 'deleted';
}

function ofSeen(item: DriveItem, before: IndexedItem, uncertain: boolean): ChangeKind | undefined {
  if (item.parentId !== undefined && before.parentId !== undefined && item.parentId !== before.parentId) return 'moved';
  if (item.name !== undefined && item.name !== before.name) return 'renamed';
  return (item.tag === before.tag || item.folder) && !uncertain ? undefined : 'modified';
}

/**
 * What was made since (or just before, and not touched after, since delta lags) is created; what was
 * modified since is modified. An older one was renamed, moved, restored or shared, and nothing says
 * which. A folder that came with something below it is a change of its own only if it was modified at
 * a time of its own.
 */
function ofUnseen({ created, modified, folder }: DriveItem, { complete, deletionTold, since, changedBelow }: Evidence): ChangeKind | undefined {
  if (complete || deletionTold) return 'created';
  if (created !== undefined) {
    const untouched = modified === undefined || Math.abs(modified - created) <= SAME_TIME_MS;
    if (created >= since || (created >= since - LAG_MS && untouched)) return 'created';
  }
  const recent = modified !== undefined && modified >= since - LAG_MS;
  if (folder && changedBelow !== undefined) {
    return recent && modified > changedBelow + SAME_TIME_MS ? 'modified' : undefined;
  }
  return recent ? 'modified' : 'unknown';
}

/** Without the fields that are not known: an absent field says so, `null` or `""` would not. */
function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}
