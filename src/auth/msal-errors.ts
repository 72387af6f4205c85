import { copyOf, toError, usageError, WatchError } from '../errors.ts';
import { hostOf } from './accounts.ts';
import { extraScopes } from './clouds.ts';
import { codesIn, explainOAuthFailure, parseOAuthFailure, type OAuthFailure } from './aadsts.ts';

/** The part of MSAL's `AuthError` that is read here; its classes are not needed, so MSAL need not be loaded. */
interface MsalError extends Error {
  errorCode: string;
  errorMessage: string;
}

function isMsalError(thrown: unknown): thrown is MsalError {
  return thrown instanceof Error && 'errorCode' in thrown && typeof thrown.errorCode === 'string';
}

/** SeenFailures is what the network client saw go wrong: MSAL keeps less of it, or nothing. */
export interface SeenFailures {
  /** The last exchange got no usable answer. */
  network: WatchError | undefined;
  /** The last answer was an OAuth error. */
  oauth: OAuthFailure | undefined;
}

/** `explainSignInError` is `explainMsalError` for a sign-in with these scopes: whoever signs in again asks for the same ones, or loses them. */
export function explainSignInError(thrown: unknown, seen: SeenFailures, authority: string, scopes: readonly string[]): Error {
  const error = explainMsalError(thrown, seen, authority);
  const extra = extraScopes(scopes);
  if (!(error instanceof WatchError) || error.hint?.includes('graph-watch login') !== true || extra.length === 0) return error;
  return copyOf(error, { hint: error.hint.replaceAll('graph-watch login', `graph-watch login --scope ${extra.join(' ')}`) });
}

/** `explainMsalError` turns whatever MSAL threw into an error of this tool. Other errors are returned unchanged: a bug, or an abort. */
export function explainMsalError(thrown: unknown, seen: SeenFailures, authority: string): Error {
  if (thrown instanceof WatchError) return thrown;
  if (!isMsalError(thrown)) return toError(thrown);
  if (seen.network !== undefined) return seen.network;
  // Before the last answer: that says only that the code had not been entered yet.
  if (thrown.errorCode === 'device_code_expired') return explainOAuthFailure({ error: 'expired_token', codes: [] }, thrown);
  if (seen.oauth !== undefined) return explainOAuthFailure(seen.oauth, thrown);
  const hint = 'Run graph-watch login.';
  const details = { code: thrown.errorCode, cause: thrown };
  switch (thrown.errorCode) {
    case 'no_tokens_found':
    case 'refresh_token_expired':
    case 'no_account_found':
    case 'no_account_in_silent_request':
    case 'token_refresh_required':
      return new WatchError('auth', 'The stored sign-in has expired.', { ...details, hint });
    case 'authority_uri_insecure':
    case 'url_parse_error':
    case 'empty_url_error':
      return usageError(`The sign-in authority must be an https URL with a tenant: ${authority}`, 'Check GRAPH_WATCH_AUTHORITY.');
    case 'untrusted_authority':
    case 'issuer_validation_failed':
    case 'openid_config_error':
    case 'endpoints_resolution_error':
      return new WatchError('auth', `${hostOf(authority)} is not a usable sign-in service (${thrown.errorCode}).`, {
        ...details,
        hint: 'Check GRAPH_WATCH_AUTHORITY, --cloud and --tenant.',
      });
    case 'state_mismatch':
    case 'nonce_mismatch':
    case 'no_auth_code_in_response':
    case 'loopback_server_query_response_not_supported':
      return new WatchError('auth', `The browser returned a response that does not belong to this sign-in (${thrown.errorCode}).`, {
        ...details,
        hint: 'Run graph-watch login --browser again.',
      });
    default: {
      // The browser sign-in's refusal comes through the browser, so the network client has not seen it.
      const failure = parseOAuthFailure({ error: thrown.errorCode, error_description: thrown.errorMessage });
      if (failure !== undefined && (codesIn(thrown.errorMessage).length > 0 || /declined|denied/.test(thrown.errorCode))) {
        return explainOAuthFailure(failure, thrown);
      }
      return new WatchError('auth', `Sign-in failed (${thrown.errorCode}).`, { ...details, hint });
    }
  }
}
