import { toError, WatchError, type ErrorCategory } from '../errors.ts';
import type { People } from '../output/people.ts';
import { safeText } from '../output/safe-text.ts';

const EXIT_CODES: Readonly<Record<ErrorCategory, number>> = { internal: 1, usage: 2, auth: 3, network: 4, refused: 5 };

/**
 * The only place where an error becomes a message and an exit code: one to three lines on stderr (what
 * failed, the request id, what to do next), a stack trace only with `--debug`.
 */
export function report(thrown: unknown, people: People, debug: boolean): number {
  const error = thrown instanceof WatchError ? thrown : new WatchError('internal', toError(thrown).message, { cause: thrown });
  const { category, message, requestId, hint } = error;
  people.always(`${category === 'internal' ? 'graph-watch failed unexpectedly' : 'error'}: ${safeText(message)}`);
  if (requestId !== undefined) people.always(`request-id: ${safeText(requestId)}`);
  if (hint !== undefined) people.always(safeText(hint));
  else if (category === 'internal') people.always('This is a bug; --debug shows where.');
  if (debug) people.always(stackOf(error));
  return EXIT_CODES[category];
}

function stackOf(error: Error): string {
  const causes: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) causes.push(cause.stack ?? cause.message);
  return causes.join('\ncaused by: ');
}
