import type { CommandContext } from '../app/context.ts';
import { printAll } from '../app/printing.ts';
import { usageError } from '../errors.ts';
import type { FoundDrive } from '../graph/finding/found-drive.ts';
import { sitePath } from '../graph/targets.ts';
import { oneLine } from '../lib/json.ts';
import { safeText } from '../output/safe-text.ts';
import { collectDrives, searchDrives } from '../watch/finding/search-drives.ts';
import { signedInTokens } from '../watch/signed-in.ts';
import { signIn } from './watch.ts';

export interface DrivesOptions {
  /** Only the libraries of this site. */
  site?: string;
  /** NDJSON even on a terminal. */
  json?: boolean;
}

/**
 * `runDrives` is `graph-watch drives`: it prints what there is to watch, or, with words, what matches them: a table on a
 * terminal, elsewhere one record per line as it is found. What Graph refuses is named once on stderr, with what would help.
 */
export async function runDrives(context: CommandContext, words: readonly string[], { site, json = false }: DrivesOptions): Promise<void> {
  if (words.some((word) => word.trim() === '')) throw usageError('A search word is empty.');
  if (site !== undefined) sitePath(site);
  const { surroundings: { stdout } } = context;
  const search = searchDrives(context, await signedInTokens(context, signIn), { words, site });
  let count = 0;
  if (json || stdout.isTTY !== true) {
    const all = await printAll(stdout, lines(search.found, () => { count += 1; }));
    if (!all) return;
  } else {
    const drives = await collectDrives(context, search);
    count = drives.length;
    const { drivesTable } = await import('../output/drives-table.ts');
    await context.print(drivesTable(drives, { width: stdout.columns, color: context.settings.color }));
    if (count > 0) context.people.say('\nTo watch one: graph-watch watch \'<target>\' --changes');
  }
  search.report();
  if (count === 0) context.people.say(words.length === 0 ? 'Found nothing to watch.' : `Nothing matches "${safeText(words.join(' '))}".`);
}

async function* lines(found: AsyncIterable<FoundDrive>, onEach: () => void): AsyncGenerator<string, void, undefined> {
  for await (const drive of found) {
    onEach();
    yield `${oneLine(JSON.stringify(drive))}\n`;
  }
}
