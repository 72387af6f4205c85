import { describe, expect, it } from '@jest/globals';
import type { SignInRecord } from '../../../../src/auth/accounts.ts';
import { storedToken } from '../../../../src/auth/store/stored-token.ts';

const NOW = Date.UTC(2026, 4, 11, 20, 0, 0);
const seconds = (fromNowS: number): string => String(NOW / 1000 + fromNowS);

const record: SignInRecord = {
  homeAccountId: 'uid.utid', environment: 'login.test', username: 'ada@example.com', tenantId: 'utid', clientId: 'app',
  authority: 'https://login.test/common', cloud: 'global', scopes: ['Files.Read'], signedInAt: NOW,
};
const entity = {
  home_account_id: 'uid.utid', environment: 'login.test', credential_type: 'AccessToken', client_id: 'app', realm: 'utid',
  secret: 'the token', target: 'openid files.read profile', cached_at: seconds(-60), expires_on: seconds(3600), token_type: 'Bearer',
};
const found = (change: object): string | undefined => storedToken({ AccessToken: { key: { ...entity, ...change } } }, record, NOW);

describe('a token of the stored sign-in', () => {
  it('is used unchanged if it is the right one, and valid', () => {
    expect(found({})).toBe('the token');
    expect(found({ refresh_on: seconds(60) })).toBe('the token');
    expect(storedToken({ AccessToken: { old: { ...entity, expires_on: seconds(-1) }, good: entity } }, record, NOW)).toBe('the token');
  });

  it.each([
    ['another account', { home_account_id: 'other.utid' }],
    ['another sign-in host', { environment: 'login.other' }],
    ['another app', { client_id: 'other' }],
    ['another tenant', { realm: 'other' }],
    ['other scopes', { target: 'openid Sites.Read.All' }],
    ['another kind of token', { credential_type: 'AccessToken_With_AuthScheme' }],
    ['claims that were asked for', { requestedClaimsHash: 'x' }],
    ['five minutes to live', { expires_on: seconds(300) }],
    ['no readable expiry', { expires_on: 'soon' }],
    ['a clock that was set back', { cached_at: seconds(60) }],
    ['a refresh that is due', { refresh_on: seconds(-1) }],
    ['nothing in it', { secret: undefined }],
  ])('is left to MSAL with %s', (_what, change) => {
    expect(found(change)).toBeUndefined();
  });

  it('is left to MSAL if none is stored', () => {
    expect(storedToken({}, record, NOW)).toBeUndefined();
  });
});
