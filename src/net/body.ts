import { isAscii } from 'node:buffer';
import type { Readable } from 'node:stream';
import { WatchError } from '../errors.ts';

/**
 * AnswerKind is what an answer is for:
 *
 * - `graph`: Graph's JSON; a page of 1,000 delta entries takes some 4 MB
 * - `token`: the sign-in service's JSON: tokens and device codes
 * - `discovery`: the sign-in service's addresses
 * - `status`: nothing but the status and the headers count; the body is dropped without being read into memory
 */
export type AnswerKind = 'graph' | 'token' | 'discovery' | 'status';

const KIB = 1024;
const MIB = 1024 * KIB;

const LIMITS: Readonly<Record<Exclude<AnswerKind, 'status'>, { what: string; bytes: number }>> = {
  graph: { what: 'Graph answer', bytes: 32 * MIB },
  token: { what: 'token answer', bytes: MIB },
  discovery: { what: 'discovery document', bytes: 256 * KIB },
};
/** Parsed, `{}` takes twenty times its length. A page of 1,000 delta entries has some 50,000 values. */
const MOST_VALUES = 1_000_000;
/** Anything shorter cannot have enough of them to matter. */
const COUNTED_FROM_BYTES = 4 * MIB;
const [COMMA, BRACKET, BRACE] = [0x2c, 0x5b, 0x7b];
/** For failures of every kind, whose status says the most. */
const ERROR_LIMIT_BYTES = 256 * KIB;

/** How much of a dropped body is read, and for how long, so that the connection can be reused. */
const DROPPED_BYTES = 64 * KIB;
const DROPPED_WITHIN_MS = 1_000;

/** A body as undici gives it. */
type Body = Readable & { dump(options: { limit: number; signal: AbortSignal }): Promise<unknown> };

/** The code of the error for an answer that is longer than anything of its kind. */
export const ANSWER_TOO_LONG = 'answerTooLong';

/**
 * `readBody` reads a body, no further than an answer of its kind can be long; the length is the peer's choice.
 * Throws a `network` error that names the kind and the limit. The body of a failure is left out then: its status
 * counts.
 */
export async function readBody(body: Body, status: number, kind: Exclude<AnswerKind, 'status'>, host: string): Promise<{ body: string; bodyDropped?: boolean }> {
  const failed = status >= 400;
  const { what } = LIMITS[kind];
  const limit = failed ? Math.min(ERROR_LIMIT_BYTES, LIMITS[kind].bytes) : LIMITS[kind].bytes;
  const pieces: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop ends the connection.
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > limit) {
      if (failed) return { body: '', bodyDropped: true };
      throw new WatchError('network', `${host} sent a ${what} of more than ${limit / KIB} KiB; the rest was not read.`, {
        code: ANSWER_TOO_LONG, status, hint: 'A proxy or another server may be answering instead.',
      });
    }
    pieces.push(piece);
  }
  if (bytes > COUNTED_FROM_BYTES && countValues(pieces) > MOST_VALUES) {
    throw new WatchError('network', `${host} sent a ${what} of more than ${MOST_VALUES} values; it was not used.`, {
      code: ANSWER_TOO_LONG, status, hint: 'A proxy or another server may be answering instead.',
    });
  }
  return { body: textOf(Buffer.concat(pieces)) };
}

/** Decodes UTF-8. Most answers have no other characters than those of ASCII, which are copied several times as fast. */
function textOf(bytes: Buffer): string {
  return isAscii(bytes) ? bytes.toString('latin1') : new TextDecoder().decode(bytes);
}

/** `countValues` returns at least as many as JSON in these bytes has values: each comes first in something, or after a comma. */
function countValues(pieces: readonly Buffer[]): number {
  let count = 1;
  for (const piece of pieces) {
    for (const byte of piece) if (byte === COMMA || byte === BRACKET || byte === BRACE) count += 1;
  }
  return count;
}

/** `dropBody` lets a short rest of a body pass and ends the connection if there is more. Nobody waits for it. */
export function dropBody(body: Body): void {
  // That the rest does not come, or not as announced, is not an error: the status is the answer.
  body.on('error', () => undefined);
  body.dump({ limit: DROPPED_BYTES, signal: AbortSignal.timeout(DROPPED_WITHIN_MS) }).catch(() => undefined);
}
