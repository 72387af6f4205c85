import { createHash, generateKeyPairSync, sign, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { clientCertificate } from '../support/certificate.ts';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { Answer, RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import { steppedClock } from '../unit/emulator/support/stepped-clock.ts';

const PUBLIC_CLIENT = '14d82eec-204b-4c2f-b7e8-296a70dab67e';
const APP = '7a1c9d20-5b3e-4f68-9a0d-2c4e6f8a1b3d';
const OTHER_APP = 'c0ffee00-1111-4222-8333-444455556666';
const BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const NATIVE = 'https://login.microsoftonline.com/common/oauth2/nativeclient';

let running: RunningEmulator;
const clock = steppedClock();
afterEach(() => running.close());

const TENANT = 'example.com';
const post = (fields: Record<string, string>, options: { tenant?: string; headers?: Record<string, string> } = {}): Promise<Answer> =>
  running.form(`/${options.tenant ?? TENANT}/oauth2/v2.0/token`, fields, options.headers);
const asApp = (fields: Record<string, string>, options: Parameters<typeof post>[1] = {}): Promise<Answer> =>
  post({ grant_type: 'client_credentials', client_id: APP, scope: `${running.emulator.graphUrl}/.default`, ...fields }, options);
const basic = (id: string, secret: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
});
const claimsOf = (token: string): Record<string, unknown> => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
const expectError = (answer: Answer, error: string, aadsts: number, status: number): void => {
  expect({ status: answer.status, error: answer.json.error, codes: answer.json.error_codes }).toEqual({ status, error, codes: [aadsts] });
  expect(answer.json.error_description).toMatch(new RegExp(`^AADSTS${aadsts}: `));
};

function jwt(claims: Record<string, unknown>, header: Record<string, unknown> = {}, key?: KeyObject): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', typ: 'JWT', ...header })}.${part(claims)}`;
  return `${signed}.${key === undefined ? 'c2lnbmF0dXJl' : sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

describe('an app that signs in as itself', () => {
  beforeEach(async () => {
    running = await runEmulator({ clock, applications: [{ clientId: APP, secret: 'right & proper', roles: ['Files.Read.All'] }, { clientId: OTHER_APP, roles: [], secret: 's' }] });
  });

  it('gets a token with its roles for a second less than an hour, and no refresh token', async () => {
    const answer = await asApp({ client_secret: 'right & proper' });
    expect(answer.json).toEqual({ token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: expect.any(String) });
    expect(claimsOf(answer.string('access_token'))).toMatchObject({ appid: APP, idtyp: 'app', roles: ['Files.Read.All'], aud: running.emulator.graphUrl });
    expect(claimsOf(answer.string('access_token'))).not.toHaveProperty('scp');
    const drive = await running.send(`/v1.0/drives/${running.emulator.drive.id}`, { headers: { authorization: `Bearer ${answer.string('access_token')}` } });
    expect(drive.status).toBe(200);
    const me = await running.send('/v1.0/me', { headers: { authorization: `Bearer ${answer.string('access_token')}` } });
    expect(me.status).toBe(400);
  });

  it('gets a token without roles if nothing was granted', async () => {
    const answer = await asApp({ client_id: OTHER_APP, client_secret: 's' });
    expect(claimsOf(answer.string('access_token'))).not.toHaveProperty('roles');
  });

  it('may send its id and secret by HTTP Basic', async () => {
    const fields = { grant_type: 'client_credentials', scope: 'https://graph.microsoft.com/.default' };
    expect((await post(fields, { headers: basic(APP, 'right & proper') })).status).toBe(200);
    expectError(await post(fields, { headers: basic(APP, 'wrong') }), 'invalid_client', 7000215, 401);
    expectError(await post({ ...fields, client_id: OTHER_APP }, { headers: basic(APP, 'right & proper') }), 'invalid_client', 70002, 401);
    expectError(await post(fields, { headers: { authorization: `Basic ${Buffer.from('%zz:x').toString('base64')}` } }), 'invalid_client', 900142, 401);
  });

  it.each([
    ['a wrong secret', { client_secret: 'wrong' }, 'invalid_client', 7000215, 401],
    ['no credential', {}, 'invalid_client', 7000216, 401],
    ['an empty secret', { client_secret: '' }, 'invalid_client', 7000216, 401],
    ['a scope that is not /.default', { client_secret: 'right & proper', scope: 'Files.Read' }, 'invalid_scope', 1002012, 400],
    ['a resource of another service', { client_secret: 'right & proper', scope: 'https://vault.azure.net/.default' }, 'invalid_resource', 500011, 400],
    ['no scope', { client_secret: 'right & proper', scope: '' }, 'invalid_request', 900144, 400],
    ['a certificate that was not registered', { client_assertion: 'not.a.jwt', client_assertion_type: BEARER }, 'invalid_client', 50027, 401],
    ['an assertion of an unknown type', { client_assertion: 'a.b.c', client_assertion_type: 'urn:x' }, 'invalid_request', 900140, 400],
    ['a public client', { client_id: PUBLIC_CLIENT, client_secret: 'x' }, 'invalid_client', 700025, 401],
  ])('is refused with %s', async (_what, fields, error, aadsts, status) => {
    expectError(await asApp(fields), error, aadsts, status);
  });

  it.each(['common', 'consumers', 'organizations'])('must name its tenant instead of %s', async (tenant) => {
    expectError(await asApp({ client_secret: 'right & proper' }, { tenant }), 'invalid_request', 9001023, 400);
  });

  it('may have any id and secret if it is not registered', async () => {
    const answer = await asApp({ client_id: 'd1e2f3a4-0000-4000-8000-000000000001', client_secret: 'whatever' });
    expect(claimsOf(answer.string('access_token')).roles).toContain('Files.Read.All');
  });

  it('has no personal drives', async () => {
    await running.close();
    running = await runEmulator({ personality: 'personal' });
    expectError(await asApp({ client_secret: 'x' }, { tenant: '9188040d-6c67-4c5b-b112-36a304b66dad' }), 'invalid_request', 9001023, 400);
  });
});

describe('the assertion of a certificate', () => {
  let privateKey: KeyObject;
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const endpoint = (): string => `${running.emulator.graphUrl}/${TENANT}/oauth2/v2.0/token`;
  const claims = (changes: Record<string, unknown> = {}): Record<string, unknown> => {
    const now = Math.floor(clock.now() / 1000);
    return { aud: endpoint(), iss: APP, sub: APP, jti: 'x', nbf: now, exp: now + 600, ...changes };
  };
  const present = (assertion: string): Promise<Answer> => asApp({ client_assertion: assertion, client_assertion_type: BEARER });
  beforeEach(async () => {
    const { cert, ...keys } = await clientCertificate();
    ({ privateKey } = keys);
    running = await runEmulator({ clock, applications: [{ clientId: APP, certificate: cert }] });
  });

  it('is accepted if everything matches', async () => {
    expect((await present(jwt(claims(), { 'x5t#S256': 'x' }, privateKey))).status).toBe(200);
    expect((await present(jwt(claims({ aud: `${running.emulator.graphUrl}/${TENANT}/v2.0` }), {}, privateKey))).status).toBe(200);
  });

  it.each([
    ['another audience', { aud: 'https://login.microsoftonline.com/x/oauth2/v2.0/token' }, 700023],
    ['another issuer', { iss: OTHER_APP }, 700021],
    ['another subject', { sub: OTHER_APP }, 700021],
    ['an expiry in the past', { exp: Math.floor(clock.now() / 1000) - 301 }, 700024],
    ['a start in the future', { nbf: Math.floor(clock.now() / 1000) + 301 }, 700024],
    ['no expiry', { exp: undefined }, 700024],
  ])('is refused for %s', async (_what, changes, aadsts) => {
    expectError(await present(jwt(claims(changes), { 'x5t#S256': 'x' }, privateKey)), 'invalid_client', aadsts, 401);
  });

  it('is refused if it is signed with another key or not at all, or names the algorithm "none"', async () => {
    expectError(await present(jwt(claims(), {}, stranger)), 'invalid_client', 700027, 401);
    expectError(await present(jwt(claims())), 'invalid_client', 700027, 401);
    expectError(await present(jwt(claims(), { alg: 'none' }, privateKey)), 'invalid_client', 700027, 401);
  });
});

describe('the assertion of another identity provider', () => {
  const issuer = 'https://token.actions.githubusercontent.com';
  const subject = 'repo:octo/app:ref:refs/heads/main';
  const claims = (changes: Record<string, unknown> = {}): Record<string, unknown> => {
    const now = Math.floor(clock.now() / 1000);
    return { aud: 'api://AzureADTokenExchange', iss: issuer, sub: subject, nbf: now, exp: now + 600, ...changes };
  };
  const present = (changes: Record<string, unknown>, clientId = APP): Promise<Answer> =>
    asApp({ client_id: clientId, client_assertion: jwt(claims(changes), { kid: 'k' }), client_assertion_type: BEARER });
  beforeEach(async () => {
    running = await runEmulator({ clock, applications: [{ clientId: APP, federated: [{ issuer, subject }] }, { clientId: OTHER_APP, secret: 's' }] });
  });

  it('is accepted if issuer, subject and audience match, also if the audience is a list', async () => {
    expect((await present({})).status).toBe(200);
    expect((await present({ aud: ['api://AzureADTokenExchange'] })).status).toBe(200);
  });

  it.each([
    ['another audience', { aud: 'https://github.com/octo' }, 700212],
    ['another issuer', { iss: 'https://gitlab.com' }, 700211],
    ['an issuer in different case', { iss: issuer.toUpperCase() }, 700211],
    ['another subject', { sub: 'repo:octo/app:pull_request' }, 700213],
    ['an expiry in the past', { exp: Math.floor(clock.now() / 1000) - 301 }, 700024],
  ])('is refused for %s', async (_what, changes, aadsts) => {
    expectError(await present(changes), 'invalid_client', aadsts, 401);
  });

  it('is refused for an app that trusts no issuer', async () => {
    expectError(await present({}, OTHER_APP), 'invalid_client', 70025, 401);
  });

  it('is accepted from any issuer for an app that is not registered, but not without one', async () => {
    const app = 'd1e2f3a4-0000-4000-8000-000000000001';
    expect((await present({ iss: 'https://oidc.example.com', sub: 'anything' }, app)).status).toBe(200);
    expectError(await present({ iss: 'nobody' }, app), 'invalid_client', 700211, 401);
    expectError(await present({ sub: '' }, app), 'invalid_client', 700213, 401);
  });
});

describe('a browser sign-in', () => {
  const verifier = 'v'.repeat(50);
  const authorize = (changes: Record<string, string>): Promise<Answer> =>
    running.send(`/common/oauth2/v2.0/authorize?${new URLSearchParams({ client_id: PUBLIC_CLIENT, response_type: 'code', redirect_uri: NATIVE, scope: 'openid offline_access Files.Read', ...changes }).toString()}`);
  const codeFrom = async (changes: Record<string, string> = {}): Promise<string> => {
    const { headers } = await authorize(changes);
    return new URL(headers.location as string).searchParams.get('code') ?? '';
  };
  const redeem = (code: string, changes: Record<string, string> = {}): Promise<Answer> =>
    post({ grant_type: 'authorization_code', client_id: PUBLIC_CLIENT, code, redirect_uri: NATIVE, ...changes }, { tenant: 'common' });
  beforeEach(async () => {
    running = await runEmulator({ autoApprove: true, applications: [{ clientId: APP, secret: 's' }] });
  });

  it('of a native client ends on a page of the emulator instead of Microsoft\'s, and needs no PKCE', async () => {
    const { headers } = await authorize({ state: 'x' });
    const target = new URL(headers.location as string);
    expect(target.origin).toBe(running.emulator.graphUrl);
    expect(target.searchParams.get('code')).toMatch(/^[\w.-]+$/);
    expect((await running.send(target.href)).text).toContain('copy the address of this page');
    expect((await redeem(target.searchParams.get('code') ?? '')).json).toMatchObject({ scope: 'openid Files.Read', refresh_token: expect.stringMatching(/^1\.AX/) });
  });

  it.each(['https://login.microsoftonline.com/common/oauth2/nativeclient/', 'https://login.microsoftonline.com.attacker.example/common/oauth2/nativeclient', 'http://login.microsoftonline.com/common/oauth2/nativeclient'])(
    'accepts only the native client page itself: not %s',
    async (redirect) => {
      const answer = await authorize({ redirect_uri: redirect });
      expect([answer.status, answer.headers.location]).toEqual([400, undefined]);
    },
  );

  it('with form_post also reaches the native client page', async () => {
    const { text, headers } = await authorize({ response_mode: 'form_post' });
    expect(headers['content-security-policy']).toContain(`form-action 'self' ${running.emulator.graphUrl}`);
    expect(text).toContain(`action="${running.emulator.graphUrl}/common/oauth2/nativeclient"`);
    expect((await running.form('/common/oauth2/nativeclient', { code: 'x' }, { origin: 'null' })).status).toBe(200);
  });

  it('with PKCE needs the verifier, and without PKCE must not have one', async () => {
    const challenge = { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' };
    expect((await redeem(await codeFrom(challenge), { code_verifier: verifier })).status).toBe(200);
    expectError(await redeem(await codeFrom(challenge)), 'invalid_grant', 501481, 400);
    expectError(await redeem(await codeFrom(), { code_verifier: verifier }), 'invalid_grant', 501481, 400);
    expect((await redeem(await codeFrom({ code_challenge: verifier }), { code_verifier: verifier })).status).toBe(200);
  });

  it('of an app with a secret needs it to redeem the code, and to refresh', async () => {
    const code = await codeFrom({ client_id: APP });
    expectError(await redeem(code, { client_id: APP }), 'invalid_client', 7000218, 401);
    const tokens = await redeem(code, { client_id: APP, client_secret: 's' });
    expect(tokens.status).toBe(200);
    const refresh = { grant_type: 'refresh_token', client_id: APP, refresh_token: tokens.string('refresh_token') };
    expectError(await post(refresh), 'invalid_client', 7000218, 401);
    expect((await post(refresh, { headers: basic(APP, 's') })).status).toBe(200);
  });

  it('of a public client may send its id by HTTP Basic with an empty secret', async () => {
    const { grant_type, code, redirect_uri } = { grant_type: 'authorization_code', code: await codeFrom(), redirect_uri: NATIVE };
    expect((await post({ grant_type, code, redirect_uri }, { headers: basic(PUBLIC_CLIENT, '') })).status).toBe(200);
  });
});

describe('tokens', () => {
  const signIn = async (scope = 'openid offline_access Files.Read User.Read'): Promise<Answer> => {
    const code = await running.form('/common/oauth2/v2.0/devicecode', { client_id: PUBLIC_CLIENT, scope });
    running.emulator.admin.approveDevice(code.string('user_code'));
    return post({ grant_type: 'device_code', client_id: PUBLIC_CLIENT, device_code: code.string('device_code') }, { tenant: 'common' });
  };
  const refresh = (token: string, changes: Record<string, string> = {}): Promise<Answer> =>
    post({ grant_type: 'refresh_token', client_id: PUBLIC_CLIENT, refresh_token: token, ...changes }, { tenant: 'common' });

  it('of business accounts are JWTs that other tools can read, signed with the published key', async () => {
    running = await runEmulator();
    const token = (await signIn()).string('access_token');
    const { user } = running.emulator;
    expect(claimsOf(token)).toMatchObject({ upn: 'ada@example.com', unique_name: 'ada@example.com', name: 'Ada Lovelace', tid: user.tenantId, oid: user.id, appid: PUBLIC_CLIENT, scp: 'openid Files.Read User.Read', idtyp: 'user' });
    const keys = await running.send('/common/discovery/v2.0/keys');
    const jwk = (keys.json.keys as Record<string, string>[])[0]!;
    const [head = '', body = '', signature = ''] = token.split('.');
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    expect(verify('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('are refused with changed claims or a forged signature', async () => {
    running = await runEmulator();
    const token = (await signIn('Files.Read')).string('access_token');
    const [head = '', , signature = ''] = token.split('.');
    const forged = `${head}.${Buffer.from(JSON.stringify({ ...claimsOf(token), upn: 'grace@example.com' })).toString('base64url')}.${signature}`;
    expect((await running.send('/v1.0/me/drive', { headers: { authorization: `Bearer ${forged}` } })).status).toBe(401);
  });

  it('of personal accounts are opaque', async () => {
    running = await runEmulator({ personality: 'personal' });
    const answer = await signIn();
    expect(answer.json.access_token).toMatch(/^EwB4[\w-]+$/);
    expect(answer.json.refresh_token).toMatch(/^M\.C5_[\w-]+$/);
  });

  it('are refreshed together with the refresh token, whether or not the client asks for offline_access again', async () => {
    running = await runEmulator();
    const first = (await signIn()).string('refresh_token');
    const narrower = await refresh(first, { scope: 'Files.Read' });
    expect(narrower.json).toMatchObject({ scope: 'Files.Read', refresh_token: expect.any(String) });
    expect((await refresh(narrower.string('refresh_token'))).json.refresh_token).toEqual(expect.any(String));
  });

  it('that were revoked are told apart from those that never existed', async () => {
    running = await runEmulator();
    const token = (await signIn()).string('refresh_token');
    expectError(await refresh('1.AXnonsense'), 'invalid_grant', 9002313, 400);
    expectError(await refresh(token, { client_id: APP }), 'invalid_grant', 70000, 400);
    running.emulator.admin.revokeTokens();
    expectError(await refresh(token), 'invalid_grant', 50173, 400);
  });
});
