import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../errors.ts';
import { writeWhole } from '../../lib/write-whole.ts';
import type { KeyVault } from './key-vault.ts';
import { isOutOfFiles } from '../../lib/system-errors.ts';

/** StoreKey is the key that encrypts the stored sign-ins, and where it is kept. */
export interface StoreKey {
  key: string;
  storage: 'keyring' | 'file';
}

/**
 * KeySearch is the key, or:
 *
 * - `missing`: neither place has one
 * - `unreachable`: there is no key file, and the keyring cannot be reached (locked, or this is
 *   an ssh session without it): it may well contain the key
 */
export type KeySearch = StoreKey | 'missing' | 'unreachable';

const KEY_BYTES = 32;
const KEY_PATTERN = /^[A-Za-z0-9_-]{43}$/;

export function keyFile(folder: string): string {
  return join(folder, 'sign-ins-key');
}

/** `ensureFolder` creates the configuration folder, for its owner alone. An existing one keeps its mode: others may use it too. */
export async function ensureFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** `findKey` finds the key. A key that was stored in the file stays in use there, so it looks at the file first. */
export async function findKey(folder: string, vault: KeyVault): Promise<KeySearch> {
  const stored = await readKeyFile(folder);
  if (stored !== undefined) return { key: stored, storage: 'file' };
  try {
    const key = await vault.get();
    return key !== undefined && KEY_PATTERN.test(key) ? { key, storage: 'keyring' } : 'missing';
  } catch (error) {
    // No other process could be started either at this moment.
    if (isOutOfFiles(error)) throw error;
    // Whatever is wrong with the keyring, it is unreachable; the caller decides what that means.
    return 'unreachable';
  }
}

/** `makeKey` creates a random key, in the keyring if there is one that keeps it, otherwise in a file that only its owner can read. */
export async function makeKey(folder: string, vault: KeyVault): Promise<StoreKey> {
  const key = randomBytes(KEY_BYTES).toString('base64url');
  try {
    await vault.set(key);
    // Some keyrings accept and forget; a key that cannot be read back is a sign-in lost.
    if ((await vault.get()) === key) return { key, storage: 'keyring' };
  } catch {
    // No keyring, or a locked one: the file is the documented way then, and the caller says so.
  }
  await ensureFolder(folder);
  await writeWhole(keyFile(folder), key);
  return { key, storage: 'file' };
}

/** `deleteKey` deletes the key, wherever it is. An unreachable keyring keeps a key that no longer opens anything. */
export async function deleteKey(folder: string, vault: KeyVault): Promise<void> {
  const inFile = (await readKeyFile(folder)) !== undefined;
  await rm(keyFile(folder), { force: true });
  if (inFile) return;
  try {
    await vault.delete();
  } catch {
    // See above: what it opened has been deleted.
  }
}

async function readKeyFile(folder: string): Promise<string | undefined> {
  try {
    const key = (await readFile(keyFile(folder), 'utf8')).trim();
    return KEY_PATTERN.test(key) ? key : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
