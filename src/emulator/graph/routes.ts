import { Hono } from 'hono';
import { cors } from 'hono/cors';
import type { ContentfulStatusCode, StatusCode } from 'hono/utils/http-status';
import { textOf } from '../http/context.ts';
import type { HttpContext, HttpEnv } from '../http/context.ts';
import { parseAddress } from './address/parse-address.ts';
import { answer } from './answers.ts';
import { grantOf } from './bearer.ts';
import { downloadRoutes } from './content/download-routes.ts';
import { GraphError, graphErrorBody, invalidRequest } from './errors.ts';
import type { GraphReply, Json } from './request.ts';
import type { GraphService } from './service.ts';
import { uploadRoutes } from './writes/upload-routes.ts';

/** Graph takes requests of up to 4 MB. */
const MAX_JSON_BYTES = 4 * 1024 * 1024;
const EXPOSED_HEADERS = ['request-id', 'client-request-id', 'Retry-After', 'Location', 'ETag'];

/** Microsoft Graph itself, v1.0 and beta (which answer alike here), with its pre-authenticated URLs. */
export function graphRoutes(service: GraphService): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.onError((error, context) => {
    if (!(error instanceof GraphError)) throw error;
    return graphErrorResponse(context, service, error);
  });
  // Graph may be called from any page; a bearer token is needed anyway.
  app.use('/:version{v1\\.0|beta}/*', cors({ origin: '*', exposeHeaders: EXPOSED_HEADERS, maxAge: 600 }));
  app.all('/:version{v1\\.0|beta}/*', async (context) => respond(context, await reply(context, service)));
  app.route('/', downloadRoutes(service));
  app.route('/', uploadRoutes(service));
  return app;
}

async function reply(context: HttpContext, service: GraphService): Promise<GraphReply> {
  const url = new URL(context.req.url);
  const [, version = '', ...segments] = url.pathname.split('/');
  const path = `/${segments.join('/')}`;
  const grant = grantOf(context.req.header('authorization'), service.tokens);
  const address = parseAddress(path);
  if (address === undefined) throw invalidRequest(`Resource not found for the segment '${segments.at(-1) ?? ''}'.`);
  return answer(service, {
    method: context.req.method,
    address,
    grant,
    version,
    path,
    query: url.searchParams,
    header: (name) => context.req.header(name),
    json: async () => jsonObject(await textOf(context, MAX_JSON_BYTES)),
    stream: () => context.req.raw.body,
  });
}

function respond(context: HttpContext, { status, headers = {}, body }: GraphReply): Response {
  if (body === undefined) return context.body(null, status as StatusCode, { ...headers });
  return context.json(body, status as ContentfulStatusCode, { ...headers });
}

function jsonObject(text: string): Json {
  let body: unknown;
  try {
    body = text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    throw new GraphError(400, 'BadRequest', 'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalidRequest('The request body must be a JSON object.');
  return body as Json;
}

export function graphErrorResponse(
  context: HttpContext,
  service: Pick<GraphService, 'settings' | 'nowMs'>,
  error: GraphError,
): Response {
  const body = graphErrorBody(error, {
    personality: service.settings.personality,
    nowMs: service.nowMs(),
    requestId: context.get('requestId'),
    clientRequestId: context.get('clientRequestId'),
  });
  return context.json(body as Json, error.status as ContentfulStatusCode, { ...error.headers });
}
