import { EXIT_TIMED_OUT } from '../app/exit-codes.ts';
import { toError, WatchError } from '../errors.ts';
import { formatDuration } from '../lib/duration.ts';
import { ReaderGone } from '../output/writer.ts';
import { Interruption } from '../app/interruptions.ts';
import type { SignalName } from '../surroundings.ts';
import type { Handler } from './handlers.ts';

/** TimedOut is the reason of a signal that was aborted because `--timeout` ran out. */
export class TimedOut extends Error {
  constructor(timeoutMs: number) {
    super(`timed out after ${formatDuration(timeoutMs)}`);
  }
}

const STOPPED: Readonly<Record<SignalName, string>> = { SIGINT: 'stopped (Ctrl-C)', SIGTERM: 'stopped (SIGTERM)', SIGHUP: 'stopped (terminal closed)' };

/** Why a watch with `--once` ends, if nothing goes wrong. */
export const ALL_REPORTED = 'reported everything up to now';

/** Ending is how a watch ended. */
export interface Ending {
  /** What was thrown, if anything. */
  failure: unknown;
  /** Whether it failed before anything stopped it: `--timeout` may run out while a slow reader is waited for. */
  failedFirst?: boolean;
  /** Aborted, if something has stopped it. */
  signal: AbortSignal;
  events: number;
  count: number | undefined;
  /** It ends when it has reported what happened up to now. */
  once: boolean;
  /** Whatever stops it then: everything has been reported already. */
  isWhole?: boolean | undefined;
  /** Already drained. */
  handlers: Pick<Handler, 'failed' | 'undone'>;
  /** Already flushed: why stdout failed, if it did, and how many events it has not accepted. */
  output: { failure: unknown; untaken: number };
}

export interface Exit {
  reason: string;
  code: number;
  error?: Error;
  /** What else people should know: events that were left, and what had failed before Ctrl-C. */
  losses: string[];
}

/** `exitOf` returns the exit code, and the reason, of a watch that ended like this. */
export function exitOf({ failure, failedFirst = false, signal, events, count, once, isWhole = false, handlers, output }: Ending): Exit {
  // Even if the count was met: an action that had to end the watch failed, or nothing can be published.
  if (handlers.failed.aborted) return failed(handlers.failed.reason);
  const reason: unknown = signal.aborted && (!failedFirst || signal.reason instanceof Interruption) ? signal.reason : failure;
  // Whatever else ended it: what a full disk refused is missing from the file.
  if (output.failure instanceof WatchError && !(reason instanceof Interruption)) return failed(output.failure);
  const { undone } = handlers;
  const untaken = output.failure instanceof ReaderGone ? 0 : output.untaken;
  const unread = `the reader of stdout did not read ${untaken} of ${events === 1 ? '1 event' : `${events} events`}`;
  const losses = [...(failedFirst && reason !== failure ? [toError(failure).message] : []), ...(undone === 0 ? [] : [undone === 1 ? '1 event was not processed' : `${undone} events were not processed`]), ...(untaken === 0 ? [] : [output.failure instanceof WatchError ? output.failure.message : unread])];
  const stalled = (): Exit => failed(new WatchError('internal', `${unread}.`, { code: 'readerStalled', hint: 'Check the program that reads stdout: it stopped reading.' }));
  // The count includes what is done for the events.
  if (count !== undefined && events >= count && undone === 0) return untaken > 0 ? stalled() : { reason: `reached --count ${count}`, code: 0, losses };
  if (reason instanceof Interruption) return { reason: STOPPED[reason.signalName], code: reason.exitCode, losses };
  if (reason instanceof ReaderGone) return { reason: 'output closed by reader', code: 0, losses: [] };
  if (reason instanceof TimedOut) {
    // What was printed is not all that `--once` has to print.
    const met = count === undefined && (isWhole || (!once && events > 0)) && losses.length === 0;
    return { reason: reason.message, code: met ? 0 : EXIT_TIMED_OUT, losses };
  }
  if (reason === undefined) return untaken > 0 ? stalled() : { reason: once ? ALL_REPORTED : 'nothing left to watch', code: 0, losses };
  return failed(reason);
}

function failed(reason: unknown): Exit {
  const error = toError(reason);
  return { reason: error.message, code: 1, error, losses: [] };
}
