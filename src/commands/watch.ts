import type { CommandContext } from '../app/context.ts';
import { checkTarget, graphAccess } from '../app/graph-access.ts';
import { WatchError } from '../errors.ts';
import { targetName, type Target } from '../graph/targets.ts';
import { openAccess } from '../watch/access.ts';
import { CHANGES_FROM_NOW } from '../watch/change-options.ts';
import { checkAddress, findTarget, type FoundTarget } from '../watch/find-target.ts';
import { watchOptions, type WatchFlags, type WatchOptions } from '../watch/options.ts';
import { openSession } from '../watch/session.ts';
import { safeText } from '../output/safe-text.ts';
import { signedInTokens } from '../watch/signed-in.ts';
import { openTarget } from '../watch/target.ts';

/** `runWatch` watches one target until it is stopped, and resolves with the exit code. `words` are those after the first `--`. */
export function runWatch(context: CommandContext, target: Target, flags: WatchFlags, words?: readonly string[]): Promise<number> {
  return watchTarget(context, target, watchOptions(flags, words));
}

/** `watchTarget` is `runWatch` for options that are checked. `below`: only this folder or file of the target. */
export async function watchTarget(context: CommandContext, target: Target, options: WatchOptions, below?: string): Promise<number> {
  checkTarget(context, target);
  const session = await openSession(context, options, () => [{ target: targetName(target) }]);
  return session.finish(watch());

  async function watch(): Promise<void> {
    const access = await openAccess(context, { signal: session.signal, signIn, onUnexpectedHost: (host) => { session.unexpectedHost(host); } });
    await session.useGraph(access.get);
    const stream = await openTarget(access, target, session.signal, { changes: options.changes, many: false, below });
    if (!(await session.follow(stream))) return;
    if (!session.signal.aborted) throw new WatchError('internal', 'the stream ended on its own');
  }
}

/**
 * `runWatchAddress` watches what an address from a browser leads to. A folder or a file means its changes:
 * notifications do not say what changed.
 */
export async function runWatchAddress(context: CommandContext, address: string, flags: WatchFlags, words?: readonly string[]): Promise<number> {
  const options = watchOptions(flags, words);
  const { target, below, name } = await find(context, address, flags.redeem ?? false);
  if (name !== undefined) context.people.say(`found ${safeText(name)}`);
  return watchTarget(context, target, below === undefined ? options : { ...options, changes: options.changes ?? CHANGES_FROM_NOW }, below);
}

/** `targetAt` finds the drive behind an address, for commands that take nothing below it. */
export async function targetAt(context: CommandContext, address: string, { redeem }: { redeem: boolean }): Promise<Target> {
  return (await find(context, address, redeem)).target;
}

async function find(context: CommandContext, address: string, redeem: boolean): Promise<FoundTarget> {
  // Before anybody has to sign in for it.
  checkAddress(context, address);
  const get = graphAccess(context, await signedInTokens(context, signIn));
  return findTarget(context, address, { get, signal: context.signal, redeem });
}

/** `signIn` signs in as `graph-watch login` does; it is loaded only if nobody is signed in. */
export async function signIn(context: CommandContext): Promise<void> {
  const { runLogin } = await import('./login.ts');
  await runLogin(context, {});
}
