import { toError, WatchError } from '../errors.ts';
import type { People } from '../output/people.ts';
import { safeText } from '../output/safe-text.ts';
import { exitCodeOf } from './exit-codes.ts';

/**
 * The only place where an error becomes a message and an exit code: one to three lines on stderr (what
 * failed, the request id, what to do next), a stack trace only with `--debug`.
 *
 * `cloud`: the one that is used, for the commands that a hint tells to run. `target`: which of several has failed.
 */
export function report(thrown: unknown, people: People, { debug = false, cloud = 'global', target }: { debug?: boolean; cloud?: string | undefined; target?: string } = {}): number {
  const error = thrown instanceof WatchError ? thrown : new WatchError('internal', toError(thrown).message, { cause: thrown });
  const { category, message, requestId, hint } = error;
  // What we know something to do about (a full disk under stdout) is no bug of ours.
  const bug = category === 'internal' && hint === undefined;
  people.always(`${bug ? 'graph-watch failed unexpectedly' : 'error'}: ${safeText(target === undefined ? message : `${target}: ${message}`)}`);
  if (requestId !== undefined) people.always(`request-id: ${safeText(requestId)}`);
  if (hint !== undefined) people.always(safeText(cloud === 'global' ? hint : hint.replaceAll('graph-watch login', `graph-watch --cloud ${cloud} login`)));
  else if (bug) people.always('This is a bug; --debug shows where.');
  if (debug) for (const line of stackOf(error).split('\n')) people.always(safeText(line));
  return exitCodeOf(error);
}

function stackOf(error: Error): string {
  const causes: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) causes.push(cause.stack ?? cause.message);
  return causes.join('\ncaused by: ');
}
