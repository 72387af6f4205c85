import { stat, utimes } from 'node:fs/promises';
import { codeOf } from '../errors.ts';
import { ifThere } from './system-errors.ts';
import type { Clock } from '../surroundings.ts';

/** A holder that has shown no sign of life for this long is dead: SIGKILL and power cuts leave the lock behind. */
const STALE_MS = 5_000;
const SIGN_OF_LIFE_MS = 1_000;
/** A longer wait is reported with its reason. */
const WAIT_IN_SILENCE_MS = 1_000;

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

export interface LockWait {
  clock: Clock;
  /** Ends the waiting: `waitForLock` rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** How often the lock is checked, in milliseconds. */
  lookEveryMs: number;
  /** Called once, after a second of waiting. */
  onWaiting?: (() => void) | undefined;
  /**
   * Called whenever the lock is found held, and throws to give up. `holderLives`: it was touched, or taken,
   * since the waiting began.
   */
  onHeld?: (waitedMs: number, holderLives: boolean) => void;
}

/**
 * `waitForLock` takes the lock at `path`, whose folder must exist, as soon as its holder releases it or has shown
 * no sign of life for 5 s. A lock with a time in the future (the clock was set back since) is judged by
 * whether that time changes. Rejects with what the file system says.
 */
export async function waitForLock(path: string, { clock, signal, lookEveryMs, onWaiting, onHeld }: LockWait): Promise<FileLock> {
  const first = await touchedAt(path);
  let last = first;
  let unmovedMs = 0;
  let holderLives = false;
  for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
    signal?.throwIfAborted();
    const lock = await tryLock(path);
    if (lock !== undefined) return lock;
    const touched = await touchedAt(path);
    holderLives ||= touched !== undefined && touched !== first;
    unmovedMs = touched === last ? unmovedMs + lookEveryMs : 0;
    last = touched;
    if (touched !== undefined && touched > Date.now() && unmovedMs > STALE_MS) await markStale(path);
    onHeld?.(waitedMs, holderLives);
    if (waitedMs === WAIT_IN_SILENCE_MS) onWaiting?.();
    await clock.sleep(lookEveryMs, signal);
  }
}

async function touchedAt(path: string): Promise<number | undefined> {
  return ifThere(async () => (await stat(path)).mtimeMs);
}

/** The next check takes the lock over, as that of a holder that died long ago. */
async function markStale(path: string): Promise<void> {
  await ifThere(() => utimes(path, 0, 0));
}
