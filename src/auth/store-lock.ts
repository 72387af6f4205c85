import { join } from 'node:path';
import { WatchError } from '../errors.ts';
import type { Clock } from '../surroundings.ts';
import { isOutOfFiles, messageOf, systemCode } from './thrown.ts';

/** A holder that has not shown signs of life for so long is dead: SIGKILL and power cuts leave the lock behind. */
const STALE_MS = 5_000;
const SIGN_OF_LIFE_MS = 1_000;
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
  let held = true;
  const release = await acquire(folder, clock, signal, () => {
    held = false;
  });
  try {
    return await work(() => held);
  } finally {
    await release?.().catch((error: unknown) => {
      // Lost on the way: it is somebody else's now, and theirs to release.
      if (systemCode(error) !== 'ERELEASED' && systemCode(error) !== 'ENOTACQUIRED') throw error;
    });
  }
}

async function acquire(
  folder: string,
  clock: Clock,
  signal: AbortSignal | undefined,
  onCompromised: () => void,
): Promise<(() => Promise<void>) | undefined> {
  const { lock } = (await import('proper-lockfile')).default;
  for (let waited = 0; ; waited += RETRY_MS) {
    signal?.throwIfAborted();
    try {
      return await lock(folder, {
        lockfilePath: join(folder, 'sign-ins.lock'),
        realpath: false,
        stale: STALE_MS,
        update: SIGN_OF_LIFE_MS,
        onCompromised,
      });
    } catch (error) {
      const code = systemCode(error) ?? '';
      if (['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT'].includes(code)) return undefined;
      if (code !== 'ELOCKED') {
        throw new WatchError(isOutOfFiles(error) ? 'network' : 'auth', `The configuration folder cannot be used: ${messageOf(error)}`, {
          code,
          cause: error,
          hint: isOutOfFiles(error) ? undefined : 'Name another one in GRAPH_WATCH_CONFIG_DIR.',
        });
      }
    }
    if (waited >= LONGEST_WAIT_MS) {
      throw new WatchError('network', 'Another graph-watch is busy with the stored sign-in.', { hint: 'Try again when it is done.' });
    }
    await clock.sleep(RETRY_MS, signal);
  }
}
