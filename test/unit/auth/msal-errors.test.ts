import { describe, expect, it } from '@jest/globals';
import { AuthError, ClientAuthError, ClientConfigurationError, InteractionRequiredAuthError, ServerError } from '@azure/msal-node';
import { explainMsalError, type SeenFailures } from '../../../src/auth/msal-errors.ts';
import { WatchError } from '../../../src/errors.ts';

const nothing: SeenFailures = { network: undefined, oauth: undefined };
const explain = (thrown: unknown, seen = nothing) => explainMsalError(thrown, seen, 'https://login.test/common');

describe('an error from MSAL', () => {
  it.each([
    [new InteractionRequiredAuthError('no_tokens_found', ''), 'auth', 'expired'],
    [new InteractionRequiredAuthError('refresh_token_expired', ''), 'auth', 'expired'],
    [new ClientAuthError('device_code_expired', ''), 'auth', 'the code has expired'],
    [new ClientConfigurationError('authority_uri_insecure', ''), 'usage', 'https URL'],
    [new ClientConfigurationError('url_parse_error', ''), 'usage', 'https URL'],
    [new ClientConfigurationError('untrusted_authority', ''), 'auth', 'login.test is not a usable sign-in service'],
    [new ClientConfigurationError('issuer_validation_failed', ''), 'auth', 'login.test is not a usable sign-in service'],
    [new ClientAuthError('openid_config_error', ''), 'auth', 'login.test is not a usable sign-in service'],
    [new ClientAuthError('state_mismatch', ''), 'auth', 'does not belong to this sign-in'],
    [new ClientAuthError('nonce_mismatch', ''), 'auth', 'does not belong to this sign-in'],
    [new AuthError('no_auth_code_in_response', ''), 'auth', 'does not belong to this sign-in'],
    [new ServerError('access_denied', '', 'The user said no.'), 'auth', 'declined'],
    [new ServerError('interaction_required', '', 'AADSTS50079: Enrol first.'), 'auth', 'AADSTS50079'],
    [new ClientAuthError('something_new', ''), 'auth', 'Sign-in failed (something_new).'],
  ] as const)('is explained: %s', (thrown, category, why) => {
    const error = explain(thrown);
    if (!(error instanceof WatchError)) throw new Error('no WatchError');
    expect(error.category).toBe(category);
    expect(error.message).toContain(why);
    expect(error.hint).toBeDefined();
  });

  it('is replaced by the failure seen on the network', () => {
    const outage = new WatchError('network', 'no way out');
    expect(explain(new ClientAuthError('network_error', ''), { ...nothing, network: outage })).toBe(outage);
    expect(explain(new ClientAuthError('endpoints_resolution_error', ''), { ...nothing, oauth: { error: 'invalid_tenant', codes: [90002] } }))
      .toMatchObject({ code: 'invalid_tenant' });
  });

  it('is passed on unchanged if it is not one of MSAL\'s', () => {
    const bug = new TypeError('x is not a function');
    const known = new WatchError('network', 'known');
    expect(explain(bug)).toBe(bug);
    expect(explain(known)).toBe(known);
    expect(explain('a text')).toEqual(new Error('a text'));
  });
});
