import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { EventHub } from '../events.ts';
import { GraphError } from '../graph/errors.ts';
import { graphErrorResponse, graphRoutes } from '../graph/routes.ts';
import type { GraphService } from '../graph/service.ts';
import type { Secrets } from '../secrets.ts';
import { SignInError } from '../sign-in/errors.ts';
import { signInErrorResponse, signInRoutes } from '../sign-in/routes.ts';
import type { SignInService } from '../sign-in/service.ts';
import { withAskedOrigin } from './asked-origin.ts';
import type { HttpContext, HttpEnv } from './context.ts';
import { isForEmulator, LOOPBACK_NAMES } from './host-check.ts';
import { usualCode } from './faults.ts';
import type { Fault, Faults } from './faults.ts';

export interface AppParts {
  graph: GraphService;
  signIn: SignInService;
  faults: Faults;
  events: EventHub;
  secrets: Secrets;
  /** The routes under /admin; undefined if they are off. */
  admin: Hono<HttpEnv> | undefined;
  /** Called for each request before it is answered. */
  onRequest: () => void;
}

const MAX_LOGGED_PATH = 300;

/** Builds the application that answers Graph, sign-in and admin requests on one listener. */
export function buildApp(parts: AppParts): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  const { alsoAnswer } = parts.signIn.settings;
  const names = [...LOOPBACK_NAMES, ...alsoAnswer];
  app.use(async (context, next) => {
    parts.onRequest();
    const requestId = parts.secrets.guid();
    const clientRequestId = clientRequestIdOf(context) ?? requestId;
    context.set('requestId', requestId);
    context.set('clientRequestId', clientRequestId);
    await next();
    context.header('request-id', requestId);
    context.header('client-request-id', clientRequestId);
    context.header('x-ms-request-id', requestId);
    parts.events.emit({ type: 'request', method: context.req.method, path: loggedPath(context.req.path), status: context.res.status });
  });
  app.use(async (context, next) => {
    // A page that rebinds its host name to 127.0.0.1 must not get in.
    if (!isForEmulator((context.env as HttpBindings).incoming, names)) return context.text('The emulator answers requests to localhost only.', 421);
    const { host, hostname } = new URL(context.req.url);
    return withAskedOrigin(alsoAnswer.includes(hostname) ? `https://${host}` : parts.signIn.origin, () => {
      if (context.req.path.startsWith('/admin')) return next();
      const fault = parts.faults.take(context.req.path);
      return fault === undefined ? next() : inject(fault, context, parts, next);
    });
  });
  if (parts.admin !== undefined) app.route('/admin', parts.admin);
  app.route('/', graphRoutes(parts.graph));
  app.route('/', signInRoutes(parts.signIn));
  app.notFound((context) =>
    graphErrorResponse(context, parts.graph, new GraphError(404, 'ResourceNotFound', 'Resource not found.')),
  );
  app.onError((error, context) => {
    if (error instanceof HTTPException) return error.getResponse();
    // The client went away before its request was complete.
    if ((context.env as HttpBindings).incoming.destroyed) return context.body(null, 400);
    parts.events.emit({ type: 'remark', message: `internal error in the emulator: ${error.stack ?? error.message}` });
    return graphErrorResponse(context, parts.graph, new GraphError(500, 'generalException', 'The emulator failed. See its log for details.'));
  });
  return app;
}

async function inject(fault: Fault, context: HttpContext, parts: AppParts, next: () => Promise<void>): Promise<Response | undefined> {
  switch (fault.kind) {
    case 'delay':
      await parts.faults.wait(fault.delayMs);
      await next();
      return undefined;
    case 'hang':
      // Never resolves: it ends when the client gives up or the emulator closes.
      return new Promise(() => undefined);
    case 'reset':
      (context.env as HttpBindings).incoming.socket.destroy();
      return new Promise(() => undefined);
    case 'answer':
      return faultAnswer(fault, context, parts);
  }
}

function faultAnswer(fault: Extract<Fault, { kind: 'answer' }>, context: HttpContext, parts: AppParts): Response {
  const code = fault.code ?? usualCode(fault.status);
  const message = fault.message ?? 'The emulator was configured to return this error.';
  if (fault.retryAfter !== undefined) context.header('Retry-After', fault.retryAfter);
  if (isSignIn(context.req.path)) {
    const error = new SignInError(fault.code ?? 'temporarily_unavailable', fault.aadsts ?? 90033, message, fault.status);
    return signInErrorResponse(context, parts.signIn, error);
  }
  return graphErrorResponse(context, parts.graph, new GraphError(fault.status, code, message));
}

function isSignIn(path: string): boolean {
  return path.includes('/oauth2/') || path.includes('/.well-known/');
}

function clientRequestIdOf(context: HttpContext): string | undefined {
  const given = context.req.header('client-request-id');
  // It is echoed in a header, so only the characters of a GUID are accepted.
  return given !== undefined && /^[\w-]{1,64}$/.test(given) ? given : undefined;
}

/** Returns the path as the log shows it: cut if long, and without a delta token, which is a cursor. */
function loggedPath(path: string): string {
  const withoutToken = path.replace(/\(token(?:=|%3d).*/i, '(token=…)');
  return withoutToken.length > MAX_LOGGED_PATH ? `${withoutToken.slice(0, MAX_LOGGED_PATH)}…` : withoutToken;
}
