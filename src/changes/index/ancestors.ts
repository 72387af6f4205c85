import type { DriveIndex } from './drive-index.ts';
import type { ChangedBelow } from './interpret.ts';
import type { Round } from './round.ts';

/**
 * AncestorEvidence finds out whether the unchanged folders above a change come along in a drive's answers.
 * The service is asked to omit them (`deltaExcludeParent`), and may ignore that. The root proves nothing:
 * it was seen to come either way (2026-09). A folder that is missing above a change proves that they are
 * omitted, and one that comes unchanged with something below it that they are not.
 */
export class AncestorEvidence {
  #comeAlong: boolean | undefined;

  /** `changedBelow` returns, for each folder of the round that may have come along only, what changed below it. `index`: as before the round. */
  changedBelow(round: Round, index: DriveIndex): ReadonlyMap<string, ChangedBelow> {
    const latest = latestBelow(round, index);
    this.#learn(round, index, latest);
    if (this.#comeAlong === false) return new Map();
    const certain = this.#comeAlong === true;
    return new Map([...latest].map(([id, time]) => [id, { latest: time, certain }]));
  }

  #learn(round: Round, index: DriveIndex, latest: ReadonlyMap<string, number>): void {
    const items = [...round.items.values()];
    // Deletions may be of what is in a deleted folder, above which nothing comes.
    const present = items.filter(({ root, deleted, parentId }) => !root && !deleted && parentId !== undefined);
    if (present.length === 0) return;
    const hasRoot = items.some(({ root }) => root);
    if (!hasRoot || present.some(({ parentId = '' }) => !round.items.has(parentId))) {
      this.#comeAlong = false;
    // What was only listed may have been listed as this round is about to report it.
    } else if (present.some((item) => latest.has(item.id) && !index.isListed(item.id) && index.get(item.id)?.tag === item.tag)) {
      this.#comeAlong = true;
    }
  }
}

/** `latestBelow` returns, for each folder with something below it in the round, when the latest of that was modified. */
function latestBelow(round: Round, index: DriveIndex): Map<string, number> {
  const parentOf = (id: string): string | undefined => round.items.get(id)?.parentId ?? index.parent(id);
  // Each folder waits for what is in it, so that it is visited once, however many items are below.
  const waitsFor = new Map<string, number>();
  const nodes = new Set<string>();
  for (const start of round.items.keys()) {
    for (let id: string | undefined = start; id !== undefined && !nodes.has(id); id = parentOf(id)) {
      nodes.add(id);
      const parent = parentOf(id);
      if (parent !== undefined) waitsFor.set(parent, (waitsFor.get(parent) ?? 0) + 1);
    }
  }
  const latest = new Map<string, number>();
  const settled = [...nodes].filter((id) => !waitsFor.has(id));
  for (let id = settled.pop(); id !== undefined; id = settled.pop()) {
    const parent = parentOf(id);
    if (parent === undefined) continue;
    latest.set(parent, Math.max(latest.get(parent) ?? -Infinity, latest.get(id) ?? -Infinity, ownTime(round, id)));
    const left = (waitsFor.get(parent) ?? 1) - 1;
    waitsFor.set(parent, left);
    if (left === 0) settled.push(parent);
  }
  return latest;
}

function ownTime(round: Round, id: string): number {
  const item = round.items.get(id);
  if (item === undefined) return -Infinity;
  // A deletion touches the folder, and its own time does not say when.
  return item.deleted ? Infinity : (item.modified ?? Infinity);
}
