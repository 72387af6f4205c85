import { describe, expect, it } from '@jest/globals';
import { codesIn, explainOAuthFailure, parseOAuthFailure } from '../../../src/auth/aadsts.ts';
import { refusal } from './support.ts';

const explain = (error: string, code?: number, status = 400) => {
  const failure = parseOAuthFailure(refusal(error, code, status).body, status);
  if (failure === undefined) throw new Error('not recognized');
  return explainOAuthFailure(failure);
};

describe('an error from the sign-in service', () => {
  it.each([
    [65001, 'consented', 'graph-watch login'], [65004, 'declined', 'login again'],
    [90094, 'administrator', '--client-id'], [90095, 'administrator', '--client-id'],
    [7000218, 'public clients', 'Allow public client flows'],
    [50059, 'tenant', '--tenant'], [50194, 'single tenant', '--tenant'], [700016, 'not found in this tenant', '--tenant'], [90002, 'does not exist', '--tenant'],
    [50020, 'not a member', '--tenant'], [50105, 'not assigned', 'administrator'], [50057, 'disabled', 'another account'],
    [50076, 'second factor', '--browser'], [50079, 'second factor', '--browser'],
    [53000, 'compliant', '--browser'], [53001, 'joined', '--browser'], [53002, 'not allow this app', '--browser'], [53003, 'blocks', '--browser'],
    [50011, 'redirect URI', 'http://localhost'], [500113, 'redirect URI', 'http://localhost'], [70011, 'scope', '--scope'], [650053, 'scope', '--scope'],
    [70016, 'not been entered', 'login again'], [70018, 'not valid', 'new code'], [70019, 'expired', '--browser'],
    [70008, 'expired', 'login'], [700082, 'not used', 'login'], [70043, 'sign in again', 'login'], [50173, 'revoked', 'login'],
    [9002331, 'personal accounts only', 'consumers'], [9002332, 'work and school', 'organizations'],
  ])('AADSTS%i becomes one sentence and a next step', (code, why, hint) => {
    const error = explain('invalid_grant', code);
    expect(error).toMatchObject({ category: 'auth', code: 'invalid_grant', requestId: 'trace-0001', status: 400 });
    expect(error.message).toMatch(/^Sign-in failed: .+\.$/);
    expect(error.message).toContain(why);
    expect(error.message).toContain(`(AADSTS${code})`);
    expect(error.hint).toContain(hint);
  });

  it.each([
    ['authorization_declined', 'declined'], ['access_denied', 'declined'], ['expired_token', 'expired'], ['code_expired', 'expired'],
    ['bad_verification_code', 'not valid'], ['invalid_grant', 'no longer valid'], ['interaction_required', 'interactively'],
    ['login_required', 'sign in again'], ['consent_required', 'accepted'], ['invalid_client', 'app'], ['unauthorized_client', 'app'],
    ['invalid_scope', 'scope'], ['invalid_tenant', 'tenant'],
  ])('%s is explained even without an AADSTS code', (error, why) => {
    const explained = explain(error);
    expect(explained).toMatchObject({ category: 'auth', code: error });
    expect(explained.message).toContain(why);
    expect(explained.hint).toBeDefined();
  });

  it.each([
    ['temporarily_unavailable', 400], ['server_error', 400], ['slow_down', 400], ['invalid_grant', 503], ['anything', 500], ['anything', 429],
  ])('%s with HTTP %i counts as a failure of the service, not of the user', (error, status) => {
    expect(explain(error, undefined, status).category).toBe('network');
  });

  it('passes on Retry-After', () => {
    expect(explainOAuthFailure({ error: 'slow_down', codes: [], status: 429, retryAfterMs: 7000 }).retryAfterMs).toBe(7000);
  });

  it('is quoted without ids and control characters if its code is unknown', () => {
    const body = { error: 'odd_error', error_description: 'AADSTS999999: Some\u001b[31m new trouble. Trace ID: abc\r\nCorrelation ID: def' };
    const failure = parseOAuthFailure(body);
    expect(failure && explainOAuthFailure(failure).message).toBe('Sign-in failed: Some[31m new trouble (AADSTS999999).');
  });

  it('is named by its code if it has no description', () => {
    expect(explainOAuthFailure({ error: 'odd\u001b_error', codes: [] }).message).toBe('Sign-in failed: the service answered "odd_error" (odd_error).');
  });

  it('is explained by the first code that is known', () => {
    expect(explainOAuthFailure({ error: 'interaction_required', codes: [123456, 53003] }).message).toContain('(AADSTS53003)');
  });
});

describe('recognizing an OAuth error', () => {
  it.each([undefined, null, 'text', {}, { error: 5 }, { error: { code: 'x' } }])('refuses %j', (body) => {
    expect(parseOAuthFailure(body)).toBeUndefined();
  });

  it('finds codes in the description if there is no list of them', () => {
    expect(parseOAuthFailure({ error: 'invalid_grant', error_description: 'AADSTS50076: MFA.' })?.codes).toEqual([50076]);
    expect(codesIn('AADSTS700082, then AADSTS70043 and AADSTS1')).toEqual([700082, 70043]);
  });
});
