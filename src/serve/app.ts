import type { IncomingMessage, ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie, setCookie } from 'hono/cookie';
import { toError, WatchError } from '../errors.ts';
import { readEventsQuery, type ChangeQuery, type ChangeTest } from './events-query.ts';
import type { Guard } from './guard.ts';
import type { Metrics } from './metrics.ts';
import { addPage } from './page/routes.ts';
import type { Readers } from './readers.ts';
import { signInForm } from './sign-in-form.ts';
import type { WatchState } from './watch-state.ts';

export interface AppParts {
  guard: Guard;
  state: WatchState;
  metrics: Metrics;
  readers: Readers;
  /** Returns the answer to `GET /state`. */
  describe: () => unknown;
  /** Makes a test of the filters of changes; throws a usage error for what is not one. */
  changeFilter: (query: ChangeQuery) => ChangeTest;
  redact: (text: string) => string;
  /** Called with each internal error. */
  onFault: (error: Error) => void;
}

/** Headers of every answer. The page runs only its own scripts, and no other site may frame it, read it, or get its address as a referrer. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  // With `no-referrer`, a browser would send the form with `Origin: null`.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Cache-Control': 'no-store',
};

interface Env {
  Bindings: { incoming: IncomingMessage; outgoing: ServerResponse };
}

/** The limit for a submitted form, in bytes; a token is much shorter. */
const LONGEST_FORM_BYTES = 4_096;
/** The cookie's name differs for each port, so that several watches on one host do not share it. */
const COOKIE = 'graph-watch';

/** `createApp` makes the application that answers all requests. */
export function createApp(parts: AppParts): Hono<Env> {
  const { guard, state, metrics, readers } = parts;
  const app = new Hono<Env>();
  const cookieName = ({ env: { incoming } }: Context<Env>): string => `${COOKIE}-${incoming.socket.localPort ?? 0}`;
  const isKnown = (context: Context<Env>): boolean => guard.isKnown(context.req.header('authorization'), getCookie(context, cookieName(context)));

  app.use(async (context, next) => {
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
    const refusal = guard.refusal(context.env.incoming);
    if (refusal !== undefined) return context.json({ error: refusal.error }, refusal.status);
    if (isPublic(context.req.path) || isKnown(context)) return next();
    if (context.req.path === '/') return context.html(signInForm({ wrong: false }), 401);
    context.header('WWW-Authenticate', 'Bearer');
    return context.json({ error: 'A token is required (GRAPH_WATCH_SERVE_TOKEN).', hint: 'Send it as Authorization: Bearer <token>.' }, 401);
  });

  app.get('/healthz', (context) => context.json({ status: 'ok' }));
  app.get('/readyz', (context) => {
    const min = context.req.query('min');
    if (min !== undefined && !/^\d{1,9}$/.test(min)) return context.json({ error: 'min must be a number of targets.' }, 400);
    const readiness = state.readiness(min === undefined ? undefined : Number(min));
    return context.json(readiness, readiness.ready ? 200 : 503);
  });
  app.get('/metrics', async (context) => context.body(await metrics.text(), 200, { 'Content-Type': metrics.contentType }));
  app.get('/state', (context) => context.json(parts.describe()));
  app.get('/events', (context) => {
    const query = readEventsQuery(new URL(context.req.url).searchParams, context.req.header('last-event-id'), parts.changeFilter);
    if (readers.isFull) return context.json({ error: 'Too many readers are connected.' }, 503, { 'Retry-After': '10' });
    const { outgoing } = context.env;
    outgoing.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
    // A HEAD is answered by the same route.
    if (context.req.method === 'HEAD') outgoing.end();
    else readers.add(outgoing, query);
    return RESPONSE_ALREADY_SENT;
  });

  app.get('/login', (context) => (isKnown(context) ? context.redirect('/', 303) : context.html(signInForm({ wrong: false }))));
  app.post('/login', bodyLimit({ maxSize: LONGEST_FORM_BYTES, onError: (context) => context.json({ error: 'The form is too long.' }, 413) }), async (context) => {
    const cookie = guard.signIn(new URLSearchParams(await context.req.text()).get('token') ?? '');
    if (cookie === undefined) return context.html(signInForm({ wrong: true }), 401);
    setCookie(context, cookieName(context), cookie, { httpOnly: true, sameSite: 'Strict', path: '/' });
    return context.redirect('/', 303);
  });
  addPage(app as unknown as Hono);

  app.all('*', (context) => {
    const allowed = methodsOf(app, context.req.path);
    if (allowed.length === 0) return context.json({ error: 'Not found.' }, 404);
    return context.json({ error: `${context.req.method} is not allowed here.` }, 405, { Allow: allowed.join(', ') });
  });
  app.onError((thrown, context) => {
    const error = toError(thrown);
    if (error instanceof WatchError && error.category === 'usage') {
      return context.json({ error: parts.redact(error.message), ...(error.hint === undefined ? {} : { hint: parts.redact(error.hint) }) }, 400);
    }
    // The client went away before its request was complete.
    if (context.env.incoming.destroyed) return context.body(null, 400);
    parts.onFault(error);
    return context.json({ error: 'An unexpected error occurred; the watch continues.' }, 500);
  });
  return app;
}

/** Probes need no token, and get numbers only. */
function isPublic(path: string): boolean {
  return ['/healthz', '/readyz', '/login'].includes(path) || path.startsWith('/assets/');
}

/** Returns the methods that this path accepts. */
function methodsOf(app: Hono<Env>, path: string): string[] {
  const methods = new Set(app.routes.filter((route) => route.path === path && route.method !== 'ALL').map(({ method }) => method));
  return [...methods].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
}
