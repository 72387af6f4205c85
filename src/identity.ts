/** Somebody, or an app, as an identitySet of Graph tells. Absent: not told. */
export interface Identity {
  id?: string;
  displayName?: string;
  /** The address that Graph gives, or the user principal name where it gives that. */
  email?: string;
}

/**
 * The user or the application of an identitySet, `{user:{displayName,email,id},application:{id,…}}`.
 * `undefined` where there is none, whatever the value is.
 */
export function identityOf(set: unknown, kind: 'user' | 'application'): Identity | undefined {
  const found = field(set, kind);
  const identity: Identity = {};
  const id = text(found, 'id');
  const displayName = text(found, 'displayName');
  const email = text(found, 'email') ?? text(found, 'userPrincipalName');
  if (id !== undefined) identity.id = id;
  if (displayName !== undefined) identity.displayName = displayName;
  if (email !== undefined) identity.email = email;
  return Object.keys(identity).length === 0 ? undefined : identity;
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function text(value: unknown, key: string): string | undefined {
  const found = field(value, key);
  return typeof found === 'string' && found !== '' ? found : undefined;
}
