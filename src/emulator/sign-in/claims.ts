import type { User } from '../graph/directory/directory.ts';
import { base64urlJson } from './jwt.ts';
import type { Grant } from './tokens.ts';

export interface Validity {
  nowMs: number;
  expiresMs: number;
}

/** Builds the claims of an id token, as Entra's v2.0 endpoint issues it. */
export function idTokenClaims(user: User, options: Validity & { origin: string; clientId: string; nonce: string | undefined }): Record<string, unknown> {
  return {
    aud: options.clientId,
    iss: `${options.origin}/${user.tenantId}/v2.0`,
    ...times(options),
    name: user.displayName,
    preferred_username: user.userPrincipalName,
    email: user.userPrincipalName,
    oid: user.id,
    sub: user.id,
    tid: user.tenantId,
    ver: '2.0',
    ...(options.nonce === undefined ? {} : { nonce: options.nonce }),
  };
}

/**
 * Builds the claims of a business access token for Graph. Real ones are of the v1.0 format; other
 * tools read `upn`, `tid`, `scp` (delegated), `app_displayname` and `roles` (app-only) from them. An
 * app without permissions gets a token without `roles`.
 */
export function accessTokenClaims(grant: Grant, options: Validity & { origin: string; graphUrl: string; applicationName: string; tenantId: string; uniqueId: string }): Record<string, unknown> {
  const { user, clientId, scopes } = grant;
  const common = {
    aud: options.graphUrl,
    iss: `${options.origin}/${options.tenantId}/`,
    ...times(options),
    app_displayname: options.applicationName,
    appid: clientId,
    tid: options.tenantId,
    uti: options.uniqueId,
    ver: '1.0',
  };
  if (user === undefined) {
    // The service principal's object id; here it is the same as the app's.
    return { ...common, appidacr: '1', idtyp: 'app', oid: clientId, sub: clientId, ...(scopes.length > 0 ? { roles: scopes } : {}) };
  }
  return {
    ...common,
    appidacr: '0',
    idtyp: 'user',
    name: user.displayName,
    oid: user.id,
    sub: user.id,
    unique_name: user.userPrincipalName,
    upn: user.userPrincipalName,
    scp: scopes.filter((scope) => scope !== 'offline_access').join(' '),
  };
}

/** Returns what MSAL builds the account's id from: object id and tenant. */
export function clientInfo(user: User): string {
  return base64urlJson({ uid: user.id, utid: user.tenantId });
}

function times({ nowMs, expiresMs }: Validity): { iat: number; nbf: number; exp: number } {
  const issued = Math.floor(nowMs / 1000);
  return { iat: issued, nbf: issued, exp: Math.max(issued + 1, Math.floor(expiresMs / 1000)) };
}
