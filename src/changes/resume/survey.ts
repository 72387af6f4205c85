import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Position } from './position-store.ts';
import { codeOf } from '../../errors.ts';
import { readHeader, readItem, readProgress, type Header } from './records.ts';

/** What is in a file: its header, where it got to, and up to where it is whole. */
export interface Survey {
  header: Header;
  position: Position;
  wholeBytes: number;
  /** Bytes of the header and the items. */
  baseBytes: number;
}

/** Reads a file through without keeping it: a damaged one is found before anything relies on it. */
export async function survey(path: string): Promise<Survey | 'damaged' | undefined> {
  const total = await stat(path).then(({ size }) => size, (error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (total === undefined) return undefined;
  let header: Header | undefined;
  let position: Position | undefined;
  let lines = 0;
  let bytes = 0;
  let baseBytes = 0;
  for await (const line of linesOf(path)) {
    const length = Buffer.byteLength(line) + 1;
    // The last line was cut off by whatever ended the process: it never counted.
    if (bytes + length > total) break;
    if (header === undefined) {
      header = readHeader(line);
      if (header === undefined) return 'damaged';
      position = { cursor: header.cursor, at: header.at };
    } else if (lines <= header.items) {
      if (readItem(line) === undefined) return 'damaged';
    } else {
      const progress = readProgress(line);
      if (progress === undefined) return 'damaged';
      position = progress.position ?? position;
    }
    bytes += length;
    if (lines === header.items) baseBytes = bytes;
    lines += 1;
  }
  if (header === undefined || position === undefined || lines <= header.items) return 'damaged';
  return { header, position, wholeBytes: bytes, baseBytes };
}

export function linesOf(path: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity });
}
