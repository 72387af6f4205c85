import { randomBytes } from 'node:crypto';
import { link, lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { codeOf } from '../errors.ts';
import { ifThere } from '../lib/system-errors.ts';
import { HEAD_BYTES, isRecordingHead, isSame } from './recording-file.ts';

// A recording that has become too large becomes a part, with a number before the extension: `events.000001.ndjson`. Sorted
// by name, parts come before `events.ndjson`, so `events*.ndjson` is the whole recording, oldest first.

const DIGITS = 6;
/**
 * What comes before the extension until a part has its number. Such a file sorts after the parts and belongs to `events*.ndjson` too: a process
 * that is killed at this moment leaves it.
 */
const UNNUMBERED = /^999999-[0-9a-f]{12}$/;

/**
 * `setAside` makes a part of the file at `path`, unless another process has done so meanwhile. Never replaces a file. Rejects
 * with what the file system says.
 */
export async function setAside(path: string): Promise<void> {
  // Under a unique name: only one process moves it.
  const moving = unnumberedPath(path);
  if (await ifThere(() => rename(path, moving).then(() => true)) !== undefined) await giveNumber(path, moving);
}

/** `numberParts` gives a number to each part that a killed process left without one. Rejects with what the file system says. */
export async function numberParts(path: string): Promise<void> {
  for (const left of await unnumberedPartsOf(path)) {
    // Its process may still be alive, and another one may do the same: whoever finds it gone leaves it to the other.
    const moving = unnumberedPath(path);
    if (await ifThere(() => rename(left, moving).then(() => true)) === undefined) continue;
    if (await hasNumber(path, moving)) await ifThere(() => unlink(moving));
    else await giveNumber(path, moving);
  }
}

async function giveNumber(path: string, moving: string): Promise<void> {
  const last = (await partsOf(path)).at(-1)?.number ?? 0;
  for (let number = last + 1; ; number += 1) if (await moved(moving, partPath(path, number))) return;
}

/** Whether the process was killed, or is, between giving it a number and removing its old name. */
async function hasNumber(path: string, moving: string): Promise<boolean> {
  const wanted = await ifThere(() => lstat(moving));
  for (const part of wanted === undefined ? [] : await partsOf(path)) {
    const stats = await ifThere(() => lstat(part.path));
    if (stats !== undefined && wanted !== undefined && isSame(stats, wanted)) return true;
  }
  return false;
}

/** `prune` removes the oldest parts until no more than `most` are left; what is not a recording stays. Rejects with what the file system says. */
export async function prune(path: string, most: number): Promise<void> {
  const parts = await partsOf(path);
  for (const { path: oldest } of parts.slice(0, Math.max(0, parts.length - most))) await ifThere(async () => { if (await isOurs(oldest)) await unlink(oldest); });
}

/** The parts beside this file, oldest first. */
async function partsOf(path: string): Promise<{ number: number; path: string }[]> {
  return (await beside(path)).flatMap(({ middle, path: part }) => (/^\d{6,}$/.test(middle) ? [{ number: Number(middle), path: part }] : [])).sort((one, other) => one.number - other.number);
}

async function unnumberedPartsOf(path: string): Promise<string[]> {
  return (await beside(path)).flatMap(({ middle, path: part }) => (UNNUMBERED.test(middle) ? [part] : []));
}

/** The files whose names differ from this one's by something before the extension. */
async function beside(path: string): Promise<{ middle: string; path: string }[]> {
  const { folder, stem, extension } = split(path);
  return (await readdir(folder)).flatMap((name) => (name.startsWith(`${stem}.`) && name.endsWith(extension)
    ? [{ middle: name.slice(stem.length + 1, name.length - extension.length), path: join(folder, name) }] : []));
}

function unnumberedPath(path: string): string {
  const { folder, stem, extension } = split(path);
  return join(folder, `${stem}.999999-${randomBytes(6).toString('hex')}${extension}`);
}

function partPath(path: string, number: number): string {
  const { folder, stem, extension } = split(path);
  return join(folder, `${stem}.${String(number).padStart(DIGITS, '0')}${extension}`);
}

function split(path: string): { folder: string; stem: string; extension: string } {
  const extension = extname(path);
  return { folder: dirname(path), stem: basename(path, extension), extension };
}

/** Returns false if there is something at the new path: another process may number a part at the same time. A link is refused then; a renamed file would replace it. Returns true if somebody else has moved it. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (codeOf(error) === 'ENOENT') return true;
    if (!LINKLESS.has(codeOf(error) ?? '')) throw error;
    // FAT and some network drives have no links.
    if (await lstat(to).then(() => true, () => false)) return false;
    await ifThere(() => rename(from, to));
    return true;
  }
  await ifThere(() => unlink(from));
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
