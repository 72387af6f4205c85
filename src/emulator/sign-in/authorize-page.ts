import { Hono } from 'hono';
import { html } from 'hono/html';
import { formOf } from '../http/context.ts';
import type { HttpContext, HttpEnv } from '../http/context.ts';
import { isLoopbackRedirect } from './authorization-codes.ts';
import type { AuthorizationRequest } from './authorization-codes.ts';
import { SignInError } from './errors.ts';
import { required } from './form.ts';
import { consentFields, showPage } from './page.ts';
import { chosenUser, userNamed } from './user-choice.ts';
import { scopesFrom } from './service.ts';
import type { SignInService } from './service.ts';

/** Outcome is what the browser carries back to the client. */
type Outcome = { code: string } | { error: SignInError };

/** Serves sign-in in the browser: authorization code with PKCE, returned to a loopback address. */
export function authorizePage(service: SignInService): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();

  app.get('/:tenant/oauth2/v2.0/authorize', async (context) => {
    const query = new URL(context.req.url).searchParams;
    let back: Return;
    try {
      service.checkTenant(context.req.param('tenant'));
      back = returnOf(query);
    } catch (error) {
      // Without a redirect URI that can be trusted, the error is shown here.
      if (error instanceof SignInError) return showRefusal(context, error);
      throw error;
    }
    const request = authorizationRequest(query, back);
    if (request instanceof SignInError) return sendBack(context, back, { error: request });
    if (service.settings.autoApprove) {
      return sendBack(context, back, { code: service.authorizationCodes.issue(request, userNamed(service, request.loginHint)) });
    }
    if (query.get('prompt') === 'none') {
      return sendBack(context, back, { error: new SignInError('login_required', 50058, 'A silent sign-in request was sent but no user is signed in.') });
    }
    const hinted = userNamed(service, request.loginHint);
    return showPage(context, {
      title: 'Approve this sign-in?',
      formTarget: back.redirectUri,
      body: html`<form method="post" action="/sign-in/decision">
        <input type="hidden" name="request" value="${service.authorizationCodes.startRequest(request)}" />
        ${consentFields(request.clientId, request.scopes, service.directory.users, hinted.userPrincipalName)}
      </form>`,
    });
  });

  app.post('/sign-in/decision', async (context) => {
    const form = await formOf(context);
    const request = service.authorizationCodes.takeRequest(form.get('request') ?? '');
    if (request === undefined) {
      return showRefusal(context, new SignInError('invalid_request', 50199, 'This sign-in has expired or was already completed. Start again from the app.'));
    }
    if (form.get('decision') !== 'approve') {
      return sendBack(context, request, { error: new SignInError('access_denied', 65004, 'User declined to consent to access the app.') });
    }
    return sendBack(context, request, { code: service.authorizationCodes.issue(request, chosenUser(service, form)) });
  });

  app.get('/:tenant/oauth2/v2.0/logout', (context) =>
    showPage(context, { title: 'You are signed out', body: html`<p>You can close this window.</p>` }),
  );
  return app;
}

type Return = Pick<AuthorizationRequest, 'redirectUri' | 'responseMode' | 'state'>;

function returnOf(query: URLSearchParams): Return {
  const redirectUri = required(query, 'redirect_uri');
  required(query, 'client_id');
  if (!isLoopbackRedirect(redirectUri)) {
    throw new SignInError('invalid_request', 50011, `The redirect URI '${redirectUri}' is not a loopback address, the only kind that the emulator sends codes to.`);
  }
  const mode = query.get('response_mode') ?? 'query';
  if (mode !== 'query' && mode !== 'fragment' && mode !== 'form_post') {
    throw new SignInError('invalid_request', 9002336, `The response_mode '${mode}' is not supported.`);
  }
  return { redirectUri, responseMode: mode, state: query.get('state') ?? undefined };
}

function authorizationRequest(query: URLSearchParams, back: Return): AuthorizationRequest | SignInError {
  if (query.get('response_type') !== 'code') {
    return new SignInError('unsupported_response_type', 700054, 'Only the response_type ‘code’ is supported.');
  }
  const codeChallenge = query.get('code_challenge') ?? '';
  if (query.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(codeChallenge)) {
    return new SignInError('invalid_request', 9002325, 'Proof Key for Code Exchange (S256) is required.');
  }
  return {
    ...back,
    clientId: query.get('client_id') ?? '',
    scopes: scopesFrom(query.get('scope') ?? ''),
    nonce: query.get('nonce') ?? undefined,
    codeChallenge,
    loginHint: query.get('login_hint') ?? undefined,
  };
}

/** The three response modes of OAuth 2.0; MSAL for Node asks for `form_post`. */
function sendBack(context: HttpContext, back: Return, outcome: Outcome): Response | Promise<Response> {
  const fields = new URLSearchParams(
    'code' in outcome
      ? { code: outcome.code }
      : { error: outcome.error.error, error_description: `AADSTS${outcome.error.aadsts}: ${outcome.error.message}` },
  );
  if (back.state !== undefined) fields.set('state', back.state);
  const target = new URL(back.redirectUri);
  switch (back.responseMode) {
    case 'query':
      for (const [name, value] of fields) target.searchParams.set(name, value);
      return context.redirect(target.href, 302);
    case 'fragment':
      target.hash = fields.toString();
      return context.redirect(target.href, 302);
    case 'form_post':
      return showPage(context, {
        title: 'Returning to the app',
        formTarget: back.redirectUri,
        submitsAutomatically: true,
        body: html`<form method="post" action="${target.href}">
          ${[...fields].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
          <p>If nothing happens, select Continue.</p>
          <button type="submit">Continue</button>
        </form>`,
      });
  }
}

function showRefusal(context: HttpContext, error: SignInError): Promise<Response> {
  return showPage(context, {
    title: 'Sign-in failed',
    status: 400,
    body: html`<p class="error" role="alert">AADSTS${error.aadsts}: ${error.message}</p>
      <p>The error is <code>${error.error}</code>. You can close this window.</p>`,
  });
}
