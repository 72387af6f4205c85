import { basename, dirname, resolve } from 'node:path';
import type { WatchContext } from '../app/context.ts';
import { openPositionFile } from '../changes/resume/position-file.ts';
import { checkPositionName } from '../changes/resume/position-name.ts';
import type { DrivePosition } from '../changes/resume/position-store.ts';
import { usageError } from '../errors.ts';
import { isPath } from './flags.ts';
import type { ChangesOptions } from './options.ts';
import { openTextPosition } from './text-position.ts';

/** What the command line appends to a position's name. */
const EXTENSION = /\.jsonl$/;

/**
 * `openPosition` opens the position that the options name; `undefined` if there is none, or if it is one of the command line's own, which
 * needs the configuration folder. Rejects with a usage error if another watch is using the file, and with the reason of
 * the signal once that is aborted.
 */
export async function openPosition({ resume, env }: ChangesOptions, { surroundings: { clock }, people }: WatchContext, signal: AbortSignal): Promise<DrivePosition | undefined> {
  if (resume === undefined) return undefined;
  if (typeof resume === 'object') {
    if ((resume as unknown) === null || typeof resume.load !== 'function' || typeof resume.save !== 'function') throw usageError('resume must have the functions load and save.');
    return openTextPosition(resume, signal);
  }
  if (typeof resume === 'string' && isPath(resume)) {
    const path = resolve(resume);
    return openPositionFile({
      folder: dirname(path), name: checkPositionName(basename(path).replace(EXTENSION, '')), clock, signal,
      onWaiting: () => { people.say(`another graph-watch has locked the position ${path}; waiting to see whether it is still running`); },
    });
  }
  if (env === undefined) throw usageError(`resume: ${JSON.stringify(resume)} needs the configuration folder.`, 'Pass the path of a file, as in ./position, or env: process.env.');
  return undefined;
}
