import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { CommandContext } from '../app/context.ts';
import { worse } from '../app/exit-codes.ts';
import { checkTarget } from '../app/graph-access.ts';
import { toError, usageError, WatchError } from '../errors.ts';
import { decodeText, readTextFile } from '../lib/text-file.ts';
import { openAccess } from '../watch/access.ts';
import { watchOptions, type WatchFlags } from '../watch/options.ts';
import { openSession } from '../watch/session.ts';
import { parseTargetLines, type TargetLine } from '../watch/target-lines.ts';
import { TargetSet } from '../watch/target-set.ts';
import { signIn } from './watch.ts';

/**
 * `runWatchMany` watches every target of a file (`-`: stdin) in one process. A target that fails for good is
 * reported and left out, and the exit code is that of the worst failure; the others are not disturbed. On
* SIGHUP the file is read again: new targets are added, and those no longer in it are removed.
 */
export async function runWatchMany(context: CommandContext, file: string, flags: WatchFlags, words?: readonly string[]): Promise<number> {
  const options = watchOptions(flags, words);
  if (options.changes?.after !== undefined) throw usageError('A cursor belongs to one drive: --after needs a single target.');
  const targets = new TargetSet(context, options.changes);
  const session = await openSession(context, { ...options, many: true }, () => targets.watched());
  // Registered before it has started, which may take a while: SIGHUP then makes it read the list again.
  const release = file === '-' || options.changes?.once === true ? undefined : context.onHangup(() => { void targets.reload(read); });
  try {
    return worse(await session.finish(watch()), targets.worst);
  } finally {
    release?.();
  }

  async function watch(): Promise<void> {
    // Within the session: --timeout also counts while a pipe is slow to send the targets.
    const lines = await read();
    if (lines.length === 0) throw usageError(`No targets ${file === '-' ? 'on stdin' : `in ${file}`}.`);
    const access = await openAccess(context, { signal: session.signal, signIn, onUnexpectedHost: (host) => { session.unexpectedHost(host); } });
    await session.useGraph(access.get);
    await targets.watch(access, session, lines);
  }

  async function read(): Promise<TargetLine[]> {
    const found = await readTargets(context, file, session.signal);
    for (const { target } of found) checkTarget(context, target);
    return found;
  }
}

/** A hundred thousand targets. */
const LONGEST_LIST_BYTES = 16 * 1024 * 1024;

async function readTargets({ surroundings }: CommandContext, file: string, signal: AbortSignal): Promise<TargetLine[]> {
  if (file === '-') return parseTargetLines(decodeText(await buffer(addAbortSignal(signal, surroundings.stdin))));
  try {
    return parseTargetLines(await readTextFile(file, LONGEST_LIST_BYTES, signal));
  } catch (error) {
    if (error instanceof WatchError) throw error;
    throw usageError(`The list of targets cannot be read: ${toError(error).message}`);
  }
}
