import { readFile } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { CommandContext } from '../app/context.ts';
import { worse } from '../app/exit-codes.ts';
import { checkTarget } from '../app/graph-access.ts';
import { toError, usageError, WatchError } from '../errors.ts';
import { openAccess } from '../watch/access.ts';
import { openSession, type WatchOptions } from '../watch/session.ts';
import { parseTargetLines, type TargetLine } from '../watch/target-lines.ts';
import { TargetSet } from '../watch/target-set.ts';
import { signIn } from './watch.ts';

/**
 * `runWatchMany` watches every target of a file (`-`: stdin) in one process. A target that fails for good is
 * reported and left out, and the exit code is that of the worst failure; the others are not disturbed. On
 * SIGHUP the file is read again: new targets are added, those that it no longer names are ended.
 */
export async function runWatchMany(context: CommandContext, file: string, options: WatchOptions): Promise<number> {
  if (options.changes?.after !== undefined) throw usageError('A cursor belongs to one drive: --after needs a single target.');
  const targets = new TargetSet(context, options.changes);
  const session = await openSession(context, { ...options, many: true }, () => targets.watched());
  return worse(await session.finish(watch()), targets.worst);

  async function watch(): Promise<void> {
    // Within the session: --timeout counts while a pipe takes its time to name the targets.
    const read = async (): Promise<TargetLine[]> => {
      const found = await readTargets(context, file, session.signal);
      for (const { target } of found) checkTarget(context, target);
      return found;
    };
    const lines = await read();
    if (lines.length === 0) throw usageError(`No targets ${file === '-' ? 'on stdin' : `in ${file}`}.`);
    const access = await openAccess(context, { signal: session.signal, signIn, onUnexpectedHost: (host) => { session.unexpectedHost(host); } });
    await session.useGraph(access.get);
    const release = file === '-' ? undefined : context.onHangup(() => { void targets.reload(read); });
    try {
      await targets.watch(access, session, lines);
    } finally {
      release?.();
    }
  }
}

async function readTargets({ surroundings }: CommandContext, file: string, signal: AbortSignal): Promise<TargetLine[]> {
  if (file === '-') return parseTargetLines(await text(addAbortSignal(signal, surroundings.stdin)));
  try {
    return parseTargetLines(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof WatchError) throw error;
    throw usageError(`The file of targets cannot be read: ${toError(error).message}`);
  }
}
