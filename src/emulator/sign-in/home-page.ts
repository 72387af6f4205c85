import { html } from 'hono/html';
import type { HttpContext } from '../http/context.ts';
import { showPage } from './page.ts';
import type { SignInService } from './service.ts';

/** Shows the page for people who open the emulator's address in a browser. */
export function showHome(context: HttpContext, service: SignInService): Promise<Response> {
  const origin = service.origin;
  return showPage(context, {
    title: 'The emulator is running',
    body: html`<p>This is a local emulator of Microsoft Graph. Whoever signs in sees its folder as their drive.</p>
      <p><a href="/device">Enter a device code</a></p>
      <p>Graph: <code>${origin}/v1.0</code><br />Sign-in authority: <code>${origin}/common</code></p>`,
  });
}
