import { randomBytes } from 'node:crypto';
import { link, lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { codeOf } from '../errors.ts';
import { ifThere } from '../lib/system-errors.ts';
import { HEAD_BYTES, isRecordingHead } from './recording-file.ts';

// A recording that has become too large becomes a part, with a number before the extension: `events.000001.ndjson`. Sorted
// by name, parts come before `events.ndjson`, so `events*.ndjson` is the whole recording, oldest first.

const DIGITS = 6;

/**
 * `setAside` makes a part of the file at `path`, unless another process has done so meanwhile. Never replaces a file. Rejects
 * with what the file system says.
 */
export async function setAside(path: string): Promise<void> {
  // Under a unique name: from here on, only this process moves it.
  const moving = `${path}.${randomBytes(6).toString('hex')}`;
  if (await ifThere(() => rename(path, moving).then(() => true)) === undefined) return;
  const last = (await partsOf(path)).at(-1)?.number ?? 0;
  for (let number = last + 1; ; number += 1) if (await moved(moving, partPath(path, number))) return;
}

/** `prune` removes the oldest parts until no more than `most` are left; what is not a recording stays. Rejects with what the file system says. */
export async function prune(path: string, most: number): Promise<void> {
  const parts = await partsOf(path);
  for (const { path: oldest } of parts.slice(0, Math.max(0, parts.length - most))) await ifThere(async () => { if (await isOurs(oldest)) await unlink(oldest); });
}

/** The parts beside this file, oldest first. */
async function partsOf(path: string): Promise<{ number: number; path: string }[]> {
  const { folder, stem, extension } = split(path);
  return (await readdir(folder)).flatMap((name) => {
    const digits = name.startsWith(`${stem}.`) && name.endsWith(extension) ? name.slice(stem.length + 1, name.length - extension.length) : '';
    return /^\d{6,}$/.test(digits) ? [{ number: Number(digits), path: join(folder, name) }] : [];
  }).sort((one, other) => one.number - other.number);
}

function partPath(path: string, number: number): string {
  const { folder, stem, extension } = split(path);
  return join(folder, `${stem}.${String(number).padStart(DIGITS, '0')}${extension}`);
}

function split(path: string): { folder: string; stem: string; extension: string } {
  const extension = extname(path);
  return { folder: dirname(path), stem: basename(path, extension), extension };
}

/** Returns false if there is something at the new path: another process may number a part at the same time. A link is refused then; a renamed file would replace it. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (!LINKLESS.has(codeOf(error) ?? '')) throw error;
    // FAT and some network drives have no links.
    if (await lstat(to).then(() => true, () => false)) return false;
    await rename(from, to);
    return true;
  }
  await unlink(from);
  return true;
}

const LINKLESS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'UNKNOWN', 'EINVAL']);

async function isOurs(path: string): Promise<boolean> {
  if (!(await lstat(path)).isFile()) return false;
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return isRecordingHead(buffer.toString('latin1', 0, bytesRead));
  } finally {
    await handle.close();
  }
}
