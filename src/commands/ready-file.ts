import { accessSync, constants } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toError, usageError, type WatchError } from '../errors.ts';
import type { WatchEvent } from '../events.ts';
import { lifecycleRecord } from '../output/ndjson.ts';

/**
 * `--ready-file`: is there, with the last ready record in it, exactly while every target that is being
 * watched is connected.
 */
export interface ReadyFile {
  follow(event: WatchEvent): Promise<void>;
  remove(): Promise<void>;
}

/**
 * `watching` names the targets that are being watched at that moment. Throws a usage error for a path
 * where nothing can be written: at once, not when the watch has been connected.
 */
export function readyFile(path: string | undefined, watching: () => readonly string[]): ReadyFile {
  if (path === undefined) return { follow: () => Promise.resolve(), remove: () => Promise.resolve() };
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw refusal(path, error);
  }
  const connected = new Set<string>();
  let record = '';
  const writeIfAll = async (targets: readonly string[]): Promise<void> => {
    if (targets.length > 0 && targets.every((target) => connected.has(target))) await write(path, record);
  };
  const remove = (): Promise<void> => attempt(path, () => rm(path, { force: true }));
  return {
    remove,
    async follow(event) {
      if (event.type === 'ready') {
        connected.add(event.target);
        record = `${JSON.stringify(lifecycleRecord(event))}\n`;
        await writeIfAll(watching());
      } else if (event.type === 'end') {
        // The one that kept the file away may be the one that has gone.
        connected.delete(event.target);
        await writeIfAll(watching().filter((target) => target !== event.target));
      } else if (event.type === 'reconnecting') {
        connected.delete(event.target);
        await remove();
      }
    },
  };
}

/** Whoever sees the file sees all of it. */
async function write(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  await attempt(path, async () => {
    await writeFile(draft, text);
    await rename(draft, path);
  });
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
