import type { Context } from 'hono';

/** RequestIds identify a request to the Graph listener. */
export interface RequestIds {
  requestId: string;
  clientRequestId: string;
}

export interface HttpEnv {
  Variables: RequestIds;
}

export type HttpContext = Context<HttpEnv>;

/** The fields of an `application/x-www-form-urlencoded` body. */
export async function formOf(context: HttpContext): Promise<URLSearchParams> {
  return new URLSearchParams(await context.req.text());
}
