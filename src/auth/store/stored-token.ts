import type { SignInRecord } from '../accounts.ts';
import type { MsalCache } from './content.ts';

/** A token that expires sooner than this is not used: MSAL has the same limit. */
const SPARE_MS = 5 * 60_000;

/**
 * `storedToken` returns the access token that MSAL would take from its cache for this sign-in, `undefined` if it would
 * request one. Loading MSAL, and letting it ask the sign-in service for its addresses, takes longer
 * than the whole rest of a start, and nearly every start finds a valid token.
 */
export function storedToken(cache: MsalCache, record: SignInRecord, now: number): string | undefined {
  const wanted = record.scopes.map((scope) => scope.toLowerCase());
  for (const entity of Object.values(cache.AccessToken ?? {})) {
    const { secret, target, refresh_on: refreshOn } = entity;
    if (typeof secret !== 'string' || typeof target !== 'string') continue;
    const granted = new Set(target.toLowerCase().split(' '));
    const meant =
      entity.home_account_id === record.homeAccountId && entity.environment === record.environment &&
      entity.client_id === record.clientId && entity.realm === record.tenantId &&
      entity.credential_type === 'AccessToken' && entity.requestedClaimsHash === undefined &&
      wanted.every((scope) => granted.has(scope));
    const good = timeOf(entity.cached_at) <= now && now + SPARE_MS < timeOf(entity.expires_on) && (refreshOn === undefined || now < timeOf(refreshOn));
    if (meant && good) return secret;
  }
  return undefined;
}

/** Seconds since the epoch, which MSAL writes as text, in milliseconds; `NaN`, for which no comparison holds, where it is none. */
function timeOf(seconds: unknown): number {
  return typeof seconds === 'string' || typeof seconds === 'number' ? Number(seconds) * 1000 : NaN;
}
