import { readDriveItem } from './drive-item.ts';
import type { DriveIndex } from './drive-index.ts';
import type { LookUp } from './folder-look-ups.ts';
import type { Round } from './round.ts';

/**
 * `learnParents` makes sure that the path of every item of a round can be built: from what is known, from
 * what the item says itself, or by looking a folder up. Each folder is visited once.
 */
export async function learnParents(round: Round, index: DriveIndex, lookUp: LookUp): Promise<void> {
  // Whether a folder's path can be put together.
  const settled = new Map<string, boolean>();
  const pathOf = index.pathReader();
  for (const item of round.items.values()) {
    if (item.root || (item.deleted && item.name === undefined)) continue;
    const way: string[] = [];
    // Where the way ends at the root, nothing more can be learned.
    let found = true;
    let below: { parentId?: string | undefined; parentPath?: string | undefined } = item;
    while (below.parentId !== undefined) {
      const id: string = below.parentId;
      const known = settled.get(id);
      if (known === true || (known === false && below.parentPath === undefined)) {
        found = known;
        break;
      }
      // Also what ends a circle.
      settled.set(id, false);
      way.push(id);
      const inRound = round.items.get(id);
      if (inRound?.deleted === false) {
        if (known === false) {
          found = false;
          break;
        }
        below = inRound;
      } else if (pathOf(id) !== undefined) {
        // Where it may pass through folders of this round, those are looked at themselves.
        break;
      } else if (below.parentPath !== undefined) {
        index.hint(id, below.parentPath);
        break;
      } else if (index.parent(id) !== undefined) {
        below = { parentId: index.parent(id) };
      } else {
        const folder = readDriveItem(await lookUp(id));
        if (folder === undefined) {
          found = false;
          break;
        }
        index.putLookedUp(id, folder.name ?? '', folder.parentId, folder.root);
        below = folder;
      }
    }
    for (const id of way) settled.set(id, found);
  }
}
