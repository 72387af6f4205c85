import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file of the state folder as a whole: whoever reads it meanwhile, or starts after a
 * `kill -9`, finds the old content or the new one. Only its owner may read it.
 */
export function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Puts a file that is damaged out of the way, where a person can still look at it. */
export function setAside(path: string): void {
  renameSync(path, `${path}.damaged`);
}
