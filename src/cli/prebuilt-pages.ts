import { fstatSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Output } from '../surroundings.ts';
import { VERSION } from '../version.ts';

/** The pages are laid out for so many columns; commander wraps anew for a terminal that has fewer. */
const PAGE_WIDTH = 80;

/**
 * Prints what the build has spelled out: the version, or help for a command, from the folder of its
 * pages (`graph-watch-watch-me.txt`). False where the command line asks for anything else, or it cannot
 * be printed so: then nothing was.
 *
 * Node's ESM loader, commander and the command tree would make this start take 1.7 times as long as
 * Node itself does. So it is built as CommonJS, and loads nothing more than the file system.
 */
export function printPrebuilt(argv: readonly string[], folder: string): boolean {
  const text = prebuilt(argv, folder);
  if (text === undefined || isNarrow()) return false;
  try {
    // Nearly always all at once. If not, what is left goes through the stream, which waits.
    const bytes = Buffer.from(text);
    const written = writeSync(1, bytes);
    if (written < bytes.length) process.stdout.write(bytes.subarray(written));
    return true;
  } catch {
    // A full pipe, or one without a reader: the whole program knows what to do.
    return false;
  }
}

/** What is to be printed for this command line, or `undefined` where that was not spelled out. */
export function prebuilt(argv: readonly string[], folder: string): string | undefined {
  const words = argv.slice(0, -1);
  const last = argv.at(-1);
  if (words.length === 0 && (last === '--version' || last === '-V')) return `${VERSION}\n`;
  if ((last !== '--help' && last !== '-h') || !words.every((word) => /^[a-z]+$/.test(word))) return undefined;
  try {
    return readFileSync(join(folder, `${['graph-watch', ...words].join('-')}.txt`), 'utf8');
  } catch {
    return undefined;
  }
}

/** Asking the terminal costs a millisecond: only where stdout may be one at all. One that does not know its size says 0. */
function isNarrow(): boolean {
  const { columns = 0 }: Pick<Output, 'columns'> = fstatSync(1).isCharacterDevice() ? process.stdout : {};
  return columns > 0 && columns < PAGE_WIDTH;
}
