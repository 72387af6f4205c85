import type { Tokens } from '../sign-in/tokens.ts';
import type { Grant } from '../sign-in/tokens.ts';
import { accessDenied, GraphError } from './errors.ts';

/** The grant behind an Authorization header; throws Graph's 401 where there is none. */
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
      // Graph says the same of a revoked, a mistyped and a foreign token.
      throw unauthenticated('Access token validation failure. Invalid audience.');
  }
}

/** Drives need some permission on files or sites; `/me` one on users. An application's roles are not told apart. */
export function requireScope(grant: Grant, families: readonly string[]): void {
  if (grant.user === undefined) return;
  const allowed = grant.scopes.some((scope) => scope === '.default' || families.some((family) => scope.startsWith(`${family}.`)));
  if (!allowed) throw accessDenied(`Insufficient privileges to complete the operation: none of the scopes ${families.join(', ')} was granted.`);
}

function unauthenticated(message: string): GraphError {
  return new GraphError(401, 'InvalidAuthenticationToken', message, { 'WWW-Authenticate': 'Bearer realm=""' });
}
