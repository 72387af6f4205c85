import { html } from 'hono/html';
import { Hono } from 'hono';
import { formOf } from '../http/context.ts';
import type { HttpContext, HttpEnv } from '../http/context.ts';
import { consentFields, showPage } from './page.ts';
import { chosenUser } from './user-choice.ts';
import type { SignInService } from './service.ts';

/** Serves the pages on which a user enters a device code and approves or declines the sign-in. */
export function devicePage(service: SignInService): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();

  app.get('/device', (context) => askForCode(context));

  app.post('/device', async (context) => {
    const code = service.deviceCodes.pending((await formOf(context)).get('code') ?? '');
    if (code === undefined) return askForCode(context, 'That code didn’t work. Check it and try again.');
    return showPage(context, {
      title: 'Approve this sign-in?',
      body: html`<form method="post" action="/device/decision">
        <input type="hidden" name="code" value="${code.userCode}" />
        ${consentFields(code.clientId, code.scopes, service.directory.users, service.defaultUser.userPrincipalName)}
      </form>`,
    });
  });

  app.post('/device/decision', async (context) => {
    const form = await formOf(context);
    const code = service.deviceCodes.pending(form.get('code') ?? '');
    if (code === undefined) return askForCode(context, 'That code has expired or was already used. Get a new one from the app.');
    if (form.get('decision') !== 'approve') {
      code.decision = 'declined';
      return showPage(context, { title: 'Sign-in declined', body: html`<p>The app was given no access. You can close this window.</p>` });
    }
    const user = chosenUser(service, form);
    code.decision = { user };
    return showPage(context, {
      title: 'You are signed in',
      body: html`<p>You signed in as <strong>${user.displayName}</strong> (${user.userPrincipalName}). Return to the app on your device; you can close this window.</p>`,
    });
  });
  return app;
}

function askForCode(context: HttpContext, problem?: string): Promise<Response> {
  return showPage(context, {
    title: 'Enter code',
    status: problem === undefined ? 200 : 400,
    body: html`<p>Enter the code shown by your app or device.</p>
      ${problem === undefined ? '' : html`<p class="error" id="problem" role="alert">${problem}</p>`}
      <form method="post" action="/device">
        <label class="field">Code
          <input class="code" type="text" name="code" required autofocus maxlength="20" autocomplete="off" autocapitalize="characters" spellcheck="false"
            ${problem === undefined ? '' : html`aria-invalid="true" aria-describedby="problem"`} />
        </label>
        <button type="submit">Next</button>
      </form>`,
  });
}
