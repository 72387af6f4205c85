import { join } from 'node:path';
import { codeOf, toError, WatchError } from '../../errors.ts';
import { waitForLock, type FileLock } from '../../lib/file-lock.ts';
import type { Clock } from '../../surroundings.ts';
import { isOutOfFiles } from '../../lib/system-errors.ts';

const RETRY_MS = 50;
/** Longer than a token refresh can take, time-outs included. */
const LONGEST_WAIT_MS = 120_000;

export interface LockOptions {
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** Waits for as long as another live process holds the lock. */
  patient?: boolean;
  /** Called once when it takes longer than a second. */
  onWaiting?: (() => void) | undefined;
}

/** StillHeld says whether the lock is still held: if the machine slept, another process may have taken it over. */
export type StillHeld = () => boolean;

/**
 * `withLock` runs `work` while no other process does the same in `folder`, which must exist.
 *
 * Rejects with a `network` error (trying again may help) if the lock is not available for two
 * minutes. In a folder that cannot be written, by right or because the disk or a quota is full, there is
 * nothing to protect: `work` runs at once.
 */
export async function withLock<T>(folder: string, options: LockOptions, work: (stillHeld: StillHeld) => Promise<T>): Promise<T> {
  const lock = await acquire(folder, options);
  try {
    return await work(() => lock?.lost !== true);
  } finally {
    await lock?.release();
  }
}

async function acquire(folder: string, options: LockOptions): Promise<FileLock | undefined> {
  try {
    return await waitForLock(join(folder, 'sign-ins.lock'), {
      ...options,
      lookEveryMs: RETRY_MS,
      onHeld: (waitedMs) => {
        if (options.patient !== true && waitedMs >= LONGEST_WAIT_MS) throw new WatchError('network', 'Another graph-watch is using the stored sign-in.', { hint: 'Try again when it has finished.' });
      },
    });
  } catch (error) {
    if (error instanceof WatchError || options.signal?.aborted === true) throw error;
    const code = codeOf(error) ?? '';
    if (['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT'].includes(code)) return undefined;
    throw new WatchError(isOutOfFiles(error) ? 'network' : 'auth', `The configuration folder cannot be used: ${toError(error).message}`, {
      code,
      cause: error,
      hint: isOutOfFiles(error) ? undefined : 'Set GRAPH_WATCH_CONFIG_DIR to another folder.',
    });
  }
}
