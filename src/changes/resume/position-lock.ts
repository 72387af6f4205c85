import { usageError } from '../../errors.ts';
import { waitForLock, type FileLock } from '../../lib/file-lock.ts';
import { refusedBySystem } from '../../lib/system-errors.ts';
import type { Clock } from '../../surroundings.ts';

/** An existing lock is checked this often, in milliseconds, until it moves (its holder lives) or is stale. */
const LOOK_EVERY_MS = 100;

export interface PositionLockOptions {
  /** The position's name, for messages. */
  name: string;
  clock: Clock;
  signal: AbortSignal;
  /** Called once when it takes longer than a second. */
  onWaiting: () => void;
}

/**
 * `takePositionLock` takes the lock at `path`, whose folder must exist. Rejects with a usage error when another
 * process holds it: within a second or two, since a living holder touches its lock every second.
 */
export async function takePositionLock(path: string, { name, clock, signal, onWaiting }: PositionLockOptions): Promise<FileLock> {
  return refusedBySystem(`The position "${name}" cannot be locked`, 'Check who owns the files beside it, or set GRAPH_WATCH_CONFIG_DIR to another folder.', () => waitForLock(path, {
    clock, signal, lookEveryMs: LOOK_EVERY_MS, onWaiting,
    onHeld: (_waitedMs, holderLives) => {
      if (holderLives) throw usageError(`Another graph-watch is already using the resume name "${name}".`, 'Give each its own name: --resume <name>.');
    },
  }));
}
