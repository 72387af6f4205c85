import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loginWithBrowser, type BrowserOptions } from '../../../src/auth/sign-in.ts';
import { acquireSilently } from '../../../src/auth/silent.ts';
import { refusal, scene, SECRETS, tokens, type Scene } from './support.ts';

let s: Scene;
beforeEach(() => {
  s = scene();
});
afterEach(() => {
  s.clean();
});

/** Posts the answer to the loopback redirect URI, as the browser does in the end. Resolves to the page that it gets. */
function post(authorizeUrl: string, fields: Record<string, string>): Promise<string> {
  const asked = new URL(authorizeUrl).searchParams;
  const { port } = new URL(asked.get('redirect_uri') ?? '');
  return new Promise((resolve, reject) => {
    const post = request(
      { host: '127.0.0.1', port, method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      (answer) => {
        let page = '';
        answer.setEncoding('utf8').on('data', (text: string) => { page += text; }).on('end', () => { resolve(page); });
      },
    );
    post.on('error', reject);
    post.end(new URLSearchParams({ state: asked.get('state') ?? '', ...fields }).toString());
  });
}

const login = (options: Partial<BrowserOptions>, changes: Parameters<Scene['context']>[0] = {}) =>
  loginWithBrowser(s.context(changes), { openBrowser: () => Promise.resolve(), onUrl: () => undefined, onNoBrowser: () => undefined, ...options });

describe('signing in with the browser', () => {
  it('opens the browser, takes its answer, shows a page, and stores the sign-in', async () => {
    let page: Promise<string> | undefined;
    let url = '';
    const { record } = await login({
      openBrowser(opened) {
        url = opened;
        page = post(opened, { code: 'CODE-SECRET-1' });
        return Promise.resolve();
      },
    });
    const asked = new URL(url).searchParams;
    expect(url).toMatch(/^https:\/\/login\.test\/common\/oauth2\/v2\.0\/authorize\?/);
    expect(asked.get('code_challenge_method')).toBe('S256');
    expect(asked.get('redirect_uri')).toMatch(/^http:\/\/localhost:\d+$/);
    expect(asked.get('response_mode')).toBe('form_post');
    const form = s.service.tokenForms()[0];
    expect(form?.get('code')).toBe('CODE-SECRET-1');
    expect(url).not.toContain(form?.get('code_verifier'));
    expect(await page).toContain('You are signed in');
    expect(record.username).toBe('ada@example.com');
    expect(await acquireSilently(s.context())).toBe(SECRETS.access(1));
  });

  it.each([
    ['file:///usr/bin/true', /not https/], ['http://login.test/authorize', /not https/], ['https://evil.test/authorize', /a different host/],
    ['https://ada:pw@login.test/authorize', /a user/], ['-a', /is not a valid URL/],
  ])('neither opens nor shows the address %s', async (address, message) => {
    s.service.discovery = { authorization_endpoint: address };
    const opened: string[] = [];
    await expect(login({
      onUrl: (url) => { opened.push(url); },
      openBrowser(url) {
        opened.push(url);
        return Promise.resolve();
      },
    })).rejects.toMatchObject({ category: 'auth', message: expect.stringMatching(message) });
    expect(opened).toEqual([]);
  });

  it('shows and opens no escape sequence', async () => {
    s.service.discovery = { authorization_endpoint: 'https://login.test/\u001b[31m/authorize' };
    const seen: string[] = [];
    await login({
      onUrl: (url) => { seen.push(url); },
      openBrowser(url) {
        seen.push(url);
        void post(url, { code: 'CODE-SECRET-1' });
        return Promise.resolve();
      },
    });
    expect(seen).toEqual([expect.stringMatching(/^[\x21-\x7e]+$/), seen[0]]);
  });

  it('shows the address first, and says when no browser could be opened', async () => {
    const shown: string[] = [];
    await login({
      onUrl: (url) => { shown.push(url); },
      openBrowser: () => Promise.reject(new Error('spawn ENOENT')),
      onNoBrowser() {
        shown.push('none');
        void post(shown[0] ?? '', { code: 'CODE-SECRET-1' });
      },
    });
    expect(shown).toEqual([expect.stringContaining('/authorize?'), 'none']);
  });

  it('takes the answer even if the browser\'s launcher never returns', async () => {
    await login({
      openBrowser(url) {
        void post(url, { code: 'CODE-SECRET-1' });
        return new Promise(() => undefined);
      },
    });
    expect(s.store().exists()).toBe(true);
  });

  it.each([
    [{ error: 'access_denied', error_description: 'AADSTS65004: The user declined.' }, 'AADSTS65004'],
    [{ error: 'access_denied' }, 'declined'],
    [{ error: 'interaction_required', error_description: 'AADSTS53003: Blocked.' }, 'AADSTS53003'],
  ])('fails if the browser posts %j', async (fields, why) => {
    let page: Promise<string> | undefined;
    const done = login({
      openBrowser(url) {
        page = post(url, fields);
        return Promise.resolve();
      },
    });
    await expect(done).rejects.toMatchObject({ message: expect.stringContaining(why) as unknown });
    expect(await page).toContain('The sign-in failed');
    expect(s.store().exists()).toBe(false);
  });

  it('does not take an answer that belongs to another sign-in', async () => {
    const seen: string[] = [];
    await login({
      async openBrowser(url) {
        seen.push(await post(url, { code: 'CODE-OF-AN-ATTACKER', state: 'other' }));
        void post(url, { code: 'CODE-SECRET-1' });
      },
    });
    expect(seen).toEqual(['Invalid authorization response state.']);
    expect(s.service.tokenForms().map((form) => form.get('code'))).toEqual(['CODE-SECRET-1']);
  });

  it('fails if the code is refused', async () => {
    s.service.script(refusal('invalid_grant', 50105));
    const done = login({
      openBrowser(url) {
        void post(url, { code: 'CODE-SECRET-1' });
        return Promise.resolve();
      },
    });
    await expect(done).rejects.toMatchObject({ category: 'auth', message: expect.stringContaining('not assigned') as unknown });
  });

  it('ends when aborted while it waits for the browser, and closes its port', async () => {
    const abort = new AbortController();
    const reason = new Error('Ctrl-C');
    let url = '';
    const done = login({
      openBrowser: (opened) => {
        url = opened;
        return Promise.resolve();
      },
      onUrl: () => { abort.abort(reason); },
    }, { signal: abort.signal });
    await expect(done).rejects.toBe(reason);
    await expect(post(url, { code: 'late' })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('shows nothing secret', async () => {
    s.service.script(tokens());
    await login({
      openBrowser(url) {
        void post(url, { code: 'CODE-SECRET-1' });
        return Promise.resolve();
      },
    });
    const verifier = s.service.tokenForms()[0]?.get('code_verifier') ?? '';
    expect(verifier.length).toBeGreaterThan(20);
    const shown = [...s.said, ...s.debugged].join('\n');
    for (const secret of ['CODE-SECRET-1', verifier, SECRETS.access(1), SECRETS.refresh(1)]) expect(shown).not.toContain(secret);
  });
});
