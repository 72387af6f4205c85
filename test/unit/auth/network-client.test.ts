import { beforeEach, describe, expect, it } from '@jest/globals';
import { createNetworkClient } from '../../../src/auth/network-client.ts';
import { WatchError } from '../../../src/errors.ts';
import type { HttpRequest, HttpResponse } from '../../../src/net/send.ts';
import { createRedactor } from '../../../src/lib/redactor.ts';
import { sleepLog, type SleepLog } from './support.ts';

const TOKEN_URL = 'https://login.test/common/oauth2/v2.0/token';
const POLL = { body: 'grant_type=device_code&device_code=DEVICE-SECRET-1&client_id=x' };
const outage = new WatchError('network', 'login.test could not be reached: ECONNRESET', { code: 'ECONNRESET' });

let clock: SleepLog;
let sent: HttpRequest[];
let debugged: string[];
beforeEach(() => {
  clock = sleepLog();
  sent = [];
  debugged = [];
});

const client = (answers: (Partial<HttpResponse> | Error)[], signal?: AbortSignal) => {
  const redactor = createRedactor();
  const made = createNetworkClient({
    authority: 'https://login.test/common', clock, redactor, signal,
    debug: (line) => debugged.push(line),
    send(request) {
      sent.push(request);
      const next = answers.shift();
      if (next === undefined || next instanceof Error) return Promise.reject(next ?? new Error('nothing scripted'));
      return Promise.resolve({ status: 200, headers: {}, body: '{}', ...next });
    },
  });
  return Object.assign(made, { redactor });
};
const oauthError = (error: string, status = 400) => ({ status, body: JSON.stringify({ error }) });
const grant = { body: JSON.stringify({ device_code: 'DEVICE-SECRET-1', user_code: 'ABCD', verification_uri: 'https://login.test/device', interval: 7 }) };

describe('the network client for MSAL', () => {
  it('returns status, headers and the parsed body, whatever the status', async () => {
    const made = client([{ status: 400, headers: { 'x-ms-request-id': '1' }, body: '{"error":"invalid_grant"}' }]);
    expect(await made.sendPostRequestAsync(TOKEN_URL, { body: 'a=1', headers: { 'content-type': 'form' } })).toEqual({
      status: 400, headers: { 'x-ms-request-id': '1' }, body: { error: 'invalid_grant' },
    });
    expect(sent).toMatchObject([{ method: 'POST', url: TOKEN_URL, body: 'a=1', headers: { 'content-type': 'form' } }]);
    expect(made.seen.oauth).toMatchObject({ error: 'invalid_grant', status: 400 });
  });

  it('sends no body with GET', async () => {
    await client([{}]).sendGetRequestAsync('https://login.test/x');
    expect(sent[0]).not.toHaveProperty('body');
  });

  it('removes MSAL\'s telemetry about earlier sign-ins', async () => {
    await client([{}]).sendPostRequestAsync(TOKEN_URL, { body: 'a=1&x-client-current-telemetry=5&x-client-last-telemetry=6' });
    expect(sent[0]?.body).toBe('a=1');
  });

  it('registers every secret with the redactor, sent or received', async () => {
    const made = client([{ body: JSON.stringify({ access_token: 'ACCESS-SECRET', refresh_token: 'REFRESH-SECRET', id_token: 'ID-SECRET-1' }) }]);
    await made.sendPostRequestAsync(TOKEN_URL, { body: 'code=CODE-SECRET&code_verifier=VERIFIER-SECRET&refresh_token=OLD-REFRESH' });
    expect(made.redactor.redact('ACCESS-SECRET REFRESH-SECRET ID-SECRET-1 CODE-SECRET VERIFIER-SECRET OLD-REFRESH')).not.toMatch(/SECRET|OLD/);
  });

  it('logs only host, path and outcome', async () => {
    await client([oauthError('invalid_grant')]).sendPostRequestAsync(`${TOKEN_URL}?client-request-id=1`, { body: 'code=CODE-SECRET' });
    expect(debugged).toEqual([`POST ${TOKEN_URL}: 400 invalid_grant`]);
  });

  it('keeps the network error that MSAL would swallow', async () => {
    const made = client([outage]);
    await expect(made.sendGetRequestAsync('https://login.test/x')).rejects.toBe(outage);
    expect(made.seen.network).toBe(outage);
  });

  it.each([
    [200, '<html>log in to the wifi</html>', 'network'], [503, 'busy', 'network'], [429, '', 'network'], [200, 'null', 'network'],
    [404, '<html>', 'auth'], [403, '', 'auth'],
  ] as const)('reports an answer of HTTP %i with "%s" as an error of category %s', async (status, body, category) => {
    await expect(client([{ status, body }]).sendGetRequestAsync('https://login.test/x')).rejects.toMatchObject({
      category, status, message: `login.test does not answer like a sign-in service (HTTP ${status}).`,
    });
  });

  it.each([
    'http://login.test/common/oauth2/v2.0/token', 'https://evil.test/token', 'https://login.test:444/token', 'https://login.test.evil.test/token',
    'https://ada:pw@login.test/token', 'ftp://login.test/token',
  ])('sends nothing to %s, wherever that address comes from', async (url) => {
    const made = client([{}]);
    await expect(made.sendPostRequestAsync(url, { body: 'refresh_token=REFRESH-SECRET' })).rejects.toMatchObject({ category: 'auth', code: 'addressRefused' });
    expect(sent).toEqual([]);
    expect(made.seen.network).toMatchObject({ code: 'addressRefused' });
  });

  it.each(['a b', 'a\r\nx: y', '\u00fc'])('refuses an access token that cannot be sent in a header: %j', async (token) => {
    await expect(client([{ body: JSON.stringify({ access_token: token }) }]).sendPostRequestAsync(TOKEN_URL, {})).rejects.toMatchObject({ category: 'network' });
  });

  it('redacts the service\'s description before it cuts it', async () => {
    const made = client([{ status: 400, body: JSON.stringify({ error: 'invalid_grant', error_description: `${'x'.repeat(190)} eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.` }) }]);
    await made.sendPostRequestAsync(TOKEN_URL, { body: 'a=1' });
    expect(made.seen.oauth?.description).toBe(`${'x'.repeat(190)} [redacted]`);
  });

  it('rejects with the reason once aborted, and sends nothing more', async () => {
    const reason = new Error('Ctrl-C');
    await expect(client([{}], AbortSignal.abort(reason)).sendGetRequestAsync('https://login.test/x')).rejects.toBe(reason);
    expect(sent).toEqual([]);
  });
});

describe('polling for a device code', () => {
  it('tells MSAL not to wait, and waits the service\'s interval before each poll', async () => {
    const made = client([grant, oauthError('authorization_pending'), { body: '{"access_token":"a"}' }]);
    const { body } = await made.sendPostRequestAsync<{ interval: number; expires_in: number }>('https://login.test/common/oauth2/v2.0/devicecode', { body: 'x=1' });
    expect(body).toMatchObject({ interval: 0, expires_in: 900 });
    await made.sendPostRequestAsync(TOKEN_URL, POLL);
    expect((await made.sendPostRequestAsync(TOKEN_URL, POLL)).body).toEqual({ access_token: 'a' });
    expect(clock.sleeps).toEqual([7000, 7000]);
  });

  it.each(['https://login.test/common/oauth2oken', 'https://login.test/common/oauth2/v2.0/token'])('recognizes the request for a code by its parameters, whatever its URL: %s', async (url) => {
    const request = { body: 'client_id=c&scope=Files.Read' };
    await expect(client([{ body: '{"token_type":"Bearer"}' }]).sendPostRequestAsync(url, request)).rejects.toMatchObject({ message: expect.stringContaining('does not answer like') });
    expect((await client([grant]).sendPostRequestAsync(url, request)).body).toMatchObject({ interval: 0 });
    // A token request has a grant type, and a managed identity asks for a resource.
    for (const body of ['grant_type=refresh_token&scope=Files.Read', 'resource=https://graph.test']) {
      expect((await client([{ body: '{"access_token":"a"}' }]).sendPostRequestAsync(url, { body })).body).toEqual({ access_token: 'a' });
    }
  });

  it.each([undefined, 'soon', -1])('waits five seconds when the interval is %j', async (interval) => {
    const made = client([{ body: JSON.stringify({ device_code: 'D', user_code: 'U', verification_uri: 'https://v.test/', interval }) }, oauthError('authorization_pending')]);
    await made.sendPostRequestAsync('https://login.test/devicecode', {});
    await made.sendPostRequestAsync(TOKEN_URL, POLL);
    expect(clock.sleeps).toEqual([5000]);
  });

  it.each([[0, 1000], [0.001, 1000], ['0', 1000], [1e9, 60_000]])('keeps the interval between one second and one minute when it is %j', async (interval, expected) => {
    const made = client([{ body: JSON.stringify({ device_code: 'D', user_code: 'U', verification_uri: 'https://v.test/', interval }) }, oauthError('authorization_pending')]);
    await made.sendPostRequestAsync('https://login.test/devicecode', {});
    await made.sendPostRequestAsync(TOKEN_URL, POLL);
    expect(clock.sleeps).toEqual([expected]);
  });

  it.each([
    ['http://v.test/', /http:\/\/v\.test is not https/], ['https://ada:pw@v.test/', /a user name or a password/], ['javascript:alert(1)', /is not https/],
    ['file:///etc/passwd', /is not https/], ['--version', /is not a valid URL/], [`https://v.test/${'x'.repeat(3000)}`, /is not a valid URL/],
  ])('refuses the verification URI %j', async (uri, message) => {
    const made = client([{ body: JSON.stringify({ device_code: 'D', user_code: 'U', verification_uri: uri }) }]);
    await expect(made.sendPostRequestAsync('https://login.test/devicecode', {})).rejects.toMatchObject({ category: 'auth', code: 'addressRefused', message: expect.stringMatching(message) });
    expect(made.seen.network).toMatchObject({ code: 'addressRefused' });
  });

  it('removes escape sequences from the URI, and refuses a code that is too long', async () => {
    const made = client([
      { body: JSON.stringify({ device_code: 'D', user_code: 'U', verification_uri: 'https://v.test/\u001b[31m\u009b2J?\u0007' }) },
      { body: JSON.stringify({ device_code: 'D', user_code: 'U'.repeat(65), verification_uri: 'https://v.test/' }) },
    ]);
    const { body } = await made.sendPostRequestAsync<{ verification_uri: string }>('https://login.test/devicecode', {});
    expect(body.verification_uri).toMatch(/^https:\/\/v\.test\/[\x21-\x7e]+$/);
    await expect(made.sendPostRequestAsync('https://login.test/devicecode', {})).rejects.toMatchObject({ message: expect.stringContaining('does not answer like') });
  });

  it('recognizes the grant type by its full name, too', async () => {
    const made = client([oauthError('authorization_pending')]);
    await made.sendPostRequestAsync(TOKEN_URL, { body: 'grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code' });
    expect(clock.sleeps).toEqual([5000]);
  });

  it('adds five seconds after each slow_down, which MSAL would treat as a refusal', async () => {
    const made = client([oauthError('slow_down'), oauthError('slow_down'), oauthError('authorization_pending')]);
    for (let n = 0; n < 3; n += 1) {
      expect((await made.sendPostRequestAsync(TOKEN_URL, POLL)).body).toEqual({ error: 'authorization_pending' });
    }
    expect(clock.sleeps).toEqual([5000, 10_000, 15_000]);
  });

  it('survives five failures in a row, but not six', async () => {
    const made = client([outage, outage, outage, outage, outage, outage]);
    for (let n = 0; n < 5; n += 1) {
      expect((await made.sendPostRequestAsync(TOKEN_URL, POLL)).body).toEqual({ error: 'authorization_pending' });
    }
    await expect(made.sendPostRequestAsync(TOKEN_URL, POLL)).rejects.toBe(outage);
  });

  it('resets the failure count after an answer', async () => {
    const made = client([outage, oauthError('authorization_pending'), outage, outage, outage, outage, outage, { body: '{"access_token":"a"}' }]);
    for (let n = 0; n < 7; n += 1) await made.sendPostRequestAsync(TOKEN_URL, POLL);
    expect((await made.sendPostRequestAsync(TOKEN_URL, POLL)).body).toEqual({ access_token: 'a' });
  });

  it('polls more slowly while the service is unavailable', async () => {
    const made = client([oauthError('temporarily_unavailable', 503), { body: '{"access_token":"a"}' }]);
    expect(await made.sendPostRequestAsync(TOKEN_URL, POLL)).toEqual({ status: 400, headers: {}, body: { error: 'authorization_pending' } });
    expect((await made.sendPostRequestAsync(TOKEN_URL, POLL)).body).toEqual({ access_token: 'a' });
    expect(clock.sleeps).toEqual([5000, 10_000]);
  });

  it('passes on a refusal at once', async () => {
    const made = client([oauthError('authorization_declined')]);
    expect((await made.sendPostRequestAsync(TOKEN_URL, POLL)).body).toEqual({ error: 'authorization_declined' });
  });

  it('ends in the middle of a wait when aborted', async () => {
    const abort = new AbortController();
    const reason = new Error('Ctrl-C');
    clock.onSleep = () => { abort.abort(reason); };
    await expect(client([], abort.signal).sendPostRequestAsync(TOKEN_URL, POLL)).rejects.toBe(reason);
    expect(sent).toEqual([]);
  });
});
