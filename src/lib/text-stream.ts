import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { addAbortSignal, pipeline, Readable } from 'node:stream';
import { pipePieces } from './text-file.ts';

/** What is read at once. */
const PIECE_BYTES = 64 * 1024;
/** Every mark by which an encoding or a compression is recognized is this long at most. */
const MARK_BYTES = 3;

/** `openBytes` reads a file or a pipe of any length, piece by piece. Rejects with what the file system says: at the first piece at the earliest. */
export async function* openBytes(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  if ((await stat(path)).isFIFO()) yield* pipePieces(path, signal);
  else yield* addAbortSignal(signal, createReadStream(path, { highWaterMark: PIECE_BYTES })) as AsyncIterable<Buffer>;
}

/**
 * `decodedText` decodes bytes as UTF-8, or as UTF-16 where a byte order mark says so (PowerShell 5 redirects as that),
 * and decompresses what gzip has compressed. The mark is not part of the text; bytes that are not text become U+FFFD.
 * Rejects where the source does, and where compressed bytes are damaged or end early.
 */
export async function* decodedText(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const { head, all } = await withHead(bytes);
  const plain = head[0] === 0x1f && head[1] === 0x8b ? await withHead(await gunzipped(all)) : { head, all };
  const [first, second] = plain.head;
  const decoder = new TextDecoder(first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8');
  for await (const piece of plain.all) yield decoder.decode(piece, { stream: true });
  yield decoder.decode();
}

/** Returns the first bytes, and all of them again. */
async function withHead(bytes: AsyncIterable<Uint8Array>): Promise<{ head: Uint8Array; all: AsyncIterable<Uint8Array> }> {
  const source = bytes[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array();
  let done = false;
  while (head.length < MARK_BYTES && !done) {
    const next = await source.next();
    if (next.done === true) done = true;
    else head = Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield head;
      for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
    } finally {
      await source.return?.();
    }
  }
  return { head, all: all() };
}

async function gunzipped(bytes: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  // Hardly any start needs it.
  const { createGunzip } = await import('node:zlib');
  // The iteration rejects where the pipeline fails.
  return pipeline(Readable.from(bytes, { objectMode: false }), createGunzip(), () => undefined);
}
