import { Hono } from 'hono';
import { cors } from 'hono/cors';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { HttpContext, HttpEnv } from '../http/context.ts';
import { parseAddress } from './address/parse-address.ts';
import { answer } from './answers.ts';
import { grantOf } from './bearer.ts';
import { GraphError, graphErrorBody, invalidRequest } from './errors.ts';
import type { GraphService } from './service.ts';

/** Microsoft Graph itself, v1.0 and beta (which answer alike here). */
export function graphRoutes(service: GraphService): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.onError((error, context) => {
    if (!(error instanceof GraphError)) throw error;
    return graphErrorResponse(context, service, error);
  });
  // Graph may be called from any page; a bearer token is needed anyway.
  app.use('/:version{v1\\.0|beta}/*', cors({ origin: '*', exposeHeaders: ['request-id', 'client-request-id', 'Retry-After', 'Location'], maxAge: 600 }));
  app.all('/:version{v1\\.0|beta}/*', (context) => {
    const version = context.req.param('version');
    const url = new URL(context.req.url);
    const path = url.pathname.slice(version.length + 1);
    const grant = grantOf(context.req.header('authorization'), service.tokens);
    if (context.req.method !== 'GET') throw new GraphError(405, 'methodNotAllowed', 'The emulator’s drive is changed in its folder, not through Graph.');
    const address = parseAddress(path);
    if (address === undefined) throw invalidRequest(`Resource not found for the segment '${path.split('/').at(-1) ?? ''}'.`);
    const body = answer(service, {
      address,
      grant,
      version,
      path,
      query: url.searchParams,
      header: (name) => context.req.header(name),
    });
    return context.json(body);
  });
  return app;
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
  return context.json(body as Record<string, unknown>, error.status as ContentfulStatusCode, { ...error.headers });
}
