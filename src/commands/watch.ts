import type { CommandContext } from '../app/context.ts';
import { checkTarget } from '../app/graph-access.ts';
import { WatchError } from '../errors.ts';
import { targetName, type Target } from '../graph/targets.ts';
import { openAccess } from '../watch/access.ts';
import { openSession, type WatchOptions } from '../watch/session.ts';
import { openTarget } from '../watch/target.ts';

/** `runWatch` watches one target until it is stopped, and resolves with the exit code. */
export async function runWatch(context: CommandContext, target: Target, options: WatchOptions): Promise<number> {
  checkTarget(context, target);
  const session = await openSession(context, options, () => [{ target: targetName(target) }]);
  return session.finish(watch());

  async function watch(): Promise<void> {
    const access = await openAccess(context, { signal: session.signal, signIn, onUnexpectedHost: (host) => { session.unexpectedHost(host); } });
    await session.useGraph(access.get);
    const stream = await openTarget(access, target, session.signal, { changes: options.changes, many: false });
    if (!(await session.follow(stream))) return;
    if (!session.signal.aborted) throw new WatchError('internal', 'the stream ended on its own');
  }
}

/** `signIn` signs in as `graph-watch login` does; loaded only where nobody is signed in. */
export async function signIn(context: CommandContext): Promise<void> {
  const { runLogin } = await import('./login.ts');
  await runLogin(context, {});
}
