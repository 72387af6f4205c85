import { codeOf, toError, WatchError } from '../errors.ts';
import type { Output } from '../surroundings.ts';

/** stdout, with a reader that may be slow, stall, or go away. */
export interface Writer {
  /** Hands the text to the stream. What it returns, if anything, resolves when the next may be written. */
  write(text: string): Promise<void> | undefined;
  /** Resolves when all is with the system, or after `withinMs` milliseconds; true when all is. */
  flush(withinMs: number): Promise<boolean>;
  /** Aborted when the reader has gone or the stream has failed; its reason is a `ReaderGone` or a `WatchError`. */
  readonly failed: AbortSignal;
}

/** The reader closed its end: no error, the watch is over. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

/** Characters that may wait for the end of the turn: about what a pipe takes at once. */
const BATCH_LENGTH = 64 * 1024;

/**
 * The only place that touches stdout. The first line of a turn of the event loop is written at once,
 * further ones of the same turn together at its end: a single event is not delayed, and a burst does
 * not cost a system call a line. Once `hurry` is aborted nobody waits for a slow reader any more: what
 * is written then piles up, and `flush` gives it its bounded time.
 */
export function createWriter(stream: Output, hurry?: AbortSignal): Writer {
  const failure = new AbortController();
  const waiting = hurry === undefined ? failure.signal : AbortSignal.any([failure.signal, hurry]);
  let pending = '';
  let scheduled = false;
  const fail = (error: unknown): void => {
    const code = codeOf(error);
    const gone = code === 'EPIPE' || code === 'ECONNRESET' || code === 'ERR_STREAM_DESTROYED' || code === 'EIO';
    failure.abort(gone ? new ReaderGone() : new WatchError('internal', `stdout could not be written: ${toError(error).message}`, {
      code, cause: error, hint: 'Check what stdout goes to: a disk that is full?',
    }));
  };
  stream.on('error', fail);

  const writeNow = (text: string, done?: () => void): void => {
    if (failure.signal.aborted || stream.destroyed) {
      done?.();
      return;
    }
    try {
      stream.write(text, done);
    } catch (error) {
      // What writes synchronously (stdout that is a file) may throw instead of telling.
      fail(error);
    }
  };
  const drained = (): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        stream.off('drain', done);
        waiting.removeEventListener('abort', done);
        resolve();
      };
      stream.on('drain', done);
      waiting.addEventListener('abort', done);
      if (waiting.aborted || !stream.writableNeedDrain) done();
    });
  const writePending = (): void => {
    const text = pending;
    pending = '';
    if (text !== '') writeNow(text);
  };
  const endOfTurn = (): void => {
    scheduled = false;
    writePending();
  };

  return {
    failed: failure.signal,
    write(text) {
      if (scheduled) {
        pending += text;
        if (pending.length >= BATCH_LENGTH) writePending();
      } else {
        scheduled = true;
        // First the line: to schedule the end of the turn takes a while, and nobody waits for that.
        writeNow(text);
        setImmediate(endOfTurn);
      }
      return stream.writableNeedDrain ? drained() : undefined;
    },
    async flush(withinMs) {
      writePending();
      if (failure.signal.aborted) return true;
      return new Promise((resolve) => {
        const settle = (all: boolean): void => {
          clearTimeout(timer);
          failure.signal.removeEventListener('abort', done);
          // A stream tells an error a little after it has met it: whoever asks `failed` next must know.
          setImmediate(resolve, all);
        };
        const done = (): void => { settle(true); };
        const timer = setTimeout(settle, withinMs, false);
        failure.signal.addEventListener('abort', done);
        writeNow('', done);
      });
    },
  };
}
