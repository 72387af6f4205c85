import type { CommandContext } from '../app/context.ts';
import { printAll } from '../app/printing.ts';
import type { DriveEntry } from '../graph/finding/entry.ts';
import { listFolder } from '../graph/finding/list-folder.ts';
import { oneLine } from '../lib/json.ts';
import type { TargetFlags } from '../watch/finding/find-target.ts';
import { openPlace } from '../watch/finding/named-place.ts';
import { signIn } from './watch.ts';

export interface LsOptions extends TargetFlags {
  /** NDJSON even on a terminal. */
  json?: boolean;
}

/** `runLs` is `graph-watch ls`: it prints what is in a folder of a drive, page by page as it comes: a table on a terminal, elsewhere one record per line. */
export async function runLs(context: CommandContext, target: string, path: string | undefined, { json = false, redeem }: LsOptions): Promise<void> {
  const { surroundings: { stdout }, people } = context;
  const { drive, segments, access } = await openPlace(context, target, path, redeem === undefined ? {} : { redeem }, signIn);
  const isTable = !json && stdout.isTTY === true;
  const text = isTable ? await tableOf(context) : records;
  let count = 0;
  const waiting = people.waiting('listing');
  const pieces = async function* (): AsyncGenerator<string, void, undefined> {
    for await (const entries of listFolder(drive, segments, access)) {
      waiting.stop();
      count += entries.length;
      yield text(entries);
    }
  };
  try {
    await printAll(stdout, pieces());
  } finally {
    waiting.stop();
  }
  if (count === 0 && isTable) people.say('The folder is empty.');
}

function records(entries: readonly DriveEntry[]): string {
  return entries.map((entry) => `${oneLine(JSON.stringify(entry))}\n`).join('');
}

async function tableOf({ surroundings: { stdout }, settings: { color } }: CommandContext): Promise<(entries: readonly DriveEntry[]) => string> {
  const { entriesTable } = await import('../output/entries-table.ts');
  return entriesTable({ width: stdout.columns, color });
}
