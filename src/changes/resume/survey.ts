import { stat } from 'node:fs/promises';
import { codeOf, usageError } from '../../errors.ts';
import type { Position } from './position-store.ts';
import { readHeader, readItem, readProgress, type Header } from './records.ts';
import { sealedLines } from './sealed-lines.ts';

/** Survey is what is in a file: its header, its last position, and up to where it is intact. */
export interface Survey {
  header: Header;
  position: Position;
  wholeBytes: number;
  /** Bytes of the header and the items. */
  baseBytes: number;
  /** The checksum of the lines so far. */
  sum: number;
}

/**
 * `survey` reads a file through without keeping it: a damaged one is found before anything relies on it. A last
 * line that was cut off never counted; any other damage is `damaged`. Resolves with `undefined` where there is no
 * file; rejects with what the file system says, and with a usage error for what is not a regular file.
 */
export async function survey(path: string): Promise<Survey | 'damaged' | undefined> {
  if (!(await isThere(path))) return undefined;
  let header: Header | undefined;
  let position: Position | undefined;
  let lines = 0;
  let baseBytes = 0;
  let wholeBytes = 0;
  let sum = 0;
  for await (const line of sealedLines(path)) {
    if (line === 'damaged') return 'damaged';
    if (header === undefined) {
      header = readHeader(line.text);
      if (header === undefined) return 'damaged';
      position = { cursor: header.cursor, at: header.at };
    } else if (lines <= header.items) {
      if (readItem(line.text) === undefined) return 'damaged';
    } else {
      const progress = readProgress(line.text);
      if (progress === undefined) return 'damaged';
      position = progress.position ?? position;
    }
    ({ sum, endBytes: wholeBytes } = line);
    if (lines === header.items) baseBytes = wholeBytes;
    lines += 1;
  }
  // Header and items are written as a whole: no kill cuts them off.
  if (header === undefined || position === undefined || lines <= header.items) return 'damaged';
  return { header, position, wholeBytes, baseBytes, sum };
}

async function isThere(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  // Opening a FIFO would wait for a writer.
  if (found?.isFile() === false) throw usageError(`The position file ${path} cannot be read: it is not a regular file.`, 'Remove it, or use another name: --resume <name>.');
  return found !== undefined;
}
