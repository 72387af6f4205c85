import { readDriveItem, type DriveItem } from './drive-item.ts';
import type { DriveIndex } from './drive-index.ts';

/** Round is the items of one round of delta (all its pages), each with its last state, in the order of those. */
export class Round {
  readonly items = new Map<string, DriveItem>();

  add(raws: readonly unknown[]): void {
    for (const raw of raws) {
      const item = readDriveItem(raw);
      if (item === undefined) continue;
      // If an item comes twice, the last state counts; its sharing changed if either says so.
      const shared = item.shared ?? this.items.get(item.id)?.shared;
      this.items.delete(item.id);
      this.items.set(item.id, shared === undefined ? item : { ...item, shared });
    }
  }
}

/** Step is the effect of one change on the index: enough to repeat it. */
export type Step = { put: DriveItem } | { gone: string };

/** `applySteps` brings the index up to date; in the same way when the steps are read back from a file. */
export function applySteps(steps: readonly Step[], index: DriveIndex): void {
  // What was moved out of a deleted folder remains.
  for (const step of steps) if ('put' in step) putItem(step.put, index);
  removeGone(steps, index);
}

export function stepOf(item: DriveItem): Step {
  return item.deleted ? { gone: item.id } : { put: item };
}

/** `putItem` records an item as it is now; fields that are absent keep their values. */
export function putItem(item: DriveItem, index: DriveIndex): void {
  const before = index.get(item.id);
  const { id, name = before?.name ?? '', parentId = before?.parentId, size, tag, folder, root } = item;
  index.put(id, { name, parentId, size, tag, folder }, root);
}

/** `removeGone` forgets deleted items, with everything that is still below them, whose ids it returns. */
export function removeGone(steps: readonly Step[], index: DriveIndex): string[] {
  const gone = steps.flatMap((step) => ('gone' in step ? [step.gone] : []));
  for (const id of gone) index.forget(id);
  return index.forgetBelow(gone);
}
