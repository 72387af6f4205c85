import { stat } from 'node:fs/promises';
import { usageError, WatchError } from '../errors.ts';
import type { Clock } from '../surroundings.ts';

/** A holder that has not shown signs of life for so long is dead: SIGKILL and power cuts leave the lock behind. */
const STALE_MS = 5_000;
const SIGN_OF_LIFE_MS = 1_000;
/** A lock that is there is watched at this interval until it moves (its holder lives) or is stale. */
const LOOK_EVERY_MS = 100;

export interface ResumeLock {
  /** Another process took it over: the machine slept for longer than a living holder stays silent. */
  readonly lost: boolean;
  release(): Promise<void>;
}

/**
 * Takes the lock at `path`, whose folder must exist. Rejects with a usage error when another process
 * holds it: within a second or two, since a living holder touches it every second. What a killed
 * process left is taken over after 5 s without a sign of life.
 */
export async function takeResumeLock(path: string, name: string, clock: Clock, signal: AbortSignal): Promise<ResumeLock> {
  const { lock } = (await import('proper-lockfile')).default;
  let lost = false;
  const seen = await touchedAt(path);
  while (true) {
    signal.throwIfAborted();
    try {
      const release = await lock(path, {
        lockfilePath: path, realpath: false, stale: STALE_MS, update: SIGN_OF_LIFE_MS,
        onCompromised: () => {
          lost = true;
        },
      });
      return {
        get lost() {
          return lost;
        },
        async release() {
          if (!lost) await release();
        },
      };
    } catch (error) {
      if (systemCode(error) !== 'ELOCKED') {
        throw new WatchError('usage', `The position cannot be kept: ${messageOf(error)}`, { cause: error, hint: 'Name another folder in GRAPH_WATCH_CONFIG_DIR.' });
      }
    }
    const touched = await touchedAt(path);
    if (touched !== undefined && touched !== seen) {
      throw usageError(`Another graph-watch goes on from "${name}" already.`, 'Give each its own name: --resume <name>.');
    }
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

async function touchedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** By its fields alone: file system errors come from Node's own realm, where `instanceof` says no under jest. */
export function systemCode(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

export function messageOf(thrown: unknown): string {
  const message = (thrown as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? message : String(thrown);
}
