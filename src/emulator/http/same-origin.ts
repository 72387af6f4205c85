import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from './context.ts';

/**
 * Refuses requests from pages of other origins, whatever their content type, by the headers in which
 * the browser says where a request comes from. A client that sends neither header is refused, too.
 */
export const sameOriginOnly: MiddlewareHandler<HttpEnv> = async (context, next) => {
  const isRead = context.req.method === 'GET' || context.req.method === 'HEAD';
  const origin = context.req.header('origin');
  const isSameOrigin = origin === undefined ? context.req.header('sec-fetch-site') === 'same-origin' : origin === new URL(context.req.url).origin;
  if (!isRead && !isSameOrigin) return context.text('This form must be sent from a page of the emulator.', 403);
  return next();
};
