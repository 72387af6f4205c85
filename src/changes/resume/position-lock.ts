import { stat } from 'node:fs/promises';
import { codeOf, toError, usageError, WatchError } from '../../errors.ts';
import { tryLock, type FileLock } from '../../lib/file-lock.ts';
import type { Clock } from '../../surroundings.ts';

/** A lock that is there is looked at this often, in milliseconds, until it moves (its holder lives) or is stale. */
const LOOK_EVERY_MS = 100;

/**
 * `takePositionLock` takes the lock at `path`, whose folder must exist. Rejects with a usage error when another
 * process holds it: within a second or two, since a living holder touches its lock every second.
 */
export async function takePositionLock(path: string, name: string, clock: Clock, signal: AbortSignal): Promise<FileLock> {
  const seen = await touchedAt(path);
  while (true) {
    signal.throwIfAborted();
    const lock = await tryLock(path).catch((error: unknown) => {
      throw new WatchError('usage', `The position cannot be kept: ${toError(error).message}`, { cause: error, hint: 'Name another folder in GRAPH_WATCH_CONFIG_DIR.' });
    });
    if (lock !== undefined) return lock;
    const touched = await touchedAt(path);
    if (touched !== undefined && touched !== seen) {
      throw usageError(`Another graph-watch is already using the resume name "${name}".`, 'Give each its own name: --resume <name>.');
    }
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

async function touchedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
