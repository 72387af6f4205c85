import { resolve } from 'node:path';
import { usageError } from '../../errors.ts';

/** RecordFlags are the flags of `watch` about its recording, as commander gives them. */
export interface RecordFlags {
  record?: string;
  /** Bytes. */
  recordSize?: number;
  recordFiles?: number;
}

/** RecordOptions say where a watch is recorded. */
export interface RecordOptions {
  path: string;
  mostBytes: number;
  mostFiles: number;
}

const DEFAULT_BYTES = 100_000_000;
const DEFAULT_FILES = 10;

/** `recordOptions` checks where to record; `undefined` means nowhere. Throws a usage error for combinations that make no sense. */
export function recordOptions({ record, recordSize, recordFiles }: RecordFlags, readyFile: string | undefined): RecordOptions | undefined {
  if (record === undefined) {
    if (recordSize !== undefined || recordFiles !== undefined) throw usageError('--record-size and --record-files need --record.', 'Add --record <file>.');
    return undefined;
  }
  if (readyFile !== undefined && resolve(readyFile) === resolve(record)) throw usageError('--record and --ready-file name the same file.', 'Choose another path for one of them.');
  return { path: record, mostBytes: recordSize ?? DEFAULT_BYTES, mostFiles: recordFiles ?? DEFAULT_FILES };
}
