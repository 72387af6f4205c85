import { codeOf, toError, WatchError } from '../errors.ts';
import { realClock, type Clock, type Output } from '../surroundings.ts';

/** Writer is stdout, with a reader that may be slow, stall, or close the pipe. */
export interface Writer {
  /** Passes the text to the stream. What it returns, if anything, resolves when the next may be written. */
  write(text: string): Promise<void> | undefined;
  /** Bytes that were given to `write`. */
  readonly written: number;
  /** How many bytes the system has accepted. */
  readonly taken: number;
  /**
   * Resolves with true when the system has accepted everything, or with false once it has accepted nothing more for
   * `withinMs` milliseconds. A reader that is only slow is waited for several times as long.
   */
  flush(withinMs: number): Promise<boolean>;
  /** Aborted when the reader has closed the pipe or the stream has failed; its reason is a `ReaderGone` or a `WatchError`. */
  readonly failed: AbortSignal;
}

/** ReaderGone says that the reader closed its end: not an error, the watch is over. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

export interface WriterOptions {
  /** Once aborted, nobody waits for a slow reader any more: what is written then piles up, and `flush` gives it its bounded time. */
  hurry?: AbortSignal | undefined;
  /** Begins with a new line in a file that ends in the middle of one: half a record that a full disk left must not spoil the next. */
  lines?: boolean;
  clock?: Clock;
}

/** How many bytes are written at once: about as many as a pipe accepts. */
const BATCH_BYTES = 64 * 1024;
/** A reader that keeps reading is waited for this many times as long. */
const LONGEST_FLUSH = 4;

/** Whole lines and their length in bytes, which is counted once. */
interface Batch {
  text: string;
  bytes: number;
}

/**
 * `createWriter` returns the only writer to stdout. The first line of a turn of the event loop is
 * written immediately, later ones of the same turn together at its end: a single event is not delayed, and a
 * burst does not cost a system call per line. One write is under way at a time, so that it is known what the
 * system has taken.
 */
export function createWriter(stream: Output, { hurry, lines = false, clock = realClock }: WriterOptions = {}): Writer {
  const failure = new AbortController();
  /** Batches of whole lines that wait; only the last one still grows. */
  let batches: Batch[] = lines && stream.endsMidLine?.() === true ? [{ text: '\n', bytes: 1 }] : [];
  /** Bytes of the write under way; 0 where there is none. */
  let underWay = 0;
  let written = batches[0]?.bytes ?? 0;
  let taken = 0;
  /** A line of this turn has been written: further ones wait for its end. */
  let gathering = false;
  /** What waits is written as soon as the write under way is done. */
  let due = false;
  let wakes: (() => void)[] = [];
  /** What `failed` says too, but a getter of Node's takes longer. */
  let hasFailed = false;

  const isDone = (): boolean => hasFailed || (underWay === 0 && batches.length === 0);
  /** Also while the stream has yet to say so, what the system has accepted takes no room. */
  const isFull = (): boolean => underWay > 0
    && (batches.length > 1 || (stream.writableLength > 0 && underWay + (batches[0]?.bytes ?? 0) >= stream.writableHighWaterMark))
    && !hasFailed && hurry?.aborted !== true;
  const wake = (): void => {
    const waking = wakes;
    wakes = [];
    for (const resolve of waking) resolve();
  };
  const change = (): Promise<void> => new Promise((resolve) => { wakes.push(resolve); });
  const fail = (error: unknown): void => {
    if (hasFailed) return;
    hasFailed = true;
    failure.abort(stdoutFailure(error, stream));
    batches = [];
    wake();
  };
  stream.on('error', fail);
  hurry?.addEventListener('abort', wake, { once: true });

  const writeNext = (): void => {
    const [next] = batches;
    if (next === undefined || hasFailed) return;
    if (underWay > 0) {
      due = true;
      return;
    }
    batches.shift();
    due = batches.length > 0;
    send(next.text, next.bytes);
  };
  const send = (text: string, bytes: number): void => {
    underWay = bytes;
    try {
      stream.write(text, sent);
    } catch (error) {
      // What writes synchronously may throw instead of reporting.
      underWay = 0;
      fail(error);
    }
  };
  const sent = (error?: Error | null): void => {
    taken += underWay - (error ? untaken(stream, underWay) : 0);
    underWay = 0;
    if (error) fail(error);
    else if (due) writeNext();
    if (!isFull()) wake();
  };
  const endOfTurn = (): void => {
    gathering = false;
    writeNext();
  };
  const room = async (): Promise<void> => {
    while (isFull()) await change();
  };
  const takenNow = (): number => taken + (underWay === 0 ? 0 : underWay - untaken(stream, underWay));

  return {
    failed: failure.signal,
    get written() {
      return written;
    },
    get taken() {
      return takenNow();
    },
    write(text) {
      if (text === '' || hasFailed) return undefined;
      const bytes = Buffer.byteLength(text);
      written += bytes;
      if (!gathering && isDone()) {
        send(text, bytes);
      } else {
        const growing = batches.at(-1);
        if (growing === undefined || growing.bytes >= BATCH_BYTES) {
          batches.push({ text, bytes });
        } else {
          growing.text += text;
          growing.bytes += bytes;
        }
        if (!gathering || batches.length > 1) writeNext();
      }
      // Only now: to schedule the end of the turn takes a while, and no line waits for that.
      if (!gathering) setImmediate(endOfTurn);
      gathering = true;
      return isFull() ? room() : undefined;
    },
    async flush(withinMs) {
      writeNext();
      for (let waits = 0; waits < LONGEST_FLUSH && !isDone(); waits += 1) {
        const before = takenNow();
        const enough = new AbortController();
        const late = clock.sleep(withinMs, enough.signal).then(() => true);
        let isLate = false;
        while (!isDone() && !isLate) isLate = await Promise.race([late, change().then(() => false)]);
        enough.abort();
        if (isLate && takenNow() === before) break;
      }
      // A stream reports an error a little after it has met it: whoever asks `failed` next must know.
      await new Promise((resolve) => { setImmediate(resolve); });
      return isDone();
    },
  };
}

/** `stdoutFailure` says why stdout took no more: a `ReaderGone`, or a `WatchError` for what is wrong with it. */
export function stdoutFailure(error: unknown, stream: Output): ReaderGone | WatchError {
  const code = codeOf(error) ?? '';
  const isFile = stream.endsMidLine !== undefined;
  // A closed terminal answers EIO; with a file, EIO is a disk error.
  const gone = ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED', ...(isFile ? [] : ['EIO'])].includes(code);
  return gone ? new ReaderGone() : new WatchError('internal', `could not write to stdout: ${toError(error).message}`, {
    code, cause: error, hint: 'Check what stdout goes to: is its disk full?',
  });
}

/** How many bytes of a write of this length the system has not taken; all of them where nobody knows. */
function untaken(stream: Output, length: number): number {
  if (stream.untakenBytes !== undefined) return Math.min(length, stream.untakenBytes);
  // libuv's queue of a pipe, which Node shows to nobody: without it the whole write counts as not taken.
  const { _handle: handle } = stream as { _handle?: { writeQueueSize?: unknown } | null };
  const queued = handle?.writeQueueSize;
  return typeof queued === 'number' && queued > 0 && queued < length ? queued : length;
}
