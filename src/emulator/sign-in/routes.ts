import { Hono } from 'hono';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { formOf } from '../http/context.ts';
import type { HttpContext, HttpEnv } from '../http/context.ts';
import { authorizePage } from './authorize-page.ts';
import { devicePage } from './device-page.ts';
import { discoveryRoutes } from './discovery-routes.ts';
import { DEVICE_CODE_LIFETIME_SECONDS } from './device-codes.ts';
import { SignInError, signInErrorBody } from './errors.ts';
import { required } from './form.ts';
import { showHome } from './home-page.ts';
import { SCRIPT_PATH, STYLE, STYLE_PATH, SUBMIT_SCRIPT } from './page-assets.ts';
import { scopesFrom } from './service.ts';
import type { SignInService, TokenAnswer } from './service.ts';

/** The grant type's name in RFC 8628. */
const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
/** The name that older clients send; Entra accepts both. */
const DEVICE_CODE_GRANT_SHORT = 'device_code';

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
  // A page of another origin must not decide for the person: the browser says where a form comes from.
  for (const path of ['/device', '/device/*', '/sign-in/*']) app.use(path, csrf());
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
    return context.json(answerToken(service, form));
  });
  return app;
}

export function signInErrorResponse(context: HttpContext, service: SignInService, error: SignInError): Response {
  const body = signInErrorBody(error, {
    graphUrl: service.origin,
    nowMs: service.nowMs(),
    traceId: context.get('requestId'),
    correlationId: context.get('clientRequestId'),
  });
  return context.json(body, error.status as ContentfulStatusCode);
}

function answerToken(service: SignInService, form: URLSearchParams): TokenAnswer {
  const grantType = required(form, 'grant_type');
  const clientId = required(form, 'client_id');
  const wantsClientInfo = form.get('client_info') === '1';
  switch (grantType) {
    case DEVICE_CODE_GRANT:
    case DEVICE_CODE_GRANT_SHORT: {
      const grant = service.deviceCodes.poll(required(form, 'device_code'), clientId);
      return service.answer(grant, { clientInfo: wantsClientInfo });
    }
    case 'authorization_code': {
      const { nonce, ...grant } = service.authorizationCodes.redeem({
        code: required(form, 'code'),
        clientId,
        redirectUri: required(form, 'redirect_uri'),
        verifier: required(form, 'code_verifier'),
      });
      return service.answer(grant, { nonce, clientInfo: wantsClientInfo });
    }
    case 'refresh_token':
      return refresh(service, form, clientId, wantsClientInfo);
    default:
      throw new SignInError('unsupported_grant_type', 70003, `The app requested an unsupported grant type '${grantType}'.`);
  }
}

/** Refreshes tokens. Each refresh issues a new refresh token; the old one stays valid, as in Entra, unless they are single-use. */
function refresh(service: SignInService, form: URLSearchParams, clientId: string, wantsClientInfo: boolean): TokenAnswer {
  const token = required(form, 'refresh_token');
  const found = service.tokens.refresh(token);
  if (found.state === 'expired') {
    throw new SignInError('invalid_grant', 700082, 'The refresh token has expired due to inactivity.');
  }
  if (found.state === 'unknown' || found.grant.clientId !== clientId) {
    throw new SignInError('invalid_grant', 70000, 'Provided grant is invalid or malformed.');
  }
  if (service.settings.singleUseRefreshTokens) service.tokens.dropRefresh(token);
  const { user, scopes: granted } = found.grant;
  const asked = scopesFrom(form.get('scope') ?? '');
  return service.answer({ user, clientId, scopes: asked.length > 0 ? asked : granted }, { clientInfo: wantsClientInfo });
}
