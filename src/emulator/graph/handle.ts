import type { Grant } from '../sign-in/tokens.ts';
import { parseAddress } from './address/parse-address.ts';
import { answer } from './answers.ts';
import { GraphError, invalidRequest } from './errors.ts';
import type { GraphReply, Json } from './request.ts';
import type { GraphService } from './service.ts';
import { resourceUnits } from './throttling/resource-units.ts';

/** A request as it arrives, alone or in a batch. */
export interface IncomingRequest {
  method: string;
  url: URL;
  grant: Grant;
  header(name: string): string | undefined;
  json(): Promise<Json>;
  stream(): ReadableStream<Uint8Array> | null;
}

/** Reads the address of a request and answers it; throws GraphError for a refusal. */
export async function handle(service: GraphService, { url, ...incoming }: IncomingRequest): Promise<GraphReply> {
  const [, version = '', ...segments] = url.pathname.split('/');
  const path = `/${segments.join('/')}`;
  const address = parseAddress(path);
  if (address === undefined) throw invalidRequest(`Resource not found for the segment '${segments.at(-1) ?? ''}'.`);
  const limits = service.throttle.take(incoming.grant.clientId, resourceUnits(incoming.method, address, url.searchParams));
  const reply = await answer(service, { ...incoming, address, version, path, query: url.searchParams });
  return { ...reply, headers: { ...reply.headers, ...limits } };
}

/** Parses a body as a JSON object; an empty body is an empty object. */
export function jsonObject(text: string): Json {
  let body: unknown;
  try {
    body = text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    throw new GraphError(400, 'BadRequest', 'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalidRequest('The request body must be a JSON object.');
  return body as Json;
}
