import { COMMAND_NOT_RUNNABLE, WatchError, type ErrorCategory } from '../errors.ts';

const EXIT_CODES: Readonly<Record<ErrorCategory, number>> = { internal: 1, usage: 2, auth: 3, network: 4, refused: 5, action: 6 };

/** `exitCodeOf` returns the exit code of an error; anything but a `WatchError` is a bug. */
export function exitCodeOf(error: unknown): number {
  // As shells have it.
  if (error instanceof WatchError && error.code === COMMAND_NOT_RUNNABLE) return 127;
  return EXIT_CODES[error instanceof WatchError ? error.category : 'internal'];
}

/** `--timeout` ran out before what was asked for had come. */
export const EXIT_TIMED_OUT = 124;

/** From harmless to worst; an interruption outranks everything that failed before. */
const SEVERITY = [0, EXIT_TIMED_OUT, 6, 4, 5, 3, 2, 127, 1, 129, 143, 130];

/** `worse` returns the worse of two exit codes: one process has one for many targets. */
export function worse(one: number, other: number): number {
  return SEVERITY.indexOf(one) >= SEVERITY.indexOf(other) ? one : other;
}
