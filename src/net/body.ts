import { isAscii } from 'node:buffer';
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
  graph: { what: 'Graph response', bytes: 32 * MIB },
  token: { what: 'token response', bytes: MIB },
  discovery: { what: 'discovery document', bytes: 256 * KIB },
};
/** Parsed, `{}` takes twenty times its length. A page of 1,000 delta entries has some 50,000 values. */
const MOST_VALUES = 1_000_000;
/** Anything shorter cannot have enough of them to matter. */
const COUNTED_FROM_BYTES = 4 * MIB;
const [COMMA, BRACKET, BRACE] = [0x2c, 0x5b, 0x7b];
/** For failures of every kind, whose status says the most. */
const ERROR_LIMIT_BYTES = 256 * KIB;

/** How much of a dropped body is read, and for how long, so that the connection can be used again. */
export const DROPPED_BYTES = 64 * KIB;
export const DROPPED_WITHIN_MS = 1_000;

/** The code of the error for an answer that is longer than anything of its kind. */
export const ANSWER_TOO_LONG = 'answerTooLong';

/** BodyReader gathers a body piece by piece, no further than an answer of its kind can be long; the length is the peer's choice. */
export class BodyReader {
  readonly #failed: boolean;
  readonly #status: number;
  readonly #what: string;
  readonly #limit: number;
  readonly #host: string;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(status: number, kind: Exclude<AnswerKind, 'status'>, host: string) {
    this.#failed = status >= 400;
    this.#status = status;
    this.#what = LIMITS[kind].what;
    this.#limit = this.#failed ? Math.min(ERROR_LIMIT_BYTES, LIMITS[kind].bytes) : LIMITS[kind].bytes;
    this.#host = host;
  }

  /** `take` returns false if that is more than can be: nothing further is to be read. */
  take(piece: Buffer): boolean {
    this.#bytes += piece.length;
    if (this.#bytes > this.#limit) return false;
    this.#pieces.push(piece);
    return true;
  }

  /**
   * `read` returns what was taken. Throws a `network` error that names the kind and the limit if that was too much. The body of a
   * failure is left out then: its status counts.
   */
  read(): { body: string; bodyDropped?: boolean } {
    if (this.#bytes > this.#limit) {
      if (this.#failed) return { body: '', bodyDropped: true };
      throw this.#tooLong(`sent a ${this.#what} larger than ${this.#limit / KIB} KiB; the rest was not read.`);
    }
    if (this.#bytes > COUNTED_FROM_BYTES && countValues(this.#pieces) > MOST_VALUES) {
      throw this.#tooLong(`sent a ${this.#what} with more than ${MOST_VALUES} values; it was not used.`);
    }
    return { body: textOf(Buffer.concat(this.#pieces, this.#bytes)) };
  }

  #tooLong(message: string): WatchError {
    return new WatchError('network', `${this.#host} ${message}`, {
      code: ANSWER_TOO_LONG, status: this.#status, hint: 'A proxy or another server may be answering instead.',
    });
  }
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
