import type { ChangeEvent } from '../../events.ts';
import { readDriveItem, type DriveItem } from './drive-item.ts';
import { replayOrder } from './replay-order.ts';
import { interpret, type Observation, type Evidence } from './interpret.ts';
import type { DriveIndex, IndexedItem } from './drive-index.ts';
import type { RecentDeletions } from './recent-deletions.ts';

/** The items of one round of delta (all its pages), each with its last state, in the order of those. */
export class Round {
  readonly items = new Map<string, DriveItem>();
  /** The root comes along exactly where the unchanged folders above a change do. */
  withAncestors = false;

  add(raws: readonly unknown[]): void {
    for (const raw of raws) {
      const item = readDriveItem(raw);
      if (item === undefined) continue;
      this.items.delete(item.id);
      this.items.set(item.id, item);
      if (item.root) this.withAncestors = true;
    }
  }
}

export interface RoundContext {
  known: DriveIndex;
  told: RecentDeletions;
  occasion: Observation;
  since: number;
  /**
   * Given where the known tree is later than the round, so that nothing can be compared with it: all that
   * can be, the items that were told already. Of all others only their times count.
   */
  insteadOfKnown: ReadonlyMap<string, IndexedItem> | undefined;
  /** What an earlier run may have told of some items, and may not have. */
  uncertain: ReadonlyMap<string, Step>;
  /** Asks for a folder on the way to a path; `undefined` where it is not to be had. */
  lookUp: (id: string) => Promise<unknown>;
}

/** What the known tree becomes by one change: enough to do it again. */
export type Step = { put: DriveItem } | { gone: string };

export interface RoundResult {
  events: ChangeEvent[];
  /** Every step of the round, those included of which nothing is told. */
  steps: Step[];
}

/**
 * What a round changed, in an order in which it can be repeated; the known tree is brought up to date.
 * All of the round is taken in before any path is put together: a folder's rename may come after
 * what is in it.
 */
export async function applyRound(round: Round, context: RoundContext): Promise<RoundResult> {
  const { known, told, occasion, since, insteadOfKnown } = context;
  const items = [...round.items.values()].map((item) => withFolder(item, round, known));
  const complete = known.complete && insteadOfKnown === undefined;
  const befores = new Map(items.map((item) => [item.id, insteadOfKnown === undefined ? beforeOf(item, known) : reportedAs(insteadOfKnown.get(item.id))]));
  if (items.some((item) => changesPaths(item, known))) known.forgetHints();
  await learnParents(round, known, context.lookUp);
  const below = round.withAncestors ? changedBelow(round, known) : new Map<string, number>();

  const deletedPaths = new Map(items.filter(({ deleted }) => deleted).map((item) => [item.id, pathOfDeleted(item, known)]));
  const steps = items.map(stepOf);
  for (const step of steps) if ('put' in step) apply(step, known);
  const changes: ChangeEvent[] = [];
  for (const item of items) {
    const maybe = context.uncertain.get(item.id);
    const sight: Evidence = {
      uncertain: maybe !== undefined,
      before: befores.get(item.id) ?? (item.deleted ? lastReported(maybe, known) : undefined),
      path: item.deleted ? deletedPaths.get(item.id) : known.path(item.id),
      complete,
      deletionTold: told.has(item.id),
      since,
      changedBelow: below.get(item.id),
    };
    const change = interpret(item, sight, occasion);
    if (change !== undefined) changes.push(change);
    if (item.deleted) told.add(item.id);
    else told.delete(item.id);
  }
  applySteps(steps.filter((step) => 'gone' in step), known);
  return { events: replayOrder(changes, complete), steps };
}

/** Brings the known tree up to date; in the same way when it is read back from a file. */
export function applySteps(steps: readonly Step[], known: DriveIndex): void {
  for (const step of steps) if ('put' in step) apply(step, known);
  const gone = steps.flatMap((step) => ('gone' in step ? [step.gone] : []));
  const folders = gone.filter((id) => known.get(id)?.folder !== false);
  for (const id of gone) known.forget(id);
  known.forgetBelow(folders);
}

function apply({ put: item }: { put: DriveItem }, known: DriveIndex): void {
  const before = known.get(item.id);
  const { id, name = before?.name ?? '', parentId = before?.parentId, size, tag, folder, root } = item;
  known.put(id, { name, parentId, size, tag, folder }, root);
}

export function stepOf(item: DriveItem): Step {
  return item.deleted ? { gone: item.id } : { put: item };
}

function beforeOf({ id }: DriveItem, known: DriveIndex): Evidence['before'] {
  const before = known.get(id);
  return before === undefined ? undefined : { ...before, path: known.path(id) };
}

function reportedAs(item: IndexedItem | undefined): Evidence['before'] {
  return item === undefined ? undefined : { ...item, path: undefined };
}

/** What went with its folder is deleted too, whatever was told of it: the service need not tell each item of a deleted folder. */
function withFolder(item: DriveItem, { items }: Round, known: DriveIndex): DriveItem {
  const way = new Set<string>();
  for (let id = item.parentId; id !== undefined && !way.has(id); id = items.get(id)?.parentId ?? known.parent(id)) {
    if (items.get(id)?.deleted === true) return { ...item, deleted: true };
    way.add(id);
  }
  return item;
}

/** An item as it may have been told, where it never got further than that. */
function lastReported(maybe: Step | undefined, known: DriveIndex): Evidence['before'] {
  if (maybe === undefined || !('put' in maybe)) return undefined;
  const { name = '', parentId, size, tag, folder } = maybe.put;
  return { name, parentId, size, tag, folder, path: pathOfDeleted({ ...maybe.put, deleted: true }, known) };
}

/** A folder that is not where it was, or of which that cannot be said. */
function changesPaths(item: DriveItem, known: DriveIndex): boolean {
  const before = known.get(item.id);
  if (item.root || (!item.folder && before?.folder !== true)) return false;
  return item.deleted || before?.name !== item.name || before?.parentId !== item.parentId;
}

function pathOfDeleted({ id, name, parentId, parentPath }: DriveItem, known: DriveIndex): string | undefined {
  const path = known.path(id);
  if (path !== undefined && path !== '/') return path;
  if (name === undefined) return undefined;
  const above = parentPath ?? (parentId === undefined ? undefined : known.path(parentId));
  return above === undefined ? undefined : `${above === '/' ? '' : above}/${name}`;
}

/** Sees to it that every item's path can be put together: from what is known, what it says itself, or by asking. */
async function learnParents(round: Round, known: DriveIndex, lookUp: RoundContext['lookUp']): Promise<void> {
  for (const item of round.items.values()) {
    if (item.root || (item.deleted && item.name === undefined)) continue;
    let below: { parentId?: string; parentPath?: string } = item;
    const way = new Set<string>();
    while (below.parentId !== undefined && !way.has(below.parentId)) {
      const id: string = below.parentId;
      way.add(id);
      const inRound = round.items.get(id);
      if (inRound?.deleted === false) {
        below = inRound;
      } else if (known.path(id) !== undefined) {
        // Where it may pass through folders of this round, those are looked at themselves.
        break;
      } else if (below.parentPath !== undefined) {
        known.hint(id, below.parentPath);
        break;
      } else if (known.parent(id) !== undefined) {
        below = { parentId: known.parent(id) ?? '' };
      } else {
        const folder = readDriveItem(await lookUp(id));
        if (folder === undefined) break;
        known.putAsked(id, folder.name ?? '', folder.parentId, folder.root);
        below = folder;
      }
    }
  }
}

/** For each folder with something below it in the round: when the latest of that was modified. */
function changedBelow(round: Round, known: DriveIndex): Map<string, number> {
  const latest = new Map<string, number>();
  for (const item of round.items.values()) {
    // A deletion touches the folder, and its own time does not say when.
    const modified = item.deleted ? Infinity : (item.modified ?? Infinity);
    const way = new Set<string>();
    for (let id = item.parentId; id !== undefined && !way.has(id); id = round.items.get(id)?.parentId ?? known.parent(id)) {
      way.add(id);
      const before = latest.get(id);
      // What a folder above was given by its own folder in the round is no news further up.
      if (before !== undefined && before >= modified) break;
      latest.set(id, modified);
    }
  }
  return latest;
}
