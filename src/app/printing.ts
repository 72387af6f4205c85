import { WatchError } from '../errors.ts';
import { rejectWhenAborted } from '../lib/abort.ts';
import { createWriter, ReaderGone, stdoutFailure } from '../output/writer.ts';
import type { Output } from '../surroundings.ts';

/** How long to wait for a slow reader to take the end of a command's answer. */
const ANSWER_WITHIN_MS = 10_000;

/**
 * `printAll` writes pieces to stdout as they come, no faster than the reader takes them. Resolves with false once the
 * reader has gone, and asks for no more pieces then. Rejects where stdout fails, or the reader does not read to the end.
 */
export async function printAll(stdout: Output, pieces: AsyncIterable<string> | Iterable<string>): Promise<boolean> {
  const writer = createWriter(stdout);
  for await (const piece of pieces) {
    await writer.write(piece);
    if (writer.failed.aborted) break;
  }
  const taken = await writer.flush(ANSWER_WITHIN_MS);
  if (writer.failed.reason instanceof WatchError) throw writer.failed.reason;
  if (!taken) throw new WatchError('internal', 'The reader of stdout did not read the whole answer.', { code: 'readerStalled', hint: 'Check the program that reads stdout: it stopped reading.' });
  return !writer.failed.aborted;
}

/**
 * `printBytes` writes bytes to stdout as they come, one piece at a time: the next is asked for once the system has taken
 * the last. Resolves with false once the reader has gone. Rejects where stdout fails, and with the signal's reason.
 */
export async function printBytes(stdout: Output, pieces: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<boolean> {
  for await (const piece of pieces) {
    try {
      await rejectWhenAborted(taken(stdout, piece), signal);
    } catch (error) {
      if (!(error instanceof ReaderGone)) throw error;
      return false;
    }
  }
  return true;
}

function taken(stdout: Output, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stdout.write(piece, (error) => {
      if (error) reject(stdoutFailure(error, stdout));
      else resolve();
    });
  });
}
