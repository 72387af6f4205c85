import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:https';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PublicClientApplication } from '@azure/msal-node';
import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import { steppedClock } from '../unit/emulator/support/stepped-clock.ts';

const CLIENT = '14d82eec-204b-4c2f-b7e8-296a70dab67e';

let running: RunningEmulator;
afterEach(() => running.close());

/** A network layer that trusts the emulator's certificate; MSAL's own cannot be given one. */
function networkOf({ agent }: RunningEmulator): INetworkModule {
  const send = <T>(method: string, url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> =>
    new Promise((resolve, reject) => {
      const outgoing = request(url, { method, headers: options?.headers ?? {}, agent }, (incoming) => {
        let text = '';
        incoming.on('data', (piece: Buffer) => (text += piece.toString()));
        incoming.on('end', () => {
          resolve({ headers: incoming.headers as Record<string, string>, body: JSON.parse(text) as T, status: incoming.statusCode ?? 0 });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(options?.body);
    });
  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  };
}

function msal(emulator: RunningEmulator, authority = emulator.emulator.authority): PublicClientApplication {
  return new PublicClientApplication({
    auth: { clientId: CLIENT, authority, knownAuthorities: [new URL(authority).host] },
    system: { networkClient: networkOf(emulator) },
  });
}

describe('MSAL against the emulator', () => {
  beforeEach(async () => {
    running = await runEmulator({ deviceCodeIntervalSeconds: 0 });
  });

  it('signs in with a device code that is approved while it polls', async () => {
    const result = await msal(running).acquireTokenByDeviceCode({
      scopes: ['Files.Read'],
      deviceCodeCallback: ({ userCode, verificationUri }) => {
        expect(verificationUri).toBe(running.emulator.devicePage);
        expect(running.emulator.admin.approveDevice(userCode, 'grace@example.com')).toBe(true);
      },
    });
    expect(result?.account?.username).toBe('grace@example.com');
    expect(result?.account?.name).toBe('Grace Hopper');
    expect(result?.scopes).toContain('Files.Read');
    const drive = await running.send('/v1.0/me/drive', { headers: { authorization: `Bearer ${result?.accessToken ?? ''}` } });
    expect(drive.at('owner', 'user', 'email')).toBe('grace@example.com');
  });

  it('refreshes silently, with a new access token', async () => {
    const client = msal(running);
    const first = await client.acquireTokenByDeviceCode({
      scopes: ['Files.Read'],
      deviceCodeCallback: ({ userCode }) => void running.emulator.admin.approveDevice(userCode),
    });
    const account = first!.account!;
    const cached = await client.acquireTokenSilent({ account, scopes: ['Files.Read'] });
    expect(cached.fromCache).toBe(true);
    expect(cached.accessToken).toBe(first!.accessToken);
    const refreshed = await client.acquireTokenSilent({ account, scopes: ['Files.Read'], forceRefresh: true });
    expect(refreshed.fromCache).toBe(false);
    expect(refreshed.accessToken).not.toBe(first!.accessToken);
  });

  it('requires interaction once its refresh token was revoked', async () => {
    const client = msal(running);
    const first = await client.acquireTokenByDeviceCode({
      scopes: ['Files.Read'],
      deviceCodeCallback: ({ userCode }) => void running.emulator.admin.approveDevice(userCode),
    });
    running.emulator.admin.revokeTokens();
    const refresh = client.acquireTokenSilent({ account: first!.account!, scopes: ['Files.Read'], forceRefresh: true });
    await expect(refresh).rejects.toMatchObject({ errorCode: 'invalid_grant' });
  });

  it('is informed when the user declines', async () => {
    const declined = msal(running).acquireTokenByDeviceCode({
      scopes: ['Files.Read'],
      deviceCodeCallback: ({ userCode }) => void running.emulator.admin.declineDevice(userCode),
    });
    await expect(declined).rejects.toThrow('authorization_declined');
  });

  it('signs in through the browser, with form_post to a loopback address', async () => {
    const result = await msal(running).acquireTokenInteractive({
      scopes: ['Files.Read'],
      loginHint: 'newcomer@example.org',
      openBrowser: async (url) => {
        const consent = await running.send(url);
        expect(consent.status).toBe(200);
        const back = await running.form('/sign-in/decision', { request: hiddenField(consent.text, 'request'), user: 'newcomer@example.org', decision: 'approve' });
        const target = /action="([^"]+)"/.exec(back.text)?.[1] ?? '';
        const answer = await fetch(target, {
          method: 'POST',
          body: new URLSearchParams({ code: hiddenField(back.text, 'code'), state: hiddenField(back.text, 'state') }),
        });
        expect(answer.ok).toBe(true);
      },
    });
    expect(result.account?.username).toBe('newcomer@example.org');
  });

  it('is informed if a tenant does not exist', async () => {
    const client = msal(running, `${running.emulator.graphUrl}/nowhere.example`);
    await expect(client.acquireTokenByDeviceCode({ scopes: ['Files.Read'], deviceCodeCallback: () => undefined })).rejects.toThrow();
  });
});

describe('the device code flow', () => {
  const clock = steppedClock();
  beforeEach(async () => {
    running = await runEmulator({ clock, deviceCodeIntervalSeconds: 5 });
  });
  const start = async (): Promise<Record<string, string>> => {
    const answer = await running.form('/common/oauth2/v2.0/devicecode', { client_id: CLIENT, scope: 'openid offline_access Files.Read' });
    return answer.json as Record<string, string>;
  };
  const poll = (deviceCode: string) =>
    running.form('/common/oauth2/v2.0/token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: CLIENT, device_code: deviceCode });

  it('answers as Entra does: fifteen minutes, an interval, and a page address without the code', async () => {
    const code = await start();
    expect(code).toMatchObject({ expires_in: 900, interval: 5, verification_uri: running.emulator.devicePage });
    expect(code.user_code).toMatch(/^[A-Z2-9]{9}$/);
    expect(code.message).toContain(code.user_code);
    expect(code.verification_uri_complete).toBeUndefined();
  });

  it('goes from pending through slow_down to a token, which is issued once', async () => {
    const code = await start();
    expect((await poll(code.device_code!)).json.error).toBe('authorization_pending');
    clock.step(1000);
    expect((await poll(code.device_code!)).json.error).toBe('slow_down');
    // RFC 8628: five seconds more than before.
    clock.step(4000);
    expect((await poll(code.device_code!)).json.error).toBe('slow_down');
    clock.step(20_000);
    expect((await poll(code.device_code!)).json.error).toBe('authorization_pending');
    expect(running.emulator.admin.approveDevice(code.user_code!.toLowerCase())).toBe(true);
    const token = await poll(code.device_code!);
    expect(token.json).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'openid Files.Read' });
    expect(token.headers['cache-control']).toBe('no-store');
    expect((await poll(code.device_code!)).json.error).toBe('bad_verification_code');
  });

  it('reports errors with the AADSTS number, in Entra\'s shape', async () => {
    const answer = await poll('no-such-code');
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: 'bad_verification_code', error_codes: [70018] });
    expect(answer.json.error_description).toMatch(/^AADSTS70018: .+ Trace ID: .+ Correlation ID: .+ Timestamp: /);
    for (const field of ['timestamp', 'trace_id', 'correlation_id', 'error_uri']) expect(answer.json[field]).toEqual(expect.any(String));
  });

  it('answers expired_token once the fifteen minutes are over', async () => {
    const code = await start();
    clock.step(901_000);
    expect((await poll(code.device_code!)).json.error).toBe('expired_token');
    expect(running.emulator.admin.approveDevice(code.user_code!)).toBe(false);
  });

  it('issues a refresh token only for offline_access', async () => {
    const answer = await running.form('/common/oauth2/v2.0/devicecode', { client_id: CLIENT, scope: 'Files.Read' });
    running.emulator.admin.approveDevice(answer.string('user_code'));
    const token = await poll(answer.string('device_code'));
    expect(token.json.access_token).toEqual(expect.any(String));
    expect(token.json.refresh_token).toBeUndefined();
    expect(token.json.id_token).toBeUndefined();
  });

  it.each([
    ['client_id', { scope: 'Files.Read' }],
    ['scope', { client_id: CLIENT }],
  ])('names the missing parameter: %s', async (name, fields) => {
    const answer = await running.form('/common/oauth2/v2.0/devicecode', fields);
    expect(answer.json).toMatchObject({ error: 'invalid_request', error_codes: [900144] });
    expect(answer.json.error_description).toContain(`'${name}'`);
  });

  it('lets access tokens expire, and refresh tokens too', async () => {
    const code = await start();
    running.emulator.admin.approveDevice(code.user_code!);
    const token = (await poll(code.device_code!)).json as Record<string, string>;
    const me = () => running.send('/v1.0/me/drive', { headers: { authorization: `Bearer ${token.access_token!}` } });
    expect((await me()).status).toBe(200);
    clock.step(3600_000);
    expect((await me()).at('error', 'code')).toBe('InvalidAuthenticationToken');
    const refresh = () =>
      running.form('/common/oauth2/v2.0/token', { grant_type: 'refresh_token', client_id: CLIENT, refresh_token: token.refresh_token! });
    expect((await refresh()).status).toBe(200);
    clock.step(91 * 24 * 3600_000);
    expect((await refresh()).json).toMatchObject({ error: 'invalid_grant', error_codes: [700082] });
  });

  it('approves automatically after a moment if configured to', async () => {
    await running.close();
    running = await runEmulator({ clock, autoApprove: true, approveDelayMs: 500 });
    const code = await start();
    expect((await poll(code.device_code!)).json.error).toBe('authorization_pending');
    clock.step(1000);
    expect((await poll(code.device_code!)).status).toBe(200);
  });
});

describe('refresh tokens', () => {
  const grant = async (): Promise<string> => {
    const code = (await running.form('/common/oauth2/v2.0/devicecode', { client_id: CLIENT, scope: 'offline_access Files.Read' })).json as Record<string, string>;
    running.emulator.admin.approveDevice(code.user_code!);
    const token = await running.form('/common/oauth2/v2.0/token', { grant_type: 'device_code', client_id: CLIENT, device_code: code.device_code! });
    return token.string('refresh_token');
  };
  const refresh = (token: string, client = CLIENT) =>
    running.form('/common/oauth2/v2.0/token', { grant_type: 'refresh_token', client_id: client, refresh_token: token, scope: 'offline_access Files.Read' });

  it('rotate, while the old one stays valid, as in Entra', async () => {
    running = await runEmulator();
    const first = await grant();
    const second = (await refresh(first)).string('refresh_token');
    expect(second).not.toBe(first);
    expect((await refresh(first)).status).toBe(200);
    expect((await refresh(second)).status).toBe(200);
  });

  it('work only once if configured as single-use', async () => {
    running = await runEmulator({ singleUseRefreshTokens: true });
    const first = await grant();
    expect((await refresh(first)).status).toBe(200);
    expect((await refresh(first)).json.error).toBe('invalid_grant');
  });

  it('belong to one client', async () => {
    running = await runEmulator();
    expect((await refresh(await grant(), 'another-client')).json.error).toBe('invalid_grant');
  });
});

describe('the browser flow', () => {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const redirect = 'http://localhost:54321/';
  const authorizeUrl = (changes: Record<string, string> = {}): string =>
    `/common/oauth2/v2.0/authorize?${new URLSearchParams({
      client_id: CLIENT, response_type: 'code', redirect_uri: redirect, scope: 'openid Files.Read', state: 's&t', code_challenge: challenge, code_challenge_method: 'S256', ...changes,
    }).toString()}`;
  const redeem = (code: string, changes: Record<string, string> = {}) =>
    running.form('/common/oauth2/v2.0/token', { grant_type: 'authorization_code', client_id: CLIENT, code, redirect_uri: redirect, code_verifier: verifier, ...changes });
  const codeFrom = async (): Promise<string> => {
    const answer = await running.send(authorizeUrl());
    return new URL(answer.headers.location as string).searchParams.get('code')!;
  };
  beforeEach(async () => {
    running = await runEmulator({ autoApprove: true });
  });

  it('exchanges a code once, and only with the verifier', async () => {
    const code = await codeFrom();
    expect((await redeem(code, { code_verifier: 'wrong'.repeat(10) })).json).toMatchObject({ error: 'invalid_grant', error_codes: [501481] });
    const next = await codeFrom();
    expect((await redeem(next)).status).toBe(200);
    expect((await redeem(next)).json).toMatchObject({ error: 'invalid_grant', error_codes: [54005] });
  });

  it('refuses a code to another client or for another redirect', async () => {
    expect((await redeem(await codeFrom(), { client_id: 'other' })).json.error_codes).toEqual([70000]);
    expect((await redeem(await codeFrom(), { redirect_uri: 'http://localhost:1/' })).json.error_codes).toEqual([500112]);
  });

  it.each(['https://example.com/', 'http://localhost.example.com/', 'http://user@localhost:1/', 'nonsense'])('never redirects to %s', async (uri) => {
    const answer = await running.send(authorizeUrl({ redirect_uri: uri }));
    expect(answer.status).toBe(400);
    expect(answer.headers.location).toBeUndefined();
    expect(answer.text).toContain('AADSTS50011');
  });

  it.each([
    [{ code_challenge: '' }, 'invalid_request'],
    [{ code_challenge_method: 'S512' }, 'invalid_request'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
  ])('returns errors in the redirect, with the state: %j', async (changes, error) => {
    const answer = await running.send(authorizeUrl(changes));
    const target = new URL(answer.headers.location as string);
    expect(target.searchParams.get('error')).toBe(error);
    expect(target.searchParams.get('state')).toBe('s&t');
  });

  it('answers in the fragment if requested', async () => {
    const answer = await running.send(authorizeUrl({ response_mode: 'fragment' }));
    expect(new URL(answer.headers.location as string).hash).toMatch(/^#code=.+&state=s%26t$/);
  });
});

function hiddenField(page: string, name: string): string {
  const value = new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? '';
  return value.replaceAll('&amp;', '&').replaceAll('&quot;', '"');
}
