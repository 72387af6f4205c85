import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';

/** RequestIds identify a request to the Graph listener. */
export interface RequestIds {
  requestId: string;
  clientRequestId: string;
}

export interface HttpEnv {
  Variables: RequestIds;
}

export type HttpContext = Context<HttpEnv>;

/** The limit for a form, in bytes; no client or page sends nearly as much. */
const MAX_FORM_BYTES = 64 * 1024;

/** Reads the fields of an `application/x-www-form-urlencoded` body; throws 413 for one that is too long. */
export async function formOf(context: HttpContext): Promise<URLSearchParams> {
  return new URLSearchParams(await textOf(context, MAX_FORM_BYTES));
}

/** Reads a body as text, but no more of it than `maxBytes`: above that it throws 413. */
export async function textOf(context: HttpContext, maxBytes: number): Promise<string> {
  if (Number(context.req.header('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const pieces: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> | readonly Uint8Array[] = (context.req.raw.body as AsyncIterable<Uint8Array> | null) ?? [];
  for await (const piece of body) {
    length += piece.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function tooLarge(maxBytes: number): HTTPException {
  return new HTTPException(413, { message: `The body is longer than ${maxBytes} bytes.` });
}
