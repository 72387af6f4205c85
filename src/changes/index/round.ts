import { readDriveItem, readListedItem, type DriveItem, type ListedItem } from './drive-item.ts';
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

/** `listPage` reads the items of one page of an enumeration, each with its last state, in the order of those. */
export function listPage(raws: readonly unknown[]): Iterable<ListedItem> {
  const items = new Map<string, ListedItem>();
  for (const raw of raws) {
    const item = readListedItem(raw);
    if (item === undefined) continue;
    // Items are hardly ever repeated, and a new one need not be looked for.
    const before = items.size;
    items.set(item.id, item);
    if (items.size > before) continue;
    items.delete(item.id);
    items.set(item.id, item);
  }
  return items.values();
}

/** Step is the effect of one change on the index: enough to repeat it. `sharing`: the change was that of the item's sharing, which the index does not show. */
export type Step = { put: DriveItem; sharing?: true } | { gone: string };

/** `idOf` returns the id of the item that a step puts or removes. */
export function idOf(step: Step): string {
  return 'put' in step ? step.put.id : step.gone;
}

/** `lastSteps` returns the last step of each item, for what may span rounds: one line of a file does not say in which order an item was put and gone. */
export function lastSteps(steps: readonly Step[]): Step[] {
  return [...new Map(steps.map((step) => [idOf(step), step])).values()];
}

/** `applySteps` brings the index up to date; in the same way when the steps are read back from a file. */
export function applySteps(steps: readonly Step[], index: DriveIndex): void {
  // What was moved out of a deleted folder remains.
  for (const step of steps) if ('put' in step) putItem(step.put, index);
  removeGone(steps, index);
}

/** `applyListed` brings the index up to date with the items of a page. */
export function applyListed(items: Iterable<ListedItem>, index: DriveIndex): void {
  const gone: string[] = [];
  for (const item of items) {
    if (item.deleted) gone.push(item.id);
    else putItem(item, index);
  }
  forgetAll(gone, index);
}

export function stepOf(item: DriveItem): Step {
  return item.deleted ? { gone: item.id } : { put: item };
}

/** `putItem` records an item as it is now; a name or a parent that is absent keeps its value. */
export function putItem({ id, name, parentId, size, tag, folder, root }: DriveItem | ListedItem, index: DriveIndex): void {
  const before = name === undefined || parentId === undefined ? index.get(id) : undefined;
  index.put(id, { name: name ?? before?.name ?? '', parentId: parentId ?? before?.parentId, size, tag, folder }, root);
}

/** `removeGone` forgets deleted items, with everything that is still below them, whose ids it returns. */
export function removeGone(steps: readonly Step[], index: DriveIndex): string[] {
  return forgetAll(steps.flatMap((step) => ('gone' in step ? [step.gone] : [])), index);
}

function forgetAll(gone: readonly string[], index: DriveIndex): string[] {
  for (const id of gone) index.forget(id);
  return index.forgetBelow(gone);
}
