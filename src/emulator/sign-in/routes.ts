import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { formOf } from '../http/context.ts';
import type { HttpContext, HttpEnv } from '../http/context.ts';
import { sameOriginOnly } from '../http/same-origin.ts';
import { authorizePage } from './authorize-page.ts';
import { devicePage } from './device-page.ts';
import { discoveryRoutes } from './discovery-routes.ts';
import { DEVICE_CODE_LIFETIME_SECONDS } from './device-codes.ts';
import { SignInError, signInErrorBody } from './errors.ts';
import { required } from './form.ts';
import { showHome } from './home-page.ts';
import { SCRIPT_PATH, STYLE, STYLE_PATH, SUBMIT_SCRIPT } from './page-assets.ts';
import { scopesFrom } from './service.ts';
import type { SignInService } from './service.ts';
import { answerToken } from './token-grants.ts';

/**
 * The sign-in service: discovery, device code, tokens. Shapes from Microsoft Entra's
 * "v2-oauth2-device-code" and "v2-oauth2-auth-code-flow".
 */
export function signInRoutes(service: SignInService): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.onError((error, context) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (!(error instanceof SignInError)) throw error;
    return signInErrorResponse(context, service, error);
  });
  app.route('/', discoveryRoutes(service));
  // A page of another origin must not decide for the user: the browser says where a form comes from.
  for (const path of ['/device', '/device/*', '/sign-in/*']) app.use(path, sameOriginOnly);
  app.get('/', (context) => showHome(context, service));
  app.route('/', devicePage(service));
  app.route('/', authorizePage(service));
  app.get(STYLE_PATH, (context) => context.body(STYLE, 200, { 'Content-Type': 'text/css; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }));
  app.get(SCRIPT_PATH, (context) => context.body(SUBMIT_SCRIPT, 200, { 'Content-Type': 'text/javascript; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }));

  app.post('/:tenant/oauth2/v2.0/devicecode', async (context) => {
    service.checkTenant(context.req.param('tenant'));
    const form = await formOf(context);
    const code = service.startDeviceCode(required(form, 'client_id'), scopesFrom(required(form, 'scope')));
    const page = `${service.origin}/device`;
    return context.json({
      user_code: code.userCode,
      device_code: code.deviceCode,
      verification_uri: page,
      expires_in: DEVICE_CODE_LIFETIME_SECONDS,
      interval: code.intervalSeconds,
      message: `To sign in, use a web browser to open the page ${page} and enter the code ${code.userCode} to authenticate.`,
    });
  });

  app.post('/:tenant/oauth2/v2.0/token', async (context) => {
    service.checkTenant(context.req.param('tenant'));
    const form = await formOf(context);
    context.header('Cache-Control', 'no-store');
    context.header('Pragma', 'no-cache');
    const request = { tenant: context.req.param('tenant'), form, authorization: context.req.header('authorization') };
    return context.json(answerToken(service, request));
  });
  return app;
}

export function signInErrorResponse(context: HttpContext, service: SignInService, error: SignInError): Response {
  const body = signInErrorBody(error, {
    origin: service.origin,
    nowMs: service.nowMs(),
    traceId: context.get('requestId'),
    correlationId: context.get('clientRequestId'),
  });
  return context.json(body, error.status as ContentfulStatusCode);
}
