import type { CommandContext } from '../app/context.ts';
import { checkTarget, graphAccess } from '../app/graph-access.ts';
import { rememberTarget } from '../app/remembered.ts';
import { toError, WatchError } from '../errors.ts';
import type { WantedTarget } from '../graph/target-words.ts';
import { targetName, type Target } from '../graph/targets.ts';
import { openAccess } from '../watch/access.ts';
import { CHANGES_FROM_NOW } from '../watch/change-options.ts';
import { checkOneDrive, findDrive, needsLookUp } from '../watch/find-target.ts';
import { watchOptions, type WatchFlags, type WatchOptions } from '../watch/options.ts';
import { pollByDefault } from '../watch/poll-by-default.ts';
import { openSession } from '../watch/session.ts';
import { safeText } from '../output/safe-text.ts';
import { signedInTokens } from '../watch/signed-in.ts';
import { openTarget } from '../watch/target.ts';

/**
 * `runWatch` watches one target until it is stopped, and resolves with the exit code. `words` are
 * those after the first `--`. A folder or a file means its changes: notifications do not say what changed.
 */
export async function runWatch(context: CommandContext, named: WantedTarget, flags: WatchFlags, words?: readonly string[]): Promise<number> {
  const wanted = checkOneDrive(context, named);
  const options = watchOptions(pollByDefault(context, flags), words, context.surroundings.env);
  if (wanted.kind === 'target' && !needsLookUp(wanted)) return watchTarget(context, wanted.target, options);
  const get = graphAccess(context, await signedInTokens(context, signIn));
  const { target: found, below, name } = await findDrive(context, wanted, { get, signal: context.signal, redeem: flags.redeem ?? false });
  if (name !== undefined) context.people.say(`found ${safeText(name)}`);
  return watchTarget(context, found, below === undefined ? options : { ...options, changes: options.changes ?? CHANGES_FROM_NOW }, below, name);
}

/** `watchTarget` is `runWatch` for options that are checked. `below`: only this folder or file of the target; `name`: what people call it. */
export async function watchTarget(context: CommandContext, target: Target, options: WatchOptions, below?: string, name?: string): Promise<number> {
  checkTarget(context, target);
  let remembering: Promise<void> | undefined;
  const onReady = (): void => { remembering ??= remember(context, target, name); };
  const session = await openSession(context, { ...options, onReady }, () => [{ target: targetName(target) }]);
  try {
    return await session.finish(watch());
  } finally {
    await remembering;
  }

  async function watch(): Promise<void> {
    const access = await openAccess(context, { signal: session.signal, signIn, onUnexpectedHost: (host) => { session.unexpectedHost(host); } });
    await session.useGraph(access.get, target);
    const stream = await openTarget(access, target, session.signal, { changes: options.changes, many: false, below, onProgress: session.progress });
    if (!(await session.follow(stream)) || options.changes?.once === true) return;
    if (!session.signal.aborted) throw new WatchError('internal', 'the stream ended on its own');
  }
}

/**
 * Keeps a target that could be watched, for shell completion; the own drive has a word of its own. Only where somebody
 * sits at a terminal: a service or a script leaves no traces.
 */
async function remember({ settings: { configFolder, quiet }, surroundings: { stderr }, people }: CommandContext, target: Target, name: string | undefined): Promise<void> {
  if (target.kind === 'me' || quiet || stderr.isTTY !== true) return;
  await rememberTarget(configFolder, { target: targetName(target), ...(name === undefined ? {} : { name }) }).catch((error: unknown) => { people.debug(toError(error).message); });
}

/** `signIn` signs in as `graph-watch login` does; it is loaded only if nobody is signed in. */
export async function signIn(context: CommandContext): Promise<void> {
  const { runLogin } = await import('./login.ts');
  await runLogin(context, {});
}
