import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';

export interface WriteOptions {
  /** Permission bits of the new file; default: for its owner only. */
  mode?: number;
  /** Waits until the content is on the disk, for what has to survive a power cut. */
  durable?: boolean;
}

/**
 * `writeWhole` replaces a file in one step: whoever reads it sees the old content or all of the new. Resolves
 * with the number of bytes; rejects with what the file system says, and then the old file is still there.
 *
 * The draft is created exclusively and under a random name, so that a link that somebody put in its place cannot
 * redirect it.
 */
export async function writeWhole(path: string, content: string | Uint8Array | Iterable<string>, { mode = 0o600, durable = false }: WriteOptions = {}): Promise<number> {
  const draft = draftOf(path);
  let bytes = 0;
  // What is there already is somebody else's, and stays.
  const handle = await open(draft, 'wx', mode);
  try {
    try {
      for (const piece of typeof content === 'string' || content instanceof Uint8Array ? [content] : content) {
        await handle.appendFile(piece);
        bytes += typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length;
      }
      if (durable) await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
  return bytes;
}

/** `writeWholeSync` is `writeWhole` for small texts where nothing can be waited for. */
export function writeWholeSync(path: string, content: string, { mode = 0o600 }: Pick<WriteOptions, 'mode'> = {}): void {
  const draft = draftOf(path);
  writeFileSync(draft, content, { mode, flag: 'wx' });
  try {
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function draftOf(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}.tmp`;
}
