import type { CommandContext } from '../app/context.ts';
import { checkTarget } from '../app/graph-access.ts';
import { rememberTarget } from '../app/remembered.ts';
import { toError, WatchError } from '../errors.ts';
import type { GraphGet } from '../graph/http.ts';
import type { WantedTarget } from '../graph/target-words.ts';
import { targetName, type Target } from '../graph/targets.ts';
import { openAccess } from '../watch/access.ts';
import { checkSingleDrive, findDrive, needsLookUp, type FoundTarget } from '../watch/finding/find-target.ts';
import { watchOptions, type WatchFlags, type WatchOptions } from '../watch/options/watch-options.ts';
import { pollByDefault } from '../watch/poll-by-default.ts';
import { openSession } from '../watch/session.ts';
import { signedInTokens } from '../watch/signed-in.ts';
import { safeText } from '../output/safe-text.ts';
import { openTarget } from '../watch/target.ts';

/**
 * `runWatch` watches one target until it is stopped, and resolves with the exit code. `words` are
 * those after the first `--`. A folder or a file means its changes: notifications do not say what changed.
 */
export async function runWatch(context: CommandContext, named: WantedTarget, flags: WatchFlags, words?: readonly string[]): Promise<number> {
  const wanted = checkSingleDrive(context, named);
  const options = watchOptions(pollByDefault(context, flags), words, context.surroundings.env);
  if (wanted.kind === 'target' && !needsLookUp(wanted)) return watchTarget(context, wanted.target, options);
  return watchFound(context, options, undefined, async (get, signal) => {
    const found = await findDrive(context, wanted, { get, signal, redeem: flags.redeem ?? false });
    if (found.name !== undefined) context.people.say(`found ${safeText(found.name)}`);
    return found;
  });
}

/** `watchTarget` is `runWatch` for a target that needs no look-up, and options that are checked. */
export async function watchTarget(context: CommandContext, target: Target, options: WatchOptions): Promise<number> {
  checkTarget(context, target);
  const found = { target, below: undefined, name: undefined };
  return watchFound(context, options, found, () => Promise.resolve(found));
}

/** Within the session: `--timeout` counts while an address is looked up, and an old ready file is gone by then. */
async function watchFound(
  context: CommandContext, options: WatchOptions, known: FoundTarget | undefined, find: (get: GraphGet, signal: AbortSignal) => Promise<FoundTarget>,
): Promise<number> {
  let found = known;
  let remembering: Promise<void> | undefined;
  const onReady = (): void => { if (found !== undefined) remembering ??= remember(context, found); };
  const session = await openSession(context, { ...options, onReady }, () => (found === undefined ? [] : [{ target: targetName(found.target) }]));
  try {
    return await session.finish(watch());
  } finally {
    await remembering;
  }

  async function watch(): Promise<void> {
    const { signal } = session;
    const access = await openAccess(context, { signal, tokens: signedInTokens({ ...context, signal }, signIn), onUnexpectedHost: (host) => { session.unexpectedHost(host); } });
    found ??= await find(access.get, signal).catch((error: unknown) => {
      // No target can be named at the end.
      if (signal.aborted) context.people.say(`couldn't look up the address: ${toError(signal.reason).message}`);
      throw error;
    });
    const { target, below } = found;
    await session.useGraph(access.get, target);
    const stream = await openTarget(access, target, signal, { changes: options.changes, many: false, below, onProgress: session.progress });
    if (!(await session.follow(stream)) || options.changes?.once === true) return;
    if (!signal.aborted) throw new WatchError('internal', 'the stream ended unexpectedly');
  }
}

/**
 * Remembers a target that could be watched, for shell completion; one's own drive has a word of its own. Only if somebody
 * sits at a terminal: a service or a script leaves no traces.
 */
async function remember({ settings: { configFolder, quiet }, surroundings: { stderr }, people }: CommandContext, { target, name }: FoundTarget): Promise<void> {
  if (target.kind === 'me' || quiet || stderr.isTTY !== true) return;
  await rememberTarget(configFolder, { target: targetName(target), ...(name === undefined ? {} : { name }) }).catch((error: unknown) => { people.debug(toError(error).message); });
}

/** `signIn` signs in as `graph-watch login` does; it is loaded only if nobody is signed in. */
export async function signIn(context: CommandContext): Promise<void> {
  const { runLogin } = await import('./login.ts');
  await runLogin(context, {});
}
