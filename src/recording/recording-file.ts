import { constants, type Stats } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { codeOf, usageError } from '../errors.ts';
import { parseJson } from '../lib/json.ts';
import { ifThere } from '../lib/system-errors.ts';

/** The beginning that identifies a record is shorter than this, in bytes. */
export const HEAD_BYTES = 1_024;
/** How much of a file that ends in the middle of a line is read, in bytes. */
const TAIL_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
/** How often a file that is replaced meanwhile is opened again. */
const MOST_ATTEMPTS = 100;
/** Only the owner may read who changed what. */
const MODE = 0o600;

/** How a record begins, as this tool writes it. */
const HEAD = /^\{"type":"(?:notification|change|ready|reconnecting|renewed|gap|end)","time":"\d{4}-\d\d-\d\dT[\d:.]+Z","target":"/;
const BEGINNING = '{"type":"';

/** `isRecordingHead` returns whether a file that begins like this is one of our recordings. */
export function isRecordingHead(text: string): boolean {
  return HEAD.test(text);
}

/** OpenedRecording is a recording that can be appended to. */
export interface OpenedRecording {
  handle: FileHandle;
  /** How many bytes of a last line that was not whole were removed. */
  removed: number;
}

/**
 * `openRecording` creates the file at `path`, for its owner only, or opens it for appending if it is empty or a recording.
 * What a killed process left of its last record is removed: it is unreadable, and the next record would be appended to it.
 * Throws a usage error for anything else that exists there: a folder, a link, a pipe, another file; otherwise rejects
 * with the file system's error. `pause` waits for another process that may be in the middle of a write. Another process that
 * records to the same file may set it aside at any moment: then it is opened, or created, once more.
 */
export async function openRecording(path: string, pause: () => Promise<void>): Promise<OpenedRecording> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const opened = await openOnce(path, pause);
    if (opened !== undefined) return opened;
  }
  throw usageError(`The recording ${path} cannot be written: another process keeps replacing it.`, 'Choose another path.');
}

/** Returns `undefined` if the file was moved, removed or replaced meanwhile. */
async function openOnce(path: string, pause: () => Promise<void>): Promise<OpenedRecording | undefined> {
  try {
    return { handle: await open(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL, MODE), removed: 0 };
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  // Checked before opening: opening a pipe or a device may have effects.
  const seen = await ifThere(() => lstat(path));
  if (seen === undefined) return undefined;
  if (!seen.isFile()) throw usageError(`The recording ${path} cannot be written: it exists and is not a regular file.`, 'Choose another path.');
  const handle = await ifThere(() => open(path, constants.O_RDWR | constants.O_APPEND | NO_LINKS));
  if (handle === undefined) return undefined;
  try {
    if (!isSame(seen, await handle.stat())) {
      await handle.close();
      return undefined;
    }
    const head = await read(handle, 0, HEAD_BYTES);
    if (head !== '' && !isRecordingHead(head) && !isBeginning(head)) {
      throw usageError(`${path} already exists and is not a recording.`, 'Remove it, or choose another path.');
    }
    return { handle, removed: await mendEnd(handle, pause) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Windows has no such flag. */
const NO_LINKS = (constants as Partial<typeof constants>).O_NOFOLLOW ?? 0;

/** `isSame` returns whether both are the same file. */
export function isSame(one: Pick<Stats, 'dev' | 'ino'>, other: Pick<Stats, 'dev' | 'ino'>): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** Returns whether this may be the beginning of the very first record, cut off. */
function isBeginning(head: string): boolean {
  return !head.includes('\n') && (head.startsWith(BEGINNING) || BEGINNING.startsWith(head));
}

/** Makes the file end with a whole line; returns how many bytes were removed. */
async function mendEnd(handle: FileHandle, pause: () => Promise<void>): Promise<number> {
  const { size } = await handle.stat();
  const from = Math.max(0, size - TAIL_BYTES);
  const bytes = Buffer.alloc(size - from);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
  if (bytesRead === 0 || bytes[bytesRead - 1] === NEWLINE) return 0;
  await pause();
  if ((await handle.stat()).size !== size) return 0;
  const last = bytes.subarray(0, bytesRead).lastIndexOf(NEWLINE) + 1;
  const isWhole = parseJson(bytes.toString('utf8', last, bytesRead)) !== undefined;
  if (isWhole || (last === 0 && from > 0)) {
    // Written by hand, or too long to tell.
    await handle.write('\n');
    return 0;
  }
  await handle.truncate(from + last);
  return size - from - last;
}

async function read(handle: FileHandle, from: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
  return buffer.toString('latin1', 0, bytesRead);
}
