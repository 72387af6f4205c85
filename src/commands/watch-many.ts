import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { CommandContext } from '../app/context.ts';
import { worse } from '../app/exit-codes.ts';
import { usageError, WatchError } from '../errors.ts';
import type { WantedTarget } from '../graph/target-words.ts';
import { whyUnreadable } from '../lib/system-errors.ts';
import { decodeText, readTextFile } from '../lib/text-file.ts';
import { openAccess } from '../watch/access.ts';
import { wantsCluster, type ClusterFlags } from '../watch/options/cluster-options.ts';
import { checkWanted } from '../watch/finding/find-target.ts';
import { watchOptions, type WatchFlags } from '../watch/options/watch-options.ts';
import { pollByDefault } from '../watch/poll-by-default.ts';
import { openSession } from '../watch/session.ts';
import { signedInTokens } from '../watch/signed-in.ts';
import { parseTargetLines, type TargetLine } from '../watch/many/target-lines.ts';
import { TargetSet } from '../watch/many/target-set.ts';
import { signIn } from './watch.ts';

/** ReadList reads the list of targets; `signal` ends the wait for a slow pipe. */
type ReadList = (signal: AbortSignal) => Promise<TargetLine[]>;

/**
 * `runWatchMany` watches every target of a file (`-`: stdin) in one process. A target that fails for good is
 * reported and left out, and the exit code is that of the worst failure; the others are not disturbed. On
 * SIGHUP the file is read again: new targets are added, and those no longer in it are removed. With `--cluster`, see `runWatchShared`.
 */
export async function runWatchMany(context: CommandContext, file: string, flags: WatchFlags & ClusterFlags, words?: readonly string[]): Promise<number> {
  if (wantsCluster(flags)) {
    const { runWatchShared } = await import('./watch-shared.ts');
    return runWatchShared(context, (signal) => readTargets(context, file, signal), { file, flags, words });
  }
  return watchList(context, (signal) => readTargets(context, file, signal), { flags, words, again: file !== '-', where: file === '-' ? 'on stdin' : `in ${file}` });
}

/** `runWatchSite` watches every document library of a site, as `runWatchMany` would. On SIGHUP it looks for new ones. */
export function runWatchSite(context: CommandContext, wanted: WantedTarget, flags: WatchFlags, words?: readonly string[]): Promise<number> {
  checkWanted(context, wanted);
  const lines: TargetLine[] = [{ wanted, label: undefined, number: 0 }];
  return watchList(context, () => Promise.resolve(lines), { flags, words, again: true, where: 'here' });
}

async function watchList(
  context: CommandContext,
  read: ReadList,
  { flags, words, again, where }: { flags: WatchFlags; words: readonly string[] | undefined; again: boolean; where: string },
): Promise<number> {
  const options = watchOptions(pollByDefault(context, flags), words, context.surroundings.env);
  if (options.changes?.after !== undefined) throw usageError('A cursor belongs to one drive: --after needs a single target.');
  const targets = new TargetSet(context, { changes: options.changes, redeem: flags.redeem ?? false });
  const session = await openSession(context, { ...options, many: true, isLookingUp: () => targets.isLookingUp }, () => targets.watched());
  // Registered before it has started, which may take a while: SIGHUP then makes it read the list again.
  const release = again && options.changes?.once !== true ? context.onHangup(() => { void targets.reload(() => read(session.signal)); }) : undefined;
  try {
    return worse(await session.finish(watch()), targets.worst);
  } finally {
    release?.();
  }

  async function watch(): Promise<void> {
    // Within the session: --timeout also counts while a pipe is slow to send the targets.
    const lines = await read(session.signal);
    if (lines.length === 0) throw usageError(`No targets ${where}.`);
    const access = await openAccess(context, { signal: session.signal, tokens: signedInTokens({ ...context, signal: session.signal }, signIn), onUnexpectedHost: (host) => { session.unexpectedHost(host); } });
    await session.useGraph(access.get);
    await targets.watch(access, session, lines);
  }
}

/** A hundred thousand targets. */
const LONGEST_LIST_BYTES = 16 * 1024 * 1024;

async function readTargets(context: CommandContext, file: string, signal: AbortSignal): Promise<TargetLine[]> {
  const parse = (text: string): TargetLine[] => parseTargetLines(text, (wanted) => { checkWanted(context, wanted); });
  if (file === '-') return parse(decodeText(await buffer(addAbortSignal(signal, context.surroundings.stdin))));
  try {
    return parse(await readTextFile(file, LONGEST_LIST_BYTES, signal));
  } catch (error) {
    if (error instanceof WatchError) throw error;
    throw usageError(`The list of targets ${file} cannot be read: ${whyUnreadable(error)}.`, 'It is a file with one target per line, or - for stdin.');
  }
}
