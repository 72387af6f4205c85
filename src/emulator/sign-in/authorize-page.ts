import { Hono } from 'hono';
import { html } from 'hono/html';
import { formOf } from '../http/context.ts';
import type { HttpContext, HttpEnv } from '../http/context.ts';
import type { AuthorizationRequest, Challenge } from './authorization-codes.ts';
import { SignInError } from './errors.ts';
import { required } from './form.ts';
import { consentFields, showPage } from './page.ts';
import { NATIVE_CLIENT_PATH, replyAddress } from './redirect-uri.ts';
import { scopesFrom } from './service.ts';
import type { SignInService } from './service.ts';
import { chosenUser, userNamed } from './user-choice.ts';

/** Outcome is what the browser carries back to the client. */
type Outcome = { code: string } | { error: SignInError };

/** Serves sign-in in the browser: an authorization code, returned to a loopback address or shown to a native client's user. */
export function authorizePage(service: SignInService): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();

  app.get('/:tenant/oauth2/v2.0/authorize', async (context) => {
    const query = new URL(context.req.url).searchParams;
    let reply: Reply;
    try {
      service.checkTenant(context.req.param('tenant'));
      reply = replyTo(query, service.origin);
    } catch (error) {
      // Without a trustworthy redirect URI, the error is shown here.
      if (error instanceof SignInError) return showRefusal(context, error);
      throw error;
    }
    const request = authorizationRequest(query, reply);
    if (request instanceof SignInError) return sendBack(context, reply, { error: request });
    if (service.settings.autoApprove) {
      return sendBack(context, reply, { code: service.authorizationCodes.issue(request, userNamed(service, request.loginHint)) });
    }
    if (query.get('prompt') === 'none') {
      return sendBack(context, reply, { error: new SignInError('login_required', 50058, 'A silent sign-in request was sent but no user is signed in.') });
    }
    const hinted = userNamed(service, request.loginHint);
    return showPage(context, {
      title: 'Approve this sign-in?',
      formTarget: reply.address,
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

  app.on(['GET', 'POST'], NATIVE_CLIENT_PATH, (context) =>
    showPage(context, {
      title: 'Back to the app',
      body: html`<p>If the app asks for it, copy the address of this page into it. Otherwise you can close this window.</p>`,
    }),
  );

  app.get('/:tenant/oauth2/v2.0/logout', (context) =>
    showPage(context, { title: 'You are signed out', body: html`<p>You can close this window.</p>` }),
  );
  return app;
}

type Reply = Pick<AuthorizationRequest, 'redirectUri' | 'address' | 'responseMode' | 'state'>;

function replyTo(query: URLSearchParams, origin: string): Reply {
  const redirectUri = required(query, 'redirect_uri');
  required(query, 'client_id');
  const address = replyAddress(redirectUri, origin);
  if (address === undefined) {
    throw new SignInError(
      'invalid_request',
      50011,
      `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application. The emulator accepts loopback addresses and the native client page.`,
    );
  }
  const mode = query.get('response_mode') ?? 'query';
  if (mode !== 'query' && mode !== 'fragment' && mode !== 'form_post') {
    throw new SignInError('invalid_request', 9002336, `The response_mode '${mode}' is not supported.`);
  }
  return { redirectUri, address, responseMode: mode, state: query.get('state') ?? undefined };
}

function authorizationRequest(query: URLSearchParams, reply: Reply): AuthorizationRequest | SignInError {
  if (query.get('response_type') !== 'code') {
    return new SignInError('unsupported_response_type', 700054, 'Only the response_type ‘code’ is supported.');
  }
  const challenge = challengeOf(query);
  if (challenge instanceof SignInError) return challenge;
  return {
    ...reply,
    clientId: query.get('client_id') ?? '',
    scopes: scopesFrom(query.get('scope') ?? ''),
    nonce: query.get('nonce') ?? undefined,
    challenge,
    loginHint: query.get('login_hint') ?? undefined,
  };
}

/** The PKCE challenge; older clients send none, which Entra accepts. */
function challengeOf(query: URLSearchParams): Challenge | SignInError | undefined {
  const text = query.get('code_challenge');
  if (text === null || text === '') {
    return query.has('code_challenge_method') ? new SignInError('invalid_request', 900144, "The request must contain the following parameter: 'code_challenge'.") : undefined;
  }
  const method = query.get('code_challenge_method') ?? 'plain';
  if (method !== 'S256' && method !== 'plain') return new SignInError('invalid_request', 501491, `The code_challenge_method '${method}' is not supported.`);
  // RFC 7636, 4.1 and 4.2: a verifier has 43 to 128 characters, its digest 43.
  const isValid = method === 'S256' ? /^[\w-]{43}$/.test(text) : /^[\w.~-]{43,128}$/.test(text);
  return isValid ? { method, text } : new SignInError('invalid_request', 501491, 'Invalid size of Code_Challenge parameter.');
}

/** The three response modes of OAuth 2.0; MSAL for Node asks for `form_post`. */
function sendBack(context: HttpContext, reply: Reply, outcome: Outcome): Response | Promise<Response> {
  const fields = new URLSearchParams(
    'code' in outcome
      ? { code: outcome.code }
      : { error: outcome.error.error, error_description: `AADSTS${outcome.error.aadsts}: ${outcome.error.message}` },
  );
  if (reply.state !== undefined) fields.set('state', reply.state);
  const target = new URL(reply.address);
  switch (reply.responseMode) {
    case 'query':
      for (const [name, value] of fields) target.searchParams.set(name, value);
      return context.redirect(target.href, 302);
    case 'fragment':
      target.hash = fields.toString();
      return context.redirect(target.href, 302);
    case 'form_post':
      return showPage(context, {
        title: 'Returning to the app',
        formTarget: reply.address,
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
