import { toError, WatchError } from '../errors.ts';
import type { People } from '../output/people.ts';
import { safeText } from '../output/safe-text.ts';
import { exitCodeOf } from './exit-codes.ts';

/**
 * `report` turns an error into a message and an exit code, here and nowhere else: one to three lines on stderr (what
 * failed, the request id, what to do next), a stack trace only with `--debug`.
 *
 * `cloud`: the one in use, for the commands that a hint suggests. `target`: which of several has failed.
 */
export function report(thrown: unknown, people: People, { debug = false, cloud = 'global', target }: { debug?: boolean; cloud?: string | undefined; target?: string } = {}): number {
  const error = thrown instanceof WatchError ? thrown : new WatchError('internal', toError(thrown).message, { cause: thrown });
  const { category, message, requestId, hint } = error;
  // An error with a hint (a full disk under stdout) is not a bug of ours.
  const bug = category === 'internal' && hint === undefined;
  people.always(`${bug ? 'graph-watch failed unexpectedly' : 'error'}: ${safeText(target === undefined ? message : `${target}: ${message}`)}`);
  if (requestId !== undefined) people.always(`request-id: ${safeText(requestId)}`);
  if (hint !== undefined) people.always(safeText(forCloud(hint, cloud)));
  else if (bug) people.always('This is a bug; --debug shows where.');
  if (debug) for (const line of stackOf(error).split('\n')) people.always(safeText(line));
  return exitCodeOf(error);
}

/** `forCloud` adds the cloud to the sign-in that a hint suggests: without it, the sign-in would be to another cloud. */
export function forCloud(hint: string, cloud: string): string {
  return cloud === 'global' ? hint : hint.replaceAll('graph-watch login', `graph-watch --cloud ${cloud} login`);
}

function stackOf(error: Error): string {
  const causes: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) causes.push(cause.stack ?? cause.message);
  return causes.join('\ncaused by: ');
}
