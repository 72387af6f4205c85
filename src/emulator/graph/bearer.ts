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

/** Requires a permission of one of these families (`Files`, `Sites`, `User`): a scope, or, for an app-only token, a role, which ends with `.All`. */
export function requireScope(grant: Grant, families: readonly string[]): void {
  require(grant, (scope) => families.some((family) => scope.startsWith(`${family}.`)), families.join(' or '));
}

const WRITING = /^(Files\.ReadWrite|Sites\.(ReadWrite|Manage|FullControl))(\.|$)/;

/** Requires a permission to change files. */
export function requireWrite(grant: Grant): void {
  require(grant, (scope) => WRITING.test(scope), 'Files.ReadWrite');
}

function require(grant: Grant, accepts: (scope: string) => boolean, needed: string): void {
  const isRoleOrScope = (scope: string): boolean => grant.user !== undefined || scope.endsWith('.All');
  const allowed = grant.scopes.some((scope) => scope === '.default' || (isRoleOrScope(scope) && accepts(scope)));
  if (!allowed) throw accessDenied(`Insufficient privileges to complete the operation. Required: ${needed}.`);
}

function unauthenticated(message: string): GraphError {
  return new GraphError(401, 'InvalidAuthenticationToken', message, { 'WWW-Authenticate': 'Bearer realm=""' });
}
