import type { TokenSource } from '../auth/token-source.ts';
import { isRecord, parseJson } from '../lib/json.ts';

/** Claims are what a token says about itself. */
export interface Claims {
  scopes: readonly string[] | undefined;
  /** Milliseconds since the epoch. */
  expiresAt: number | undefined;
}

/**
 * `claimsOf` reads what an access token says about itself, if it is a JSON Web Token; those of personal accounts are not.
 * Its format is Microsoft's own business and may change, so this is only for display and diagnosis;
 * nothing else looks into a token.
 */
export function claimsOf(token: string): Claims {
  const [, body = '', signature] = token.split('.');
  const claims = signature === undefined ? undefined : parseJson(Buffer.from(body, 'base64url').toString('utf8'));
  if (!isRecord(claims)) return { scopes: undefined, expiresAt: undefined };
  const { scp, roles, exp } = claims;
  const delegated = typeof scp === 'string' ? scp.split(' ') : [];
  const ofApp = Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
  return {
    scopes: typeof scp === 'string' || Array.isArray(roles) ? [...delegated, ...ofApp].filter((scope) => scope !== '') : undefined,
    expiresAt: typeof exp === 'number' ? exp * 1000 : undefined,
  };
}

const ANY_WRITE = ['files.readwrite.all', 'sites.readwrite.all', 'sites.manage.all', 'sites.fullcontrol.all'];
const ANY_READ = ['files.read.all', 'sites.read.all', ...ANY_WRITE];
const OWN_WRITE = ['files.readwrite', ...ANY_WRITE];
const OWN_READ = ['files.read', 'files.readwrite', ...ANY_READ];

export interface Need {
  /** The signed-in user's own drive, and no other. */
  own: boolean;
  write: boolean;
}

/** `leastScope` names the least permission that is known to be enough. */
export function leastScope({ own, write }: Need): string {
  return `Files.${write ? 'ReadWrite' : 'Read'}${own ? '' : '.All'}`;
}

/**
 * `covers` says whether the scopes are enough: `yes`, `no`, or `perhaps`, where that depends on the drive: a
 * permission for one's own files also opens a drive by its id if it is one's own, and `…Selected` what was chosen.
 */
export function covers(scopes: readonly string[], { own, write }: Need): 'yes' | 'perhaps' | 'no' {
  const names = scopes.map((scope) => scope.slice(scope.lastIndexOf('/') + 1).toLowerCase());
  const has = (wanted: readonly string[]): boolean => names.some((name) => wanted.includes(name));
  if (has(own ? (write ? OWN_WRITE : OWN_READ) : (write ? ANY_WRITE : ANY_READ))) return 'yes';
  const some = has(write ? OWN_WRITE : OWN_READ) || names.some((name) => name.includes('selected'));
  return some ? 'perhaps' : 'no';
}

/** `howToGet` says how to get a token with this scope, for a credential of this kind. */
export function howToGet(kind: TokenSource['kind'], scope: string): string {
  switch (kind) {
    case 'sign-in':
      return `Run graph-watch login --scope ${scope}.`;
    case 'app':
    case 'managed-identity':
      return `Grant it the application permission ${scope.endsWith('.All') ? scope : `${scope}.All`}, with an administrator's consent.`;
    case 'token':
    case 'token-file':
    case 'token-command':
      return `Get a token with the scope ${scope}.`;
  }
}
