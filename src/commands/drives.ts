import type { CommandContext } from '../app/context.ts';
import { actsAsItself, graphAccess } from '../app/graph-access.ts';
import { patientGet } from '../app/patience.ts';
import { printAll } from '../app/printing.ts';
import { usageError } from '../errors.ts';
import { findDrives } from '../graph/finding/find-drives.ts';
import type { FoundDrive } from '../graph/finding/found-drive.ts';
import { Inquiry } from '../graph/finding/inquiry.ts';
import { sitePath } from '../graph/targets.ts';
import { oneLine } from '../lib/json.ts';
import { safeText } from '../output/safe-text.ts';
import { reportOutcome } from '../watch/finding-report.ts';
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
  if (words.some((word) => word.trim() === '')) throw usageError('A word to search for is empty.');
  if (site !== undefined) sitePath(site);
  const { surroundings: { stdout }, signal } = context;
  const tokens = await signedInTokens(context, signIn);
  const inquiry = new Inquiry();
  const search = { get: patientGet(context, 'list drives', graphAccess(context, tokens)), signal, inquiry, words: words.flatMap((word) => word.trim().split(/\s+/)) };
  const found = findDrives(search, { site, asApp: actsAsItself(context) });
  let count = 0;
  if (json || stdout.isTTY !== true) {
    const all = await printAll(stdout, lines(found, () => { count += 1; }));
    if (!all) return;
  } else {
    const drives = await collected(context, found);
    count = drives.length;
    const { drivesTable } = await import('../output/drives-table.ts');
    await context.print(drivesTable(drives, { width: stdout.columns, color: context.settings.color }));
    if (count > 0) context.people.say('\nTo watch one: graph-watch watch \'<target>\' --changes');
  }
  reportOutcome(context, tokens.kind, inquiry.outcome());
  if (count === 0) context.people.say(words.length === 0 ? 'Nothing to watch was found.' : `Nothing matches "${safeText(words.join(' '))}".`);
}

async function* lines(found: AsyncIterable<FoundDrive>, onEach: () => void): AsyncGenerator<string, void, undefined> {
  for await (const drive of found) {
    onEach();
    yield `${oneLine(JSON.stringify(drive))}\n`;
  }
}

async function collected({ people }: CommandContext, found: AsyncIterable<FoundDrive>): Promise<FoundDrive[]> {
  const waiting = people.waiting('looking for drives');
  const drives: FoundDrive[] = [];
  try {
    for await (const drive of found) {
      drives.push(drive);
      waiting.update(`looking for drives · ${drives.length} found`);
    }
  } finally {
    waiting.stop();
  }
  return drives;
}
