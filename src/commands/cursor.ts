import { readPages } from '../changes/index/pages.ts';
import { formatCursor } from '../changes/resume/cursor.ts';
import type { DeltaGone, DeltaPage, DeltaStart } from '../delta.ts';
import { WatchError } from '../errors.ts';
import { driveDelta } from '../graph/delta.ts';
import type { Target } from '../graph/targets.ts';
import type { CommandContext } from '../app/context.ts';
import { checkTarget, graphAccess, tokenSource } from '../app/graph-access.ts';
import { patiently } from '../app/patience.ts';

/** `runCursor` prints a cursor for the drive's current state: `watch … --after` starts from there. */
export async function runCursor(context: CommandContext, target: Target): Promise<void> {
  checkTarget(context, target);
  const { signal, surroundings: { clock } } = context;
  const delta = driveDelta(target, graphAccess(context, tokenSource(context)), context.settings.graphUrl);
  const ask = <T>(what: string, work: () => Promise<T>): Promise<T> => patiently(context, `get ${what}`, signal, work, { otherwise: 'final' });
  const page = (start: DeltaStart): Promise<DeltaPage | DeltaGone> => ask('a cursor', () => delta.page(start, signal));
  const waiting = context.people.waiting('asking for a cursor');
  try {
    const drive = await ask('the drive\'s id', () => delta.driveId(signal));
    const answer = await readPages('latest', await page('latest'), page, ({ items }) => items.length);
    if ('gone' in answer) throw new WatchError('network', `Graph returned no cursor (${answer.gone}).`, { code: answer.gone });
    waiting.stop();
    await context.print(`${formatCursor({ drive, cursor: answer.cursor ?? '', at: answer.at ?? clock.now() })}\n`);
  } finally {
    waiting.stop();
  }
}
