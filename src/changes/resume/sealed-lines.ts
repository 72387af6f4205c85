import { createReadStream } from 'node:fs';
import { crc32 } from 'node:zlib';
import { usageError } from '../../errors.ts';

/** A line of a file that is longer was not written by us: the largest rounds seen take a tenth of it. */
const LONGEST_LINE_BYTES = 256 * 1024 * 1024;
const NEWLINE = 0x0a;
/** Eight hexadecimal digits and a space precede each line's text. */
const SUM_LENGTH = 9;

/**
 * Seal writes lines with a leading checksum: the CRC-32 of all texts so far. So not only a changed line is noticed,
 * but also one that was lost, repeated or moved.
 */
export class Seal {
  /** The checksum of all lines so far. */
  sum: number;

  constructor(sum = 0) {
    this.sum = sum;
  }

  /** Returns the text, which must not contain a line break, as a line of the file. */
  line(text: string): string {
    this.sum = crc32(text, this.sum);
    return `${digits(this.sum)} ${text}\n`;
  }
}

/** SealedLine is one line whose checksum is right, or the first one whose checksum is not. */
export type SealedLine = { text: string; sum: number; endBytes: number } | 'damaged';

/**
 * `sealedLines` yields the lines of a file; after `damaged` nothing comes. A last line without an end is left
 * out: it is what a process leaves that was killed while it wrote. Rejects with what the file system says, and
 * with a usage error for a line that no memory could hold.
 */
export async function* sealedLines(path: string): AsyncGenerator<SealedLine, void, undefined> {
  /** The pieces of a line whose end has not been read. */
  let pieces: Buffer[] = [];
  let held = 0;
  let sum = 0;
  let endBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = pieces.length === 0 ? chunk.subarray(start, end) : Buffer.concat([...pieces, chunk.subarray(0, end)]);
      pieces = [];
      held = 0;
      start = end + 1;
      const text = line.subarray(SUM_LENGTH);
      sum = crc32(text, sum);
      if (line.length < SUM_LENGTH || line.toString('latin1', 0, SUM_LENGTH) !== `${digits(sum)} `) {
        yield 'damaged';
        return;
      }
      endBytes += line.length + 1;
      yield { text: text.toString(), sum, endBytes };
    }
    if (start === chunk.length) continue;
    pieces.push(chunk.subarray(start));
    held += chunk.length - start;
    if (held > LONGEST_LINE_BYTES) {
      throw usageError(`The position file ${path} cannot be read: it has a line of more than ${LONGEST_LINE_BYTES / 1024 / 1024} MB.`, 'It is damaged, or not a position file: remove it to start over.');
    }
  }
}

function digits(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}
