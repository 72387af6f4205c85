import type { CommandContext } from '../app/context.ts';
import { graphAccess } from '../app/graph-access.ts';
import type { GraphGet } from '../graph/http.ts';
import { aborted } from '../lib/abort.ts';
import { safeText } from '../output/safe-text.ts';
import { checkFiles, createReplay } from '../watch/replay.ts';
import { replayOptions, type ReplayFlags } from '../watch/options/replay-options.ts';
import { openSession } from '../watch/session.ts';
import { signedInTokens } from '../watch/signed-in.ts';
import { signIn } from './watch.ts';

export type { ReplayFlags };

/**
 * `runReplay` passes recorded events (of each file in turn, `-`: stdin) through filters, output and actions, as a watch does
 * with those that happen, and resolves with the exit code. With `--serve`, what was replayed is shown until Ctrl-C. `words` are those after the first `--`.
 */
export async function runReplay(context: CommandContext, files: readonly string[], flags: ReplayFlags, words?: readonly string[]): Promise<number> {
  const { speed, ...options } = replayOptions(flags, words, context.surroundings.env);
  await checkFiles(files);
  const replay = createReplay(context, files, speed);
  const session = await openSession(context, { ...options, replay }, () => []);
  return session.finish(play());

  async function play(): Promise<void> {
    const { signal } = session;
    await session.useGraph(graphIfNeeded(context, signal));
    const whole = await session.follow({ events: replay.events(signal), settle: () => Promise.resolve(), close: () => Promise.resolve() });
    if (!whole || signal.aborted) return;
    const damage = replay.conclude();
    if (session.servedAt === undefined) {
      if (damage !== undefined) throw damage;
      return;
    }
    if (damage !== undefined) context.people.warn(safeText(damage.message));
    context.people.say(`Everything has been replayed; serving it at ${session.servedAt} until Ctrl-C`);
    await aborted(signal);
  }
}

/** Only `--by me` and `--not-by me` ask Graph for anything: whoever replays need not be signed in. */
function graphIfNeeded(context: CommandContext, signal: AbortSignal): GraphGet {
  let get: Promise<GraphGet> | undefined;
  return async (...request) => {
    get ??= signedInTokens({ ...context, signal }, signIn).then((tokens) => graphAccess(context, tokens));
    return (await get)(...request);
  };
}
