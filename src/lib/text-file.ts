import { constants, openSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

/** What is read at once. */
const PIECE_BYTES = 64 * 1024;
/** How often a pipe without a writer is looked at, in milliseconds. */
const LOOK_EVERY_MS = 100;

/**
 * `decodeText` reads a text file's bytes as UTF-8, or as UTF-16 where a byte order mark says so: Windows
 * PowerShell 5 and Notepad write both. The mark is not part of the text.
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding = first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  // The decoder leaves out the mark.
  return new TextDecoder(encoding).decode(bytes);
}

/**
 * `readTextFile` reads a file of at most `limitBytes` and decodes it; what stands there instead (a device, somebody's
 * disk image) is not read to its end. Rejects with what the file system says, because the file is too large, or with the
 * signal's reason.
 */
export async function readTextFile(path: string, limitBytes: number, signal?: AbortSignal): Promise<string> {
  if ((await stat(path)).isFIFO()) return decodeText(await collect(pipePieces(path, signal), limitBytes));
  signal?.throwIfAborted();
  const handle = await open(path);
  try {
    // Of a signal that is aborted already, a new stream complains where nobody can catch it.
    signal?.throwIfAborted();
    return decodeText(await collect(handle.createReadStream({ highWaterMark: PIECE_BYTES, autoClose: false, signal }), limitBytes));
  } catch (error) {
    // A stream rejects with an error of its own.
    signal?.throwIfAborted();
    throw error;
  } finally {
    await handle.close();
  }
}

/**
 * `pipePieces` reads a pipe (`<(…)`, a named one) without blocking a thread: Node cannot end while one of its threads
 * waits for a writer. A named pipe that nobody has opened for writing yet is looked at again and again. Rejects with what
 * the file system says, or when the signal aborts.
 */
export async function* pipePieces(path: string, signal: AbortSignal | undefined): AsyncGenerator<Buffer, void, undefined> {
  const isNamed = !/^\/(?:dev\/fd|proc)\//.test(path);
  while (true) {
    signal?.throwIfAborted();
    const socket = new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
    let found = false;
    for await (const piece of (signal === undefined ? socket : addAbortSignal(signal, socket)) as AsyncIterable<Buffer>) {
      found = true;
      yield piece;
    }
    if (found || !isNamed) return;
    await setTimeout(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function collect(stream: AsyncIterable<Buffer>, limitBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of stream) {
    bytes += piece.length;
    if (bytes > limitBytes) throw tooLarge(limitBytes);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function tooLarge(limitBytes: number): Error {
  return new Error(`it is larger than ${limitBytes / 1024} KiB`);
}

/** `isPlainUtf8` says whether the bytes begin without a byte order mark. */
export function isPlainUtf8(bytes: Uint8Array): boolean {
  return !/^(?:fffe|feff|efbbbf)/.test(Buffer.from(bytes.subarray(0, 3)).toString('hex'));
}
