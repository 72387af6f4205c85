import type { CommandContext } from '../../app/context.ts';
import { actsAsItself, graphAccess } from '../../app/graph-access.ts';
import { patientGet } from '../../app/patience.ts';
import type { TokenSource } from '../../auth/token-source.ts';
import { findDrives } from '../../graph/finding/find-drives.ts';
import type { FoundDrive } from '../../graph/finding/found-drive.ts';
import { Inquiry } from '../../graph/finding/inquiry.ts';
import { reportOutcome } from './finding-report.ts';

/** DriveSearch is a search for drives: to be read once, and to be reported when it is over. */
export interface DriveSearch {
  found: AsyncGenerator<FoundDrive, void, undefined>;
  /** Says what could not be asked. Throws where nothing could. */
  report(): void;
}

/** `searchDrives` looks for what matches all the words (none: everything), in one site or everywhere. Nothing is requested before it is read. */
export function searchDrives(context: CommandContext, tokens: TokenSource, { words = [], site }: { words?: readonly string[]; site?: string | undefined } = {}): DriveSearch {
  const inquiry = new Inquiry();
  const search = { get: patientGet(context, 'list drives', graphAccess(context, tokens)), signal: context.signal, inquiry, words: words.flatMap((word) => word.trim().split(/\s+/)) };
  return {
    found: findDrives(search, { site, asApp: actsAsItself(context) }),
    report: () => { reportOutcome(context, tokens.kind, inquiry.outcome()); },
  };
}

/** `collectDrives` reads a search to its end, while people see how many there are. */
export async function collectDrives({ people }: Pick<CommandContext, 'people'>, { found }: DriveSearch): Promise<FoundDrive[]> {
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
