import { Hono } from 'hono';
import { cors } from 'hono/cors';
import type { ContentfulStatusCode, StatusCode } from 'hono/utils/http-status';
import { textOf } from '../http/context.ts';
import type { HttpContext, HttpEnv } from '../http/context.ts';
import { batchAnswer } from './batch/batch.ts';
import { grantOf } from './bearer.ts';
import { downloadRoutes } from './content/download-routes.ts';
import { GraphError, graphErrorBody } from './errors.ts';
import { handle, jsonObject } from './handle.ts';
import type { GraphReply, Json } from './request.ts';
import type { GraphService } from './service.ts';
import { uploadRoutes } from './writes/upload-routes.ts';

/** Graph takes requests of up to 4 MB. */
const MAX_JSON_BYTES = 4 * 1024 * 1024;
const EXPOSED_HEADERS = ['request-id', 'client-request-id', 'Retry-After', 'Location', 'ETag', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'];

/** Microsoft Graph itself, v1.0 and beta (which answer alike here), with its pre-authenticated URLs. */
export function graphRoutes(service: GraphService): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.onError((error, context) => {
    if (!(error instanceof GraphError)) throw error;
    return graphErrorResponse(context, service, error);
  });
  // Graph may be called from any page; a bearer token is needed anyway.
  app.use('/:version{v1\\.0|beta}/*', cors({ origin: '*', exposeHeaders: EXPOSED_HEADERS, maxAge: 600 }));
  app.post('/:version{v1\\.0|beta}/$batch', async (context) => {
    const grant = grantOf(context.req.header('authorization'), service.tokens);
    const body = jsonObject(await textOf(context, MAX_JSON_BYTES));
    return context.json(await batchAnswer(service, grant, context.req.param('version'), body, (error) => errorBody(context, service, error)));
  });
  app.all('/:version{v1\\.0|beta}/*', async (context) => respond(context, await reply(context, service)));
  app.route('/', downloadRoutes(service));
  app.route('/', uploadRoutes(service));
  return app;
}

function reply(context: HttpContext, service: GraphService): Promise<GraphReply> {
  return handle(service, {
    method: context.req.method,
    url: new URL(context.req.url),
    grant: grantOf(context.req.header('authorization'), service.tokens),
    header: (name) => context.req.header(name),
    json: async () => jsonObject(await textOf(context, MAX_JSON_BYTES)),
    stream: () => context.req.raw.body,
  });
}

function respond(context: HttpContext, { status, headers = {}, body }: GraphReply): Response {
  if (body === undefined) return context.body(null, status as StatusCode, { ...headers });
  return context.json(body, status as ContentfulStatusCode, { ...headers });
}

type ErrorContext = Pick<GraphService, 'settings' | 'nowMs'>;

export function graphErrorResponse(context: HttpContext, service: ErrorContext, error: GraphError): Response {
  return context.json(errorBody(context, service, error), error.status as ContentfulStatusCode, { ...error.headers });
}

function errorBody(context: HttpContext, service: ErrorContext, error: GraphError): Json {
  return graphErrorBody(error, {
    personality: service.settings.personality,
    nowMs: service.nowMs(),
    requestId: context.get('requestId'),
    clientRequestId: context.get('clientRequestId'),
  }) as Json;
}
