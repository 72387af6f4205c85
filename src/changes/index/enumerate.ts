import { WatchError } from '../../errors.ts';
import { readDriveItem } from './drive-item.ts';
import type { DeltaGone, DeltaPage, DeltaStart } from '../../delta.ts';
import type { Position } from '../resume/position-store.ts';
import type { DriveIndex } from './drive-index.ts';
import { applySteps, Round, stepOf, type Step } from './round.ts';

/** Asks for one page, patiently. */
export type Ask = (start: DeltaStart) => Promise<DeltaPage | DeltaGone>;

export interface Progress {
  items: number;
  pages: number;
  /** Since the start, in milliseconds. */
  elapsedMs: number;
  done: boolean;
}

export interface EnumerateOptions {
  ask: Ask;
  /** Does something again and again until it succeeds. */
  patiently: <T>(work: () => Promise<T>) => Promise<T>;
  /** Asks for one page, and fails where the service does. */
  tryOnce: Ask;
  now: () => number;
  onProgress: (progress: Progress) => void;
}

/**
 * Walks through every item of the drive, page by page. Begins at `location` where Graph gave one with
 * its 410; one that fails (500 has been seen) is no reason to fail: the beginning is always right.
 */
async function walkDrive(options: EnumerateOptions, location: string | undefined, onStart: () => void, onPage: (items: readonly unknown[]) => void): Promise<Position> {
  const { ask, tryOnce, patiently, now, onProgress } = options;
  const started = now();
  let first = location === undefined ? undefined : await firstPage(tryOnce, location);
  const walk = async (): Promise<Position> => {
    onStart();
    const progress = { items: 0, pages: 0 };
    let page = first ?? (await ask('beginning'));
    first = undefined;
    while (!('gone' in page)) {
      onPage(page.items);
      progress.items += page.items.length;
      progress.pages += 1;
      onProgress({ ...progress, elapsedMs: now() - started, done: page.next === undefined });
      if (page.next === undefined) return { cursor: page.cursor ?? '', at: page.at ?? now() };
      page = await ask({ link: page.next });
    }
    throw new StartOver(page.gone);
  };
  // What a page ends with was met with patience already: only a walk that has to start over is tried again.
  const walked = await patiently(() => walk().catch((error: unknown) => {
    if (error instanceof StartOver) throw error;
    return { error };
  }));
  if ('error' in walked) throw walked.error;
  return walked;
}

/** 410 in the middle of an enumeration: what was seen so far is of no use. */
class StartOver extends WatchError {
  constructor(gone: string) {
    super('network', `Graph asked to start over in the middle of an enumeration (${gone})`, { code: gone });
  }
}

/** The page that a 410's `Location` leads to, or `undefined` where it leads nowhere. */
async function firstPage(tryOnce: Ask, location: string): Promise<DeltaPage | DeltaGone | undefined> {
  try {
    return await tryOnce({ link: location });
  } catch (error) {
    if (error instanceof WatchError && error.category !== 'internal') return undefined;
    throw error;
  }
}

/** Makes the whole tree known. */
export async function indexDrive(known: DriveIndex, options: EnumerateOptions): Promise<Position> {
  const position = await walkDrive(options, undefined, () => { known.clear(); }, (raws) => {
    const page = new Round();
    page.add(raws);
    applySteps([...page.items.values()].map(stepOf), known);
  });
  known.complete = true;
  return position;
}

/**
 * Enumerates again and compares with what is known, which stays as it is: the differences come as one
 * round, and only they are held in memory. What may have been told of already is in it in any case.
 */
export async function compareDrive(
  known: DriveIndex,
  uncertain: ReadonlyMap<string, Step>,
  location: string | undefined,
  options: EnumerateOptions,
): Promise<{ round: Round; position: Position }> {
  let round = new Round();
  let seen = new Set<string>();
  const begin = (): void => {
    round = new Round();
    seen = new Set();
  };
  const position = await walkDrive(options, location, begin, (raws) => {
    for (const raw of raws) {
      const item = readDriveItem(raw);
      if (item === undefined) continue;
      if (item.deleted) {
        seen.delete(item.id);
        round.items.delete(item.id);
        continue;
      }
      seen.add(item.id);
      const before = known.get(item.id);
      const same = before?.tag === item.tag && before.name === item.name && before.parentId === item.parentId;
      if (same && !uncertain.has(item.id)) round.items.delete(item.id);
      else round.add([raw]);
    }
  });
  for (const [id, { folder }, isRoot] of known.entries()) {
    if (!isRoot && !seen.has(id)) round.add([{ id, deleted: {}, ...(folder ? { folder: {} } : {}) }]);
  }
  for (const id of uncertain.keys()) if (!seen.has(id) && known.get(id) === undefined) round.add([{ id, deleted: {} }]);
  return { round, position };
}
