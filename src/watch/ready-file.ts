import { accessSync, constants, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toError, usageError, type WatchError } from '../errors.ts';
import type { WatchEvent } from '../events.ts';
import { writeWhole } from '../lib/write-whole.ts';
import { lifecycleRecord } from '../output/ndjson.ts';

/**
 * `--ready-file`: is there, with the last ready record in it, exactly while every target that is being
 * watched is connected.
 */
export interface ReadyFile {
  follow(event: WatchEvent): Promise<void>;
  /** To be called when another target is being watched: it is not connected yet. */
  recount(): Promise<void>;
  remove(): Promise<void>;
  /** Takes a file that was written away at once, for a process that waits for nothing any more. */
  removeNow(): void;
}

/**
 * `watching` names the targets that are being watched at that moment, without those whose end is being
 * told. Throws a usage error for a path where nothing can be written: at once, not when the watch has
 * been connected.
 */
export function readyFile(path: string | undefined, watching: () => readonly string[]): ReadyFile {
  if (path === undefined) return { follow: () => Promise.resolve(), recount: () => Promise.resolve(), remove: () => Promise.resolve(), removeNow: () => undefined };
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw refusal(path, error);
  }
  const connected = new Set<string>();
  let record = '';
  /** What is in the file, if it is there. */
  let written: string | undefined;
  /** It was written, or is on its way to the disk. */
  let begun = false;
  let turn = Promise.resolve();
  // One after the other, each looking anew: targets come and go while one of these is under way, and the
  // last to end must not be the one that knew least.
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  const erase = async (): Promise<void> => {
    await attempt(path, () => rm(path, { force: true }));
    written = undefined;
    begun = false;
  };
  const recount = (): Promise<void> => inTurn(async () => {
    const targets = watching();
    const wanted = targets.length > 0 && targets.every((target) => connected.has(target)) ? record : undefined;
    if (wanted === written) return;
    begun ||= wanted !== undefined;
    if (wanted === undefined) await erase();
    else await attempt(path, async () => { await writeWhole(path, wanted, { mode: 0o666 }); });
    written = wanted;
  });
  return {
    recount,
    remove: () => inTurn(erase),
    removeNow: () => {
      if (begun) rmSync(path, { force: true });
    },
    async follow(event) {
      if (event.type !== 'ready' && event.type !== 'end' && event.type !== 'reconnecting') return;
      if (event.type === 'ready') {
        connected.add(event.target);
        record = `${JSON.stringify(lifecycleRecord(event))}\n`;
      } else {
        connected.delete(event.target);
      }
      await recount();
    },
  };
}

async function attempt(path: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    throw refusal(path, error);
  }
}

function refusal(path: string, error: unknown): WatchError {
  return usageError(`The ready file ${path} cannot be written: ${toError(error).message}`);
}
