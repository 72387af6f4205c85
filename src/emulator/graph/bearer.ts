import type { Tokens } from '../sign-in/tokens.ts';
import type { Grant } from '../sign-in/tokens.ts';
import { accessDenied, GraphError } from './errors.ts';

/** Returns the grant of an Authorization header. Throws Graph's 401 without a valid token. */
export function grantOf(authorization: string | undefined, tokens: Tokens): Grant {
  const token = /^Bearer +(.+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw unauthenticated('Access token is empty.');
  const found = tokens.access(token);
  switch (found.state) {
    case 'valid':
      return found.grant;
    case 'expired':
      throw unauthenticated('Lifetime validation failed, the token is expired.');
    case 'unknown':
      // Graph answers the same for a revoked, a mistyped and a foreign token.
      throw unauthenticated('Access token validation failure. Invalid audience.');
  }
}

/** Requires a scope of one of these families (`Files`, `Sites`, `User`). An app-only token passes with any roles. */
export function requireScope(grant: Grant, families: readonly string[]): void {
  if (grant.user === undefined) return;
  const allowed = grant.scopes.some((scope) => scope === '.default' || families.some((family) => scope.startsWith(`${family}.`)));
  if (!allowed) throw accessDenied(`Insufficient privileges to complete the operation: none of the scopes ${families.join(', ')} was granted.`);
}

function unauthenticated(message: string): GraphError {
  return new GraphError(401, 'InvalidAuthenticationToken', message, { 'WWW-Authenticate': 'Bearer realm=""' });
}
