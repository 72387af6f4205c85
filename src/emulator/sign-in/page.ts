import { html } from 'hono/html';
import type { HttpContext } from '../http/context.ts';
import { SCRIPT_PATH, STYLE_PATH } from './page-assets.ts';

/** Markup is a template of hono/html, which escapes every value put into it. */
export type Markup = ReturnType<typeof html>;

export interface Page {
  title: string;
  body: Markup;
  status?: 200 | 400 | 403;
  /** Where a form may lead other than to the emulator: the redirect URI of a browser sign-in. */
  formTarget?: string | undefined;
  /** Whether the page needs `/sign-in/submit.js`. */
  submitsAutomatically?: boolean;
}

/** Renders a page of the sign-in service. Its policy allows no foreign content, no inline style or script, and no frames. */
export async function showPage(context: HttpContext, page: Page): Promise<Response> {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    page.submitsAutomatically === true ? "script-src 'self'" : "script-src 'none'",
    `form-action 'self'${page.formTarget === undefined ? '' : ` ${new URL(page.formTarget).origin}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  const markup = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${page.title} · Graph emulator</title>
    <link rel="stylesheet" href="${STYLE_PATH}" />
    ${page.submitsAutomatically === true ? html`<script src="${SCRIPT_PATH}" defer></script>` : ''}
  </head>
  <body>
    <main>
      <p class="brand"><span aria-hidden="true"></span>Graph emulator</p>
      <h1>${page.title}</h1>
      ${page.body}
    </main>
    <footer>A local emulator of Microsoft sign-in. It asks for no password, and nothing leaves this machine.</footer>
  </body>
</html>`;
  return context.html(await markup, page.status ?? 200, {
    'Content-Security-Policy': policy.join('; '),
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  });
}

/** Renders the consent that the user is asked for, and the choice of user. */
export function consentFields(clientId: string, scopes: readonly string[], users: readonly UserChoice[], chosen: string): Markup {
  return html`<p>${APPLICATIONS[clientId] ?? 'An app'} (<code>${clientId}</code>) wants to:</p>
    <ul class="scopes">
      ${scopes.map((scope) => html`<li><code>${scope}</code> ${meaningOf(scope)}</li>`)}
    </ul>
    <fieldset>
      <legend>Sign in as</legend>
      ${users.map(
        (user) => html`<label class="choice">
          <input type="radio" name="user" value="${user.userPrincipalName}" ${user.userPrincipalName === chosen ? html`checked` : ''} />
          <span>${user.displayName} <small>${user.userPrincipalName}</small></span>
        </label>`,
      )}
      <label class="field">Someone else
        <input type="email" name="other" placeholder="name@example.com" autocomplete="off" spellcheck="false" />
      </label>
    </fieldset>
    <div class="buttons">
      <button type="submit" name="decision" value="approve">Approve</button>
      <button type="submit" name="decision" value="decline" class="secondary" formnovalidate>Decline</button>
    </div>`;
}

/** The names of well-known client ids. */
const APPLICATIONS: Readonly<Record<string, string>> = {
  '14d82eec-204b-4c2f-b7e8-296a70dab67e': 'Microsoft Graph Command Line Tools',
};

export interface UserChoice {
  userPrincipalName: string;
  displayName: string;
}

function meaningOf(scope: string): string {
  switch (scope) {
    case 'openid':
      return 'sign you in';
    case 'profile':
      return 'see your name';
    case 'email':
      return 'see your e-mail address';
    case 'offline_access':
      return 'keep its access when you are away';
    case 'User.Read':
      return 'read your profile';
    case 'Files.Read':
      return 'read your files';
    case 'Files.Read.All':
      return 'read all files that you have access to';
    default:
      return '';
  }
}
