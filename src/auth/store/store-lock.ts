import { join } from 'node:path';
import { codeOf, toError, WatchError } from '../../errors.ts';
import { tryLock, type FileLock } from '../../lib/file-lock.ts';
import type { Clock } from '../../surroundings.ts';
import { isOutOfFiles } from '../../lib/system-errors.ts';

const RETRY_MS = 50;
/** Longer than a token refresh can take, time-outs included. */
const LONGEST_WAIT_MS = 120_000;

export interface LockOptions {
  clock: Clock;
  signal?: AbortSignal | undefined;
}

/** Says whether the lock was lost meanwhile: the machine slept, and another process took it for dead. */
export type StillHeld = () => boolean;

/**
 * Runs `work` while no other process does the same in `folder`, which must exist.
 *
 * Rejects with a `network` error (trying again may help) when the lock cannot be had for two
 * minutes. In a folder that cannot be written, by right or because the disk or a quota is full, there is
 * nothing to protect: `work` runs at once.
 */
export async function withLock<T>(folder: string, { clock, signal }: LockOptions, work: (stillHeld: StillHeld) => Promise<T>): Promise<T> {
  const lock = await acquire(folder, clock, signal);
  try {
    return await work(() => lock?.lost !== true);
  } finally {
    await lock?.release();
  }
}

async function acquire(
  folder: string,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<FileLock | undefined> {
  for (let waited = 0; ; waited += RETRY_MS) {
    signal?.throwIfAborted();
    try {
      const lock = await tryLock(join(folder, 'sign-ins.lock'));
      if (lock !== undefined) return lock;
    } catch (error) {
      const code = codeOf(error) ?? '';
      if (['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT'].includes(code)) return undefined;
      throw new WatchError(isOutOfFiles(error) ? 'network' : 'auth', `The configuration folder cannot be used: ${toError(error).message}`, {
        code,
        cause: error,
        hint: isOutOfFiles(error) ? undefined : 'Name another one in GRAPH_WATCH_CONFIG_DIR.',
      });
    }
    if (waited >= LONGEST_WAIT_MS) {
      throw new WatchError('network', 'Another graph-watch is busy with the stored sign-in.', { hint: 'Try again when it is done.' });
    }
    await clock.sleep(RETRY_MS, signal);
  }
}
