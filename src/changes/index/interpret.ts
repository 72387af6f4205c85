import type { ChangeEvent, ChangeKind } from '../../events.ts';
import { present } from '../../lib/json.ts';
import type { DriveItem } from './drive-item.ts';
import type { IndexedItem } from './drive-index.ts';

/** Evidence is what an item is compared with. */
export interface Evidence {
  /** The item as it was last seen, with the path that it had then. */
  before: (IndexedItem & { path: string | undefined }) | undefined;
  /** Where it is now. */
  path: string | undefined;
  /** Everything that existed before is known: what is unknown is new. */
  complete: boolean;
  /** A change of it was reported, and it is unknown whether that arrived: its current state is reported in any case. */
  uncertain: boolean;
  /** Its deletion was reported already. */
  deletionReported: boolean;
  /** Since when changes are reported, by the service's clock, in milliseconds since the epoch. */
  since: number;
  /** For a folder that may have come only because of a change below it. */
  below?: ChangedBelow | undefined;
}

/** ChangedBelow is what changed below a folder in the same round. */
export interface ChangedBelow {
  /** Milliseconds since the epoch of the latest change; `Infinity` where a time is not known. */
  latest: number;
  /** Unchanged folders above a change are known to come along; if false, it only cannot be ruled out. */
  certain: boolean;
}

export interface Observation {
  target: string;
  via: ChangeEvent['via'];
  /** Milliseconds since the epoch. */
  now: number;
  /** The same moment by the service's clock. */
  serviceNow: number;
}

/**
 * Delta can lag a minute behind: what was made so long before the cursor may come after it. In milliseconds.
 */
export const LAG_MS = 120_000;
/** Creation and first modification of one upload are seconds apart, if at all. In milliseconds. */
const SAME_TIME_MS = 2_000;
/** A change that is said to be older than this has no time (`0001-01-01`): no cursor is good for so long. In milliseconds. */
const LONGEST_AGE_MS = 366 * 24 * 3_600_000;

/**
 * `interpret` turns one item of a delta answer into a change; `undefined` where there is none: the root, a
 * repetition, an unchanged folder that came along with something below it.
 *
 * If the item was seen before, name, parent and eTag show what happened. Of a folder only name and place count:
 * its eTag and times also change with its content, which has changes of its own.
 * If it was not, its times decide: see `ofUnseen`.
 */
export function interpret(item: DriveItem, evidence: Evidence, observation: Observation): ChangeEvent | undefined {
  if (item.root) return undefined;
  const change = item.deleted ? ofDeleted(evidence) : evidence.before === undefined ? ofUnseen(item, evidence) : ofSeen(item, evidence.before, evidence.uncertain);
  return change === undefined ? undefined : eventOf(item, change, evidence, observation);
}

/**
 * `interpretSharing` says that an item's sharing has changed, if the service says so; it does not say how, or by whom.
 * It comes in addition to any other change, and in place of a change about which nothing else is known.
 */
export function interpretSharing(item: DriveItem, evidence: Evidence, observation: Observation): ChangeEvent | undefined {
  return item.shared !== true || item.deleted || item.root ? undefined : eventOf(item, 'shared', { ...evidence, before: undefined }, observation);
}

function eventOf(item: DriveItem, change: ChangeKind, evidence: Evidence, observation: Observation): ChangeEvent {
  const { before } = evidence;
  const changedToSeenMs = change === 'created' || change === 'modified' ? age(item.modified, observation.serviceNow) : undefined;
  return {
    type: 'change',
    time: observation.now,
    target: observation.target,
    change,
    item: present({
      id: item.id,
      name: item.name ?? before?.name,
      path: item.deleted ? (before?.path ?? evidence.path) : evidence.path,
      size: item.size ?? (item.deleted ? before?.size : undefined),
      folder: item.folder || (before?.folder ?? false),
      eTag: item.eTag,
      webUrl: item.webUrl,
      lastModifiedDateTime: item.lastModifiedDateTime,
      lastModifiedBy: item.lastModifiedBy,
    }),
    ...(before === undefined ? {} : { previous: present({ name: before.name, path: before.path, size: before.size }) }),
    via: observation.via,
    ...(changedToSeenMs === undefined ? {} : { changedToSeenMs }),
  };
}

function age(modified: number | undefined, now: number): number | undefined {
  if (modified === undefined || Math.abs(now - modified) > LONGEST_AGE_MS) return undefined;
  return Math.max(0, now - modified);
}

function ofDeleted({ before, complete, uncertain, deletionReported }: Evidence): ChangeKind | undefined {
  if (deletionReported) return undefined;
  // It was created and deleted between two queries: it was never reported.
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
 * which. A folder that comes along with something below it is a change of its own only if it was modified
 * at a time of its own; where that it came along only cannot be ruled out, if it was modified at all.
 */
function ofUnseen({ created, modified, folder }: DriveItem, { complete, deletionReported, since, below }: Evidence): ChangeKind | undefined {
  if (complete || deletionReported) return 'created';
  if (created !== undefined) {
    const untouched = modified === undefined || Math.abs(modified - created) <= SAME_TIME_MS;
    if (created >= since || (created >= since - LAG_MS && untouched)) return 'created';
  }
  const recent = modified !== undefined && modified >= since - LAG_MS;
  if (folder && below !== undefined) {
    const ownTime = recent && (!below.certain || modified > below.latest + SAME_TIME_MS);
    return ownTime ? 'modified' : undefined;
  }
  return recent ? 'modified' : 'unknown';
}
