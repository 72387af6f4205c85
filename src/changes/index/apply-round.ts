import type { ChangeEvent } from '../../events.ts';
import { canBeInPath } from '../../item-path.ts';
import type { AncestorEvidence } from './ancestors.ts';
import type { DriveItem } from './drive-item.ts';
import type { DriveIndex, IndexedItem } from './drive-index.ts';
import type { LookUp } from './folder-look-ups.ts';
import { interpret, interpretSharing, type Evidence, type Observation } from './interpret.ts';
import { learnParents } from './learn-parents.ts';
import type { RecentDeletions } from './recent-deletions.ts';
import type { Place, PlacedChange } from './replay-node.ts';
import { replayOrder } from './replay-order.ts';
import { putItem, removeGone, stepOf, type Round, type Step } from './round.ts';

export interface RoundContext {
  index: DriveIndex;
  deletions: RecentDeletions;
  ancestors: AncestorEvidence;
  observation: Observation;
  since: number;
  /**
   * Given where the index is later than the round, so that nothing can be compared with it: all that can be, the
   * items that were reported already. Of all others only their times count.
   */
  baseline: ReadonlyMap<string, IndexedItem> | undefined;
  /** What an earlier run may have reported of some items, and may not have. */
  uncertain: ReadonlyMap<string, Step>;
  lookUp: LookUp;
  /** Ids of items that were listed with another name, or in another folder: they did not only come along. */
  changed?: ReadonlySet<string> | undefined;
  /** Whose sharing an earlier run has reported, and its tag then, by id. */
  sharingReported?: ReadonlyMap<string, number> | undefined;
}

export interface RoundResult {
  events: ChangeEvent[];
  /** Every step of the round, those included of which nothing is reported. */
  steps: Step[];
  /** Ids of what was deleted with its folder without a step of its own. */
  goneBelow: string[];
}

/**
 * `applyRound` returns what a round changed, in an order in which it can be applied elsewhere, and brings the index up
 * to date. The whole round is read before any path is built: a folder's rename may come after what
 * is in it, and a folder after what is in it.
 */
export async function applyRound(round: Round, context: RoundContext): Promise<RoundResult> {
  const { index, deletions, ancestors, observation, since, baseline, changed } = context;
  // The index may have items as delta is only about to report them, and lack some whose deletion it is about to report.
  const mayBeAhead = index.aheadUntil > 0;
  const items = withFolders(round, index);
  const ahead = new Set(items.filter((item) => mayBeAhead && index.isListed(item.id) && isSame(item, index.get(item.id))).map(({ id }) => id));
  const complete = index.complete && baseline === undefined;
  const pathBefore = index.pathReader();
  const befores = new Map(items.map(({ id }) => [id, beforeOf(id, index.get(id), baseline, pathBefore)]));
  if (items.some((item) => changesPaths(item, index))) index.forgetHints();
  await learnParents(round, index, context.lookUp);
  const below = complete && ahead.size === 0 ? undefined : ancestors.changedBelow(round, index);

  const pathNow = index.pathReader();
  const deletedPaths = new Map(items.filter(({ deleted }) => deleted).map((item) => [item.id, pathOfDeleted(item, pathNow)]));
  const steps = items.map(stepOf);
  for (const step of steps) if ('put' in step) putItem(step.put, index);
  const path = index.pathReader();
  const changes: PlacedChange[] = [];
  const sharings: ChangeEvent[] = [];
  for (const item of items) {
    const maybe = context.uncertain.get(item.id);
    // As without an index: how it came to be as it was listed may be what this round reports.
    const isNews = ahead.has(item.id);
    const before = isNews ? undefined : befores.get(item.id) ?? (item.deleted ? lastReported(maybe, pathNow) : undefined);
    const evidence: Evidence = {
      before, since,
      complete: complete && !isNews && !(item.deleted && mayBeAhead),
      uncertain: maybe !== undefined,
      path: item.deleted ? deletedPaths.get(item.id) : path(item.id),
      deletionReported: deletions.has(item.id),
      below: (complete && !isNews) || changed?.has(item.id) === true ? undefined : below?.get(item.id),
    };
    const sharing = context.sharingReported?.get(item.id) === item.tag ? undefined : interpretSharing(item, evidence, observation);
    if (sharing !== undefined) sharings.push(sharing);
    const event = interpret(item, evidence, observation);
    const explained = event?.change === 'unknown' && sharing !== undefined;
    if (event !== undefined && !explained) changes.push({ event, from: before === undefined ? placeOfDeleted(item) : placeOf(before), to: item.deleted ? undefined : placeOf(index.get(item.id)) });
    if (item.deleted) deletions.add(item.id);
    else deletions.delete(item.id);
  }
  const events = replayOrder(changes, { complete: complete && ahead.size === 0, parentOf: (id) => index.parent(id) });
  for (const sharing of sharings) events.push(sharing);
  return { events, steps, goneBelow: removeGone(steps, index) };
}

/** Of a folder only name and place count. */
function isSame({ name, parentId, tag, folder, deleted }: DriveItem, indexed: IndexedItem | undefined): boolean {
  return !deleted && indexed !== undefined && (folder || indexed.tag === tag) && indexed.name === name && indexed.parentId === parentId;
}

function beforeOf(id: string, indexed: IndexedItem | undefined, baseline: RoundContext['baseline'], path: (id: string) => string | undefined): Evidence['before'] {
  if (baseline === undefined) return indexed === undefined ? undefined : { ...indexed, path: path(id) };
  const reported = baseline.get(id);
  return reported === undefined ? undefined : { ...reported, path: undefined };
}

function placeOf(item: IndexedItem | undefined): Place | undefined {
  return item === undefined ? undefined : { parentId: item.parentId, name: item.name };
}

/** Returns what a deletion itself says about where the item was. */
function placeOfDeleted({ deleted, name, parentId }: DriveItem): Place | undefined {
  return deleted && name !== undefined ? { parentId, name } : undefined;
}

/** The items of a round, in which whatever went with its folder is deleted too, whatever is said of it: the service need not list each item of a deleted folder. */
function withFolders({ items }: Round, index: DriveIndex): DriveItem[] {
  // Whether each folder is gone; each is visited once.
  const gone = new Map<string, boolean>();
  const isGone = (start: string | undefined): boolean => {
    const way: string[] = [];
    let id = start;
    while (id !== undefined && !gone.has(id)) {
      const item = items.get(id);
      // Also what ends a circle.
      gone.set(id, item?.deleted === true);
      if (item?.deleted === true) break;
      way.push(id);
      id = item?.parentId ?? index.parent(id);
    }
    const verdict = id !== undefined && gone.get(id) === true;
    for (const each of way) gone.set(each, verdict);
    return verdict;
  };
  return [...items.values()].map((item) => (!item.deleted && isGone(item.parentId) ? { ...item, deleted: true } : item));
}

/** Returns an item as it may have been reported, if that is all that is known. */
function lastReported(maybe: Step | undefined, path: (id: string) => string | undefined): Evidence['before'] {
  if (maybe === undefined || !('put' in maybe)) return undefined;
  const { name = '', parentId, size, tag, folder } = maybe.put;
  return { name, parentId, size, tag, folder, path: pathOfDeleted(maybe.put, path) };
}

/** Whether a folder is no longer where it was, or that is unknown. */
function changesPaths(item: DriveItem, index: DriveIndex): boolean {
  const before = index.get(item.id);
  if (item.root || (!item.folder && before?.folder !== true)) return false;
  return item.deleted || before?.name !== item.name || before?.parentId !== item.parentId;
}

function pathOfDeleted({ id, name, parentId, parentPath }: DriveItem, pathOf: (id: string) => string | undefined): string | undefined {
  const path = pathOf(id);
  if (path !== undefined && path !== '/') return path;
  if (name === undefined || !canBeInPath(name)) return undefined;
  const above = parentPath ?? (parentId === undefined ? undefined : pathOf(parentId));
  return above === undefined ? undefined : `${above === '/' ? '' : above}/${name}`;
}
