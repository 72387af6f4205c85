import { html } from 'hono/html';
import type { HttpContext } from '../http/context.ts';
import { showPage } from './page.ts';
import type { SignInService } from './service.ts';

/** For whoever opens the emulator's address in a browser. */
export function showHome(context: HttpContext, service: SignInService): Promise<Response> {
  return showPage(context, {
    title: 'It runs',
    body: html`<p>This is a local Microsoft Graph. Files in its folder are the drive of whoever signs in.</p>
      <p><a href="/device">Enter a device code</a></p>
      <p>Graph is at <code>${service.origin}/v1.0</code>, sign-in at <code>${service.origin}/common</code>.</p>`,
  });
}
