import { readPages } from '../changes/index/pages.ts';
import { formatCursor } from '../changes/resume/cursor.ts';
import type { DeltaGone, DeltaPage, DeltaStart } from '../delta.ts';
import { WatchError } from '../errors.ts';
import { driveDelta } from '../graph/delta.ts';
import type { WantedTarget } from '../graph/target-words.ts';
import type { CommandContext } from '../app/context.ts';
import { graphAccess, tokenSource } from '../app/graph-access.ts';
import { patiently } from '../app/patience.ts';
import { checkSingleDrive, findDrive, type TargetFlags } from '../watch/finding/find-target.ts';

/** `runCursor` prints a cursor for the drive's current state: `watch … --after` starts from there. */
export async function runCursor(context: CommandContext, named: WantedTarget, { redeem = false }: TargetFlags): Promise<void> {
  const wanted = checkSingleDrive(context, named);
  const { signal, surroundings: { clock } } = context;
  const get = graphAccess(context, tokenSource(context));
  const ask = <T>(what: string, work: () => Promise<T>): Promise<T> => patiently(context, `get ${what}`, signal, work, { otherwise: 'final' });
  const waiting = context.people.waiting('getting a cursor');
  try {
    const { target } = await findDrive(context, wanted, { get, signal, redeem });
    const delta = driveDelta(target, get, context.settings.graphUrl);
    const page = (start: DeltaStart): Promise<DeltaPage | DeltaGone> => ask('a cursor', () => delta.page(start, signal));
    const drive = await ask('the drive\'s id', () => delta.driveId(signal));
    const answer = await readPages('latest', await page('latest'), page, ({ items }) => items.length);
    if ('gone' in answer) throw new WatchError('network', `Graph returned no cursor (${answer.gone}).`, { code: answer.gone });
    waiting.stop();
    await context.print(`${formatCursor({ drive, cursor: answer.cursor ?? '', at: answer.at ?? clock.now() })}\n`);
  } finally {
    waiting.stop();
  }
}
