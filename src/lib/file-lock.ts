import { codeOf } from '../errors.ts';

/** A holder that has shown no sign of life for this long is dead: SIGKILL and power cuts leave the lock behind. */
const STALE_MS = 5_000;
const SIGN_OF_LIFE_MS = 1_000;

/** FileLock is held by this process until it is released, or lost. */
export interface FileLock {
  /** Another process took it over: the machine slept for longer than a living holder stays silent. */
  readonly lost: boolean;
  release(): Promise<void>;
}

/**
 * `tryLock` takes the lock at `path`, whose folder must exist. Resolves with `undefined` while another
 * process holds it; a holder touches its lock every second, and what a killed process left is taken over
 * after 5 s. Rejects with what the file system says.
 */
export async function tryLock(path: string): Promise<FileLock | undefined> {
  const { lock } = (await import('proper-lockfile')).default;
  let lost = false;
  let release: () => Promise<void>;
  try {
    release = await lock(path, {
      lockfilePath: path, realpath: false, stale: STALE_MS, update: SIGN_OF_LIFE_MS,
      onCompromised: () => {
        lost = true;
      },
    });
  } catch (error) {
    if (codeOf(error) === 'ELOCKED') return undefined;
    throw error;
  }
  return {
    get lost() {
      return lost;
    },
    async release() {
      if (lost) return;
      await release().catch((error: unknown) => {
        // Lost on the way: it is another process's now, and that one releases it.
        if (codeOf(error) !== 'ERELEASED' && codeOf(error) !== 'ENOTACQUIRED') throw error;
      });
    },
  };
}
