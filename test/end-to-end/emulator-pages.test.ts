import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { Answer, RunningEmulator } from '../unit/emulator/support/running-emulator.ts';

const CLIENT = '14d82eec-204b-4c2f-b7e8-296a70dab67e';

let running: RunningEmulator;
beforeEach(async () => {
  running = await runEmulator();
});
afterEach(() => running.close());

const startCode = async (): Promise<{ user: string; device: string }> => {
  const answer = await running.form('/common/oauth2/v2.0/devicecode', { client_id: CLIENT, scope: 'openid Files.Read' });
  return { user: answer.string('user_code'), device: answer.string('device_code') };
};
const poll = (device: string): Promise<Answer> =>
  running.form('/common/oauth2/v2.0/token', { grant_type: 'device_code', client_id: CLIENT, device_code: device });

describe('the device page', () => {
  it('asks for the code, then for consent, and shows who is signed in', async () => {
    const { user, device } = await startCode();
    const entry = await running.send('/device');
    expect(entry.status).toBe(200);
    expect(entry.text).toContain('Enter code');
    const consent = await running.form('/device', { code: ` ${user.toLowerCase().slice(0, 4)}-${user.slice(4)} ` });
    expect(consent.text).toContain('Microsoft Graph Command Line Tools');
    expect(consent.text).toContain('Files.Read');
    const done = await running.form('/device/decision', { code: user, user: 'grace@example.com', decision: 'approve' });
    expect(done.text).toContain('Grace Hopper');
    expect((await poll(device)).status).toBe(200);
  });

  it('lets anyone sign in under a name that they type in', async () => {
    const { user, device } = await startCode();
    await running.form('/device/decision', { code: user, user: 'ada@example.com', other: 'Mary.Shelley@example.net', decision: 'approve' });
    const me = await running.send('/v1.0/me/drive', { headers: { authorization: `Bearer ${(await poll(device)).string('access_token')}` } });
    expect(me.at('owner', 'user')).toMatchObject({ displayName: 'Mary Shelley', email: 'Mary.Shelley@example.net' });
  });

  it('informs the application when the user declines', async () => {
    const { user, device } = await startCode();
    const declined = await running.form('/device/decision', { code: user, decision: 'decline' });
    expect(declined.text).toContain('declined');
    expect((await poll(device)).json.error).toBe('authorization_declined');
  });

  it('accepts a code only once', async () => {
    const { user } = await startCode();
    await running.form('/device/decision', { code: user, decision: 'approve' });
    const again = await running.form('/device/decision', { code: user, decision: 'approve' });
    expect(again.status).toBe(400);
    expect(again.text).toContain('already used');
  });

  it('reports a wrong code so that a screen reader announces it', async () => {
    const answer = await running.form('/device', { code: 'NOPE' });
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/role="alert"/);
    expect(answer.text).toMatch(/aria-invalid="true"/);
  });

  it('escapes the names of users', async () => {
    await running.close();
    running = await runEmulator({ users: [{ userPrincipalName: '"><script>alert(1)</script>@example.com', displayName: '<img src=x onerror=alert(2)>' }] });
    const { user } = await startCode();
    const consent = await running.form('/device', { code: user });
    const done = await running.form('/device/decision', { code: user, decision: 'approve' });
    for (const { text } of [consent, done]) {
      expect(text).not.toMatch(/<img|<script>alert/);
      expect(text).toContain('&lt;img');
    }
  });

  it('escapes untrusted input', async () => {
    const hostile = '"><script>alert(1)</script>';
    const answer = await running.form('/common/oauth2/v2.0/devicecode', { client_id: hostile, scope: 'openid <b>' });
    const consent = await running.form('/device', { code: answer.string('user_code') });
    expect(consent.text).not.toContain('<script>alert');
    expect(consent.text).not.toContain('<b>');
    expect(consent.text).toContain('&lt;script&gt;');
  });
});

describe('every page', () => {
  const pages = ['/', '/device', '/common/oauth2/v2.0/logout', '/common/oauth2/v2.0/authorize?client_id=x&redirect_uri=https://example.com/'];

  it.each(pages)('%s allows nothing inline, nothing from other origins, and no framing', async (path) => {
    const page = await running.send(path);
    const policy = page.headers['content-security-policy'] as string;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' });
    expect(page.text).not.toMatch(/<style|\sstyle="|<script(?! src="\/)|\son\w+="/);
    // It loads only its own files.
    for (const [, target] of page.text.matchAll(/(?:href|src|action)="([^"]+)"/g)) expect(target).toMatch(/^\//);
  });

  it('has a title, a language, one heading and a label for each field', async () => {
    const { text } = await running.send('/device');
    expect(text).toMatch(/<html lang="en">/);
    expect(text).toMatch(/<title>Enter code · /);
    expect(text.match(/<h1>/g)).toHaveLength(1);
    expect(text).toMatch(/<label[^>]*>Code/);
  });

  it('serves its style sheet for light and dark', async () => {
    const style = await running.send('/sign-in/style.css');
    expect(style.headers['content-type']).toMatch(/^text\/css/);
    expect(style.text).toContain('light-dark(');
  });
});

describe('a page of another origin', () => {
  it.each([
    ['with its own Origin', { origin: 'https://attacker.example' }],
    ['with no Origin at all', { origin: '' }],
    ['with a request marked cross-site', { origin: 'https://attacker.example', 'sec-fetch-site': 'cross-site' }],
  ])('cannot consent for the user: %s', async (_what, headers) => {
    const { user, device } = await startCode();
    const refused = await running.form('/device/decision', { code: user, decision: 'approve' }, headers);
    expect(refused.status).toBe(403);
    expect((await poll(device)).json.error).toBe('authorization_pending');
  });

  it.each(['attacker.example', 'attacker.example:8443', 'localhost.attacker.example', 'localhost@attacker.example', 'attacker.example#localhost', 'localhost/@attacker.example', '127.0.0.1.nip.io', '2130706433.example', '[::ffff:7f00:1]'])(
    'cannot reach any part of the emulator under another host name: %s',
    async (host) => {
      const headers = { host, 'x-emulator-admin': '1' };
      const push = `${running.emulator.pushUrl}/socket.io/?EIO=4&transport=polling`;
      for (const path of ['/device', '/v1.0/me', '/admin', '/common/oauth2/v2.0/token', push]) {
        expect([400, 421]).toContain((await running.send(path, { headers })).status);
      }
      expect((await running.send('/admin/token', { method: 'POST', headers })).text).not.toContain('access_token');
    },
  );

  it.each(['localhost', 'LOCALHOST:1234', '127.0.0.1:8443', '[::1]:8443'])('is not suspected behind a request for %s', async (host) => {
    expect((await running.send('/device', { headers: { host } })).status).toBe(200);
  });

  it('cannot send a form of any kind to the admin routes', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data', '']) {
      const refused = await running.send('/admin/token', { method: 'POST', body: '{}', headers: { 'content-type': type, origin: 'https://attacker.example' } });
      expect([refused.status, refused.text]).toEqual([403, expect.not.stringContaining('access_token')]);
    }
  });

  it.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', 'application/json', ''])('cannot consent with a form of type "%s"', async (type) => {
    const { user, device } = await startCode();
    const headers = { 'content-type': type, origin: 'https://attacker.example', 'sec-fetch-site': 'same-site' };
    const refused = await running.send('/device/decision', { method: 'POST', body: `code=${user}&decision=approve`, headers });
    expect(refused.status).toBe(403);
    expect((await poll(device)).json.error).toBe('authorization_pending');
  });

  it('is not allowed by CORS, except to Graph', async () => {
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-emulator-admin' };
    for (const path of ['/admin/state', '/device', '/common/oauth2/v2.0/token']) {
      const answer = await running.send(path, { method: 'OPTIONS', headers });
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    const graph = await running.send('/v1.0/me', { method: 'OPTIONS', headers: { ...headers, 'access-control-request-headers': 'authorization' } });
    expect(graph.headers['access-control-allow-origin']).toBe('*');
  });
});

describe('the consent page of the browser flow', () => {
  const authorize = (changes: Record<string, string> = {}): string =>
    `/common/oauth2/v2.0/authorize?${new URLSearchParams({
      client_id: CLIENT, response_type: 'code', redirect_uri: 'http://localhost:54321/', scope: 'openid Files.Read', state: 's', response_mode: 'form_post',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256', ...changes,
    }).toString()}`;
  const field = (page: Answer, name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)?.[1] ?? '';

  it('contains no code and no state, only the id of a request that can be used once', async () => {
    const consent = await running.send(authorize({ state: 'very-secret' }));
    expect(consent.text).not.toContain('very-secret');
    const request = field(consent, 'request');
    expect((await running.form('/sign-in/decision', { request, decision: 'approve' })).status).toBe(200);
    expect((await running.form('/sign-in/decision', { request, decision: 'approve' })).text).toContain('already completed');
  });

  it('may lead only to the redirect address', async () => {
    const consent = await running.send(authorize());
    expect(consent.headers['content-security-policy']).toContain("form-action 'self' http://localhost:54321");
  });

  it('returns a refusal to the application', async () => {
    const consent = await running.send(authorize());
    const back = await running.form('/sign-in/decision', { request: field(consent, 'request'), decision: 'decline' });
    expect(field(back, 'error')).toBe('access_denied');
    expect(field(back, 'state')).toBe('s');
  });

  it('suggests the user in the login hint', async () => {
    const consent = await running.send(authorize({ login_hint: 'mary@example.net' }));
    expect(consent.text).toMatch(/value="mary@example\.net"\s+checked/);
  });

  it('is not shown with prompt=none', async () => {
    const back = await running.send(authorize({ prompt: 'none', response_mode: 'query' }));
    expect(new URL(back.headers.location as string).searchParams.get('error')).toBe('login_required');
  });
});
