import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, toError, WatchError } from '../../errors.ts';
import { isOutOfFiles } from '../../lib/system-errors.ts';
import { writeWhole } from '../../lib/write-whole.ts';
import { ensureFolder, keyFile } from './key.ts';

/** More than the tokens of a handful of accounts take. */
const TRIAL_BYTES = 64 * 1024;

/**
 * `tryWriting` creates the folder of a store, writes a file of the size of one, and removes both again. Rejects with
 * what the file system says, and if a folder takes the place of the store (`name`) or of its key.
 */
export async function tryWriting(folder: string, name: string): Promise<void> {
  const draft = join(folder, `${name}.check-${randomBytes(6).toString('hex')}.tmp`);
  const wasThere = existsSync(folder);
  await ensureFolder(folder);
  try {
    await writeWhole(draft, ' '.repeat(TRIAL_BYTES), { durable: true });
  } finally {
    await rm(draft, { force: true });
  }
  for (const path of [join(folder, name), keyFile(folder)]) await refuseFolder(path);
  // Another process may be using it by now; then it stays.
  if (!wasThere) await rmdir(folder).catch(() => undefined);
}

async function refuseFolder(path: string): Promise<void> {
  if (existsSync(path) && (await stat(path)).isDirectory()) throw Object.assign(new Error(`EISDIR: ${path} is a folder`), { code: 'EISDIR' });
}

/**
 * `asAuthError` runs `work` and turns what the file system refuses into an `auth` error: the user can fix it, and it is
 * not a bug. A temporary shortage becomes a `network` error, which is retried.
 */
export async function asAuthError<T>(work: () => T | Promise<T>, what: string, hint: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WatchError) throw error;
    const passes = isOutOfFiles(error);
    throw new WatchError(passes ? 'network' : 'auth', `${what}: ${toError(error).message}`, { code: codeOf(error), cause: error, hint: passes ? undefined : hint });
  }
}
