import { WatchError } from '../errors.ts';
import { endpointPath, targetName, type Target } from '../graph/targets.ts';
import type { CommandContext } from './context.ts';
import { runSession, type WatchOptions } from './watch-session.ts';
import { openAccess } from './watch-source.ts';
import { openTarget } from './watch-target.ts';

/** Watches one target until told to stop, and says how it ended: the exit code. */
export function runWatch(context: CommandContext, target: Target, options: WatchOptions): Promise<number> {
  // An id that cannot be one is refused before anything is sent.
  endpointPath(target);
  return runSession(context, options, () => [{ target: targetName(target) }], async (session) => {
    const access = await openAccess(context, session);
    const stream = await openTarget(access, target, session.signal, { changes: options.changes, many: false });
    if (!(await session.follow(stream))) return;
    if (!session.signal.aborted) throw new WatchError('internal', 'the stream ended by itself');
  });
}
