import type { ActionQueue } from '../actions/queue.ts';
import { toError } from '../errors.ts';
import { ReaderGone } from '../output/writer.ts';
import { Interruption } from '../app/interruptions.ts';

/** The reason of a signal that was aborted because `--timeout` ran out. */
export class TimedOut extends Error {}

const EXIT_TIMED_OUT = 124;

/** How a watch came to its end. */
export interface Ending {
  /** What was thrown, if anything was. */
  failure: unknown;
  /** Aborted, where something has stopped it. */
  signal: AbortSignal;
  events: number;
  count: number | undefined;
  /** They have been drained. */
  actions: Pick<ActionQueue, 'failed' | 'undone'> | undefined;
}

export interface Exit {
  reason: string;
  code: number;
  error?: Error;
  warning?: string;
}

/** Exit code and reason from what ended the watch. */
export function exitOf({ failure, signal, events, count, actions }: Ending): Exit {
  // Though the count was met: an action that was to end the watch has failed.
  if (actions?.failed.aborted === true) return failed(actions.failed.reason);
  const undone = actions?.undone ?? 0;
  // What was asked for is the events together with what is done for them.
  if (count !== undefined && events >= count && undone === 0) return { reason: 'the count was met', code: 0 };
  const reason: unknown = signal.aborted ? signal.reason : failure;
  const warning = undone === 0 ? {} : { warning: undone === 1 ? '1 event was not acted on' : `${undone} events were not acted on` };
  if (reason instanceof Interruption) return { reason: reason.message, code: reason.exitCode, ...warning };
  if (reason instanceof ReaderGone) return { reason: 'the reader has gone', code: 0 };
  if (reason instanceof TimedOut) {
    const met = count === undefined && events > 0;
    return { reason: 'the time is up', code: met ? 0 : EXIT_TIMED_OUT, ...warning };
  }
  if (reason === undefined) return { reason: 'there is nothing left to watch', code: 0 };
  return failed(reason);
}

function failed(reason: unknown): Exit {
  const error = toError(reason);
  return { reason: error.message, code: 1, error };
}
