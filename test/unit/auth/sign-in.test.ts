import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { acquireSilently } from '../../../src/auth/silent.ts';
import { loginWithDeviceCode, type DevicePrompt } from '../../../src/auth/sign-in.ts';
import { WatchError } from '../../../src/errors.ts';
import { CLIENT_ID, refusal, scene, SECRETS, TENANT_ID, tokens, type Answer, type Scene } from './support.ts';

let s: Scene;
beforeEach(() => {
  s = scene();
});
afterEach(() => {
  s.clean();
});

const login = (scopes: string[] = [], changes: Parameters<Scene['context']>[0] = {}) => {
  const prompts: DevicePrompt[] = [];
  const done = loginWithDeviceCode(s.context(changes), { scopes, onPrompt: (prompt) => prompts.push(prompt) });
  return { prompts, done };
};
const failure = async (promise: Promise<unknown>): Promise<WatchError> => {
  const error: unknown = await promise.then(() => undefined, (thrown: unknown) => thrown);
  if (!(error instanceof WatchError)) throw new Error(`no WatchError: ${String(error)}`);
  return error;
};

describe('signing in with a device code', () => {
  it('shows the code, waits until it is entered, and stores the sign-in', async () => {
    s.service.script(refusal('authorization_pending', 70016), refusal('authorization_pending', 70016), tokens());
    const began = s.clock.now();
    const { prompts, done } = login();
    const { record, missingScopes } = await done;
    expect(prompts).toEqual([{ userCode: 'ABCD1234', verificationUri: 'https://login.test/device', expiresAt: began + 900_000 }]);
    expect(s.clock.sleeps).toEqual([5000, 5000, 5000]);
    expect(record).toEqual({
      homeAccountId: `uid-ada.${TENANT_ID}`, environment: 'login.test', username: 'ada@example.com', tenantId: TENANT_ID,
      clientId: CLIENT_ID, authority: 'https://login.test/common', cloud: 'global', scopes: ['Files.Read'], signedInAt: s.clock.now(),
    });
    expect(missingScopes).toEqual([]);
    expect(await acquireSilently(s.context())).toBe(SECRETS.access(1));
    expect((await s.store().list()).signIns).toEqual([record]);
  });

  it('requests the default scope, a refresh token and the named scopes', async () => {
    await login(['Sites.Read.All']).done;
    const form = new URLSearchParams(s.service.requests.find(({ url }) => url.endsWith('/devicecode'))?.body);
    expect(form.get('scope')?.split(' ').sort()).toEqual(['Files.Read', 'Sites.Read.All', 'offline_access', 'openid', 'profile']);
  });

  it.each([
    ['http://login.test/token', /not https/], ['https://evil.test/oauth2/v2.0/token', /a different host/], ['https://ada:pw@login.test/token', /a user/], ['token', /not a valid URL/],
  ])('sends nothing to the endpoint %s of a discovery document', async (endpoint, message) => {
    s.service.discovery = { token_endpoint: endpoint };
    expect(await failure(login().done)).toMatchObject({ category: 'auth', code: 'addressRefused', message: expect.stringMatching(message) });
    expect(s.service.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('says that the code has expired when nobody enters it in time', async () => {
    s.service.deviceAnswer = { body: { ...(s.service.deviceAnswer.body as object), expires_in: 0 } };
    s.service.script(refusal('authorization_pending', 70016));
    expect((await failure(login().done)).message).toContain('the code has expired');
  });

  it.each([
    ['a file where the folder should be', (folder: string) => { rmSync(folder, { recursive: true, force: true }); writeFileSync(folder, ''); }],
    ['a folder where the sign-ins should be', (folder: string) => { mkdirSync(join(folder, 'sign-ins'), { recursive: true }); }],
    ['a folder where the key should be', (folder: string) => { mkdirSync(join(folder, 'sign-ins-key'), { recursive: true }); }],
  ])('notices %s before it sends anything', async (_what, spoil) => {
    spoil(s.folder);
    const { prompts, done } = login();
    expect(await failure(done)).toMatchObject({ category: 'auth', message: expect.stringContaining('cannot be stored') });
    expect(prompts).toEqual([]);
    expect(s.service.requests).toEqual([]);
  });

  it('leaves nothing of that check behind', async () => {
    await login().done;
    expect(readdirSync(s.folder).filter((name) => name.includes('check'))).toEqual([]);
  });

  it('says which scopes were not granted', async () => {
    s.service.script(tokens({ scope: 'https://graph.microsoft.com/Files.Read openid' }));
    const { record, missingScopes } = await login(['Sites.Read.All']).done;
    expect(missingScopes).toEqual(['Sites.Read.All']);
    expect(record.scopes).toEqual(['https://graph.microsoft.com/Files.Read']);
    // With that spelling MSAL finds the token again without a request.
    await acquireSilently(s.context());
    expect(s.service.tokenForms()).toHaveLength(1);
  });

  it('slows down when the service asks for it', async () => {
    s.service.script(refusal('slow_down'), tokens());
    await login().done;
    expect(s.clock.sleeps).toEqual([5000, 10_000]);
  });

  it.each([
    ['authorization_declined', undefined, 'declined'], ['expired_token', 70019, 'expired'], ['bad_verification_code', 70018, 'not valid'],
    ['invalid_grant', 53003, 'Conditional Access'], ['invalid_client', 7000218, 'public clients'], ['interaction_required', 50076, 'second factor'],
  ] as const)('fails if the service answers %s (%s)', async (error, code, why) => {
    s.service.script(refusal(error, code));
    const failed = await failure(login().done);
    expect(failed).toMatchObject({ category: 'auth', code: error });
    expect(failed.message).toContain(why);
    expect(failed.hint).toBeDefined();
    expect(s.store().exists()).toBe(false);
  });

  it('hints at the browser when the code is said to have expired', async () => {
    s.service.script(refusal('expired_token'));
    expect((await failure(login().done)).hint).toContain('--browser');
  });

  it.each([[700016, 'not found in this tenant'], [90002, 'does not exist'], [50059, 'tenant']] as const)(
    'fails before there is a code if the service answers AADSTS%i', async (code, why) => {
      s.service.deviceAnswer = refusal('unauthorized_client', code);
      const { prompts, done } = login();
      expect((await failure(done)).message).toContain(why);
      expect(prompts).toEqual([]);
      expect(s.service.tokenForms()).toEqual([]);
    });

  it('fails if the service sends no code at all', async () => {
    s.service.deviceAnswer = { body: { device_code: 'DEVICE-SECRET', verification_uri: 'https://login.test/device' } };
    const { prompts, done } = login();
    expect(await failure(done)).toMatchObject({ category: 'network', message: 'login.test does not answer like a sign-in service (HTTP 200).' });
    expect(prompts).toEqual([]);
  });

  it('advises a new login with the same scopes, which would otherwise be lost', async () => {
    s.service.script(tokens({ scope: 'Files.Read https://graph.microsoft.com/Sites.Read.All openid' }));
    await login(['Sites.Read.All']).done;
    s.service.script(refusal('invalid_grant', 65001));
    expect(await failure(acquireSilently(s.context(), { refused: SECRETS.access(1) }))).toMatchObject({
      category: 'auth', hint: 'Run graph-watch login --scope https://graph.microsoft.com/Sites.Read.All and accept the permissions, or ask an administrator to.',
    });
    s.service.script(refusal('invalid_grant', 65004));
    expect((await failure(login(['Sites.Read.All']).done)).hint).toBe('Run graph-watch login --scope Sites.Read.All again and accept them.');
  });

  it('is a network error if the service is unreachable', async () => {
    const outage = new WatchError('network', 'login.test could not be reached: ENOTFOUND', { code: 'ENOTFOUND' });
    expect(await failure(login([], { send: () => Promise.reject(outage) }).done)).toBe(outage);
  });

  it('is a network error if the service is temporarily unavailable', async () => {
    s.service.deviceAnswer = { ...refusal('temporarily_unavailable', undefined, 503), headers: { 'retry-after': '9' } };
    expect(await failure(login().done)).toMatchObject({ category: 'network', status: 503, retryAfterMs: 9000 });
  });

  it('refuses an authority that is not a sign-in service', async () => {
    const page: Answer = { status: 404, body: '<html>' };
    const send = () => Promise.resolve({ status: page.status ?? 0, headers: {}, body: '<html>' });
    expect(await failure(login([], { send }).done)).toMatchObject({ category: 'auth', hint: expect.stringContaining('GRAPH_WATCH_AUTHORITY') as unknown });
  });

  it('refuses an authority with somebody else\'s issuer', async () => {
    const send: typeof s.service.send = async (request) => {
      const answer = await s.service.send(request);
      return { ...answer, body: answer.body.replace('"issuer":"https://login.test', '"issuer":"https://evil.test') };
    };
    expect(await failure(login([], { send }).done)).toMatchObject({ category: 'auth', code: 'endpoints_resolution_error' });
  });

  it('refuses a plain http authority as wrong usage', async () => {
    expect(await failure(login([], { authority: 'http://localhost:1/common' }).done)).toMatchObject({ category: 'usage' });
  });

  it('ends at once when aborted, in the middle of a wait', async () => {
    const abort = new AbortController();
    const reason = new Error('Ctrl-C');
    s.clock.onSleep = () => { abort.abort(reason); };
    await expect(login([], { signal: abort.signal }).done).rejects.toBe(reason);
    expect(s.service.tokenForms()).toEqual([]);
    expect(s.store().exists()).toBe(false);
  });

  it('does not begin if already aborted', async () => {
    const reason = new Error('Ctrl-C');
    await expect(login([], { signal: AbortSignal.abort(reason) }).done).rejects.toBe(reason);
    expect(s.service.requests).toEqual([]);
  });

  it('replaces an earlier sign-in of the same account, tokens and all', async () => {
    s.service.script(tokens({ scope: 'Files.Read Sites.Read.All openid profile' }));
    await login(['Sites.Read.All']).done;
    s.service.script(tokens({ n: 2 }));
    await login().done;
    expect((await s.store().list()).signIns).toHaveLength(1);
    expect(JSON.stringify((await s.store().read())?.cache)).not.toContain(SECRETS.access(1));
    expect(await acquireSilently(s.context())).toBe(SECRETS.access(2));
  });

  it.each([true, false])('leaves the same account\'s sign-in with another app alone (Graph has refused its token: %s)', async (isRefused) => {
    await login().done;
    const clientId = '55556666-dddd-7777-eeee-8888ffff9999';
    s.service.script(tokens({ n: 2 }));
    await login([], { clientId }).done;
    s.service.script(tokens({ n: 3 }));
    const refused = isRefused ? SECRETS.access(1) : undefined;
    expect(await acquireSilently(s.context(), { refused })).toBe(SECRETS.access(isRefused ? 3 : 1));
    expect(await acquireSilently(s.context({ clientId }))).toBe(SECRETS.access(2));
    const refreshes = s.service.tokenForms().slice(2).map((form) => [form.get('client_id'), form.get('refresh_token')]);
    expect(refreshes).toEqual(isRefused ? [[CLIENT_ID, SECRETS.refresh(1)]] : []);
  });

  it('shows nothing secret, whatever happens', async () => {
    s.service.script(refusal('authorization_pending'), tokens());
    await login().done;
    s.service.script(refusal('invalid_grant', 70043));
    const error = await failure(acquireSilently(s.context(), { refused: SECRETS.access(1) }));
    const shown = [...s.said, ...s.debugged, error.message, error.hint, error.stack, JSON.stringify(error.cause), String(error.cause)].join('\n');
    expect(s.debugged.length).toBeGreaterThan(5);
    for (const secret of [SECRETS.deviceCode, SECRETS.access(1), SECRETS.refresh(1)]) expect(shown).not.toContain(secret);
  });
});

describe('a token of the stored sign-in', () => {
  it('is refused if nobody is signed in, and nothing is created on the disk', async () => {
    expect(await failure(acquireSilently(s.context()))).toMatchObject({ category: 'auth', code: 'notSignedIn', hint: 'Run graph-watch login.' });
    expect(s.store().exists()).toBe(false);
    expect(s.service.requests).toEqual([]);
  });

  it('comes from the store as long as it is valid', async () => {
    await login().done;
    await acquireSilently(s.context());
    await acquireSilently(s.context());
    expect(s.service.tokenForms()).toHaveLength(1);
  });

  it('is refreshed when it is about to expire, and the new refresh token is kept', async () => {
    s.service.script(tokens({ expiresIn: 60 }));
    await login().done;
    s.service.script(tokens({ n: 2, expiresIn: 60 }), tokens({ n: 3 }));
    expect(await acquireSilently(s.context())).toBe(SECRETS.access(2));
    expect(await acquireSilently(s.context())).toBe(SECRETS.access(3));
    const refreshes = s.service.tokenForms().slice(1);
    expect(refreshes.map((form) => form.get('refresh_token'))).toEqual([SECRETS.refresh(1), SECRETS.refresh(2)]);
  });

  it('is refreshed when Graph has refused it', async () => {
    await login().done;
    s.service.script(tokens({ n: 2 }));
    expect(await acquireSilently(s.context(), { refused: SECRETS.access(1) })).toBe(SECRETS.access(2));
  });

  it('is not refreshed again if another process has refreshed it since it was refused', async () => {
    await login().done;
    s.service.script(tokens({ n: 2 }));
    await acquireSilently(s.context(), { refused: SECRETS.access(1) });
    expect(await acquireSilently(s.context(), { refused: SECRETS.access(1) })).toBe(SECRETS.access(2));
    expect(s.service.tokenForms()).toHaveLength(2);
  });

  it.each([[700082, 'not used'], [70043, 'sign in again'], [50173, 'revoked'], [undefined, 'no longer valid']] as const)(
    'needs a new login when the refresh is refused (%s)', async (code, why) => {
      await login().done;
      s.service.script(refusal('invalid_grant', code));
      const error = await failure(acquireSilently(s.context(), { refused: SECRETS.access(1) }));
      expect(error).toMatchObject({ category: 'auth', hint: 'Run graph-watch login.' });
      expect(error.message).toContain(why);
    });

  it('is a network error if the service is unreachable, and can be requested again afterwards', async () => {
    await login().done;
    const outage = new WatchError('network', 'no way out');
    s.service.script(outage, tokens({ n: 2 }));
    expect(await failure(acquireSilently(s.context(), { refused: SECRETS.access(1) }))).toBe(outage);
    expect(await acquireSilently(s.context(), { refused: SECRETS.access(1) })).toBe(SECRETS.access(2));
  });

  it('can be requested again right after an outage, since MSAL\'s own throttling is not kept', async () => {
    await login().done;
    s.service.script({ ...refusal('server_error', undefined, 503), headers: { 'retry-after': '60' } }, tokens({ n: 2 }));
    expect(await failure(acquireSilently(s.context(), { refused: SECRETS.access(1) }))).toMatchObject({ category: 'network', retryAfterMs: 60_000 });
    expect(await acquireSilently(s.context(), { refused: SECRETS.access(1) })).toBe(SECRETS.access(2));
  });

  it('is for the account that is named, else for the one signed in last', async () => {
    await login().done;
    s.service.script(tokens({ user: 'bob', n: 2 }));
    await login().done;
    expect(await acquireSilently(s.context())).toBe(SECRETS.access(2));
    expect(await acquireSilently(s.context(), { account: 'ADA@example.com' })).toBe(SECRETS.access(1));
    expect(await acquireSilently(s.context(), { account: 'uid-ada' })).toBe(SECRETS.access(1));
    expect((await failure(acquireSilently(s.context(), { account: 'eve' }))).message).toContain('bob@example.com, ada@example.com');
  });

  it('is not taken from a sign-in at another cloud', async () => {
    await login().done;
    const elsewhere = s.context({ authority: 'https://login.other/common', cloud: 'usgov' });
    expect(await failure(acquireSilently(elsewhere))).toMatchObject({ category: 'auth', message: 'You are not signed in (login.other).' });
  });

  it('is returned even if the new refresh token cannot be stored', async () => {
    s.service.script(tokens({ expiresIn: 60 }));
    await login().done;
    s.service.script(tokens({ n: 2 }));
    const store = s.store();
    const readOnly = Object.assign(Object.create(store) as typeof store, {
      exists: () => true,
      read: () => store.read(),
      exclusively: <T>(work: (stored: never) => Promise<T>) =>
        store.exclusively((stored) => work({ ...stored, write: () => Promise.reject(new WatchError('auth', 'EROFS')) } as never)),
    });
    expect(await acquireSilently(s.context({ store: readOnly }))).toBe(SECRETS.access(2));
    expect(s.debugged).toContain('EROFS');
  });

  it('ends at once when aborted', async () => {
    await login().done;
    const abort = new AbortController();
    const reason = new Error('Ctrl-C');
    s.service.script(() => {
      abort.abort(reason);
      throw new WatchError('network', 'aborted');
    });
    await expect(acquireSilently(s.context({ signal: abort.signal }), { refused: SECRETS.access(1) })).rejects.toBe(reason);
  });
});
