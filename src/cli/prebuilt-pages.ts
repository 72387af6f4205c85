import { fstatSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Output } from '../surroundings.ts';
import { VERSION } from '../version.ts';

/** The width of the pages, in columns; commander wraps them again for a narrower terminal. */
const PAGE_WIDTH = 80;

/**
 * `printPrebuilt` prints what the build has rendered: the version, or help for a command, from the folder of its
 * pages (`graph-watch-watch-me.txt`). Returns false, having printed nothing, if the command line asks for anything
 * else, or the page cannot be printed this way.
 *
 * Node's ESM loader, commander and the command tree would make this start take 1.7 times as long as
 * Node itself does. So it is built as CommonJS, and loads nothing more than the file system.
 */
export function printPrebuilt(argv: readonly string[], folder: string): boolean {
  const text = prebuilt(argv, folder);
  if (text === undefined || isNarrow()) return false;
  try {
    // Nearly always everything in one write. If not, the rest goes through the stream, which waits.
    const bytes = Buffer.from(text);
    const written = writeSync(1, bytes);
    if (written < bytes.length) process.stdout.write(bytes.subarray(written));
    return true;
  } catch {
    // A full pipe, or one without a reader: the whole program handles that.
    return false;
  }
}

/** `prebuilt` returns what to print for this command line, or `undefined` if the build did not render that. */
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

/** Asking the terminal costs a millisecond: done only if stdout may be one. A terminal of unknown size reports 0. */
function isNarrow(): boolean {
  const { columns = 0 }: Pick<Output, 'columns'> = fstatSync(1).isCharacterDevice() ? process.stdout : {};
  return columns > 0 && columns < PAGE_WIDTH;
}
