import { formatCursor } from '../changes/resume/cursor.ts';
import { WatchError } from '../errors.ts';
import { driveDelta } from '../graph/delta.ts';
import type { Target } from '../graph/targets.ts';
import type { CommandContext } from '../app/context.ts';
import { graphAccess, tokenSource } from '../app/graph-access.ts';

/** Prints where the drive is now, as one word: `watch … --after` starts from there. */
export async function runCursor(context: CommandContext, target: Target): Promise<void> {
  const { signal, surroundings: { clock } } = context;
  const delta = driveDelta(target, graphAccess(context, tokenSource(context)));
  const waiting = context.people.waiting('asking for a cursor');
  try {
    const drive = await delta.driveId(signal);
    let page = await delta.page('latest', signal);
    while (!('gone' in page) && page.next !== undefined) page = await delta.page({ link: page.next }, signal);
    if ('gone' in page) throw new WatchError('network', `Graph gives no cursor (${page.gone}).`, { code: page.gone });
    waiting.stop();
    await context.print(`${formatCursor({ drive, cursor: page.cursor ?? '', at: page.at ?? clock.now() })}\n`);
  } finally {
    waiting.stop();
  }
}
