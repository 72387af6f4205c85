import { rename, rm, writeFile } from 'node:fs/promises';
import { usageError, toError } from '../errors.ts';
import type { WatchEvent } from '../events.ts';
import { lifecycleRecord } from '../output/ndjson.ts';

/** `--ready-file`: is there, with the last ready record in it, exactly while the watch is connected. */
export interface ReadyFile {
  follow(event: WatchEvent): Promise<void>;
  remove(): Promise<void>;
}

export function readyFile(path: string | undefined): ReadyFile {
  const remove = async (): Promise<void> => {
    if (path !== undefined) await attempt(path, () => rm(path, { force: true }));
  };
  return {
    remove,
    async follow(event) {
      if (path === undefined) return;
      if (event.type === 'ready') {
        const text = `${JSON.stringify(lifecycleRecord(event))}\n`;
        // Whoever sees the file sees all of it.
        const draft = `${path}.${process.pid}.tmp`;
        await attempt(path, async () => {
          await writeFile(draft, text);
          await rename(draft, path);
        });
      } else if (event.type === 'reconnecting') {
        await remove();
      }
    },
  };
}

async function attempt(path: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    throw usageError(`The ready file ${path} cannot be written: ${toError(error).message}`);
  }
}
