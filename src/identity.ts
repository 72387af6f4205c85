import { field, textField } from './lib/json.ts';

/** Identity is a user or an app from one of Graph's identitySets. An absent field was not given. */
export interface Identity {
  id?: string;
  displayName?: string;
  /** The address that Graph gives, or the user principal name if it gives that. */
  email?: string;
}

/**
 * `identityOf` returns the user or the application of an identitySet, `{user:{displayName,email,id},application:{id,…}}`.
 * `undefined` if there is none, whatever the value is.
 */
export function identityOf(set: unknown, kind: 'user' | 'application'): Identity | undefined {
  const found = field(set, kind);
  const identity: Identity = {};
  const id = textField(found, 'id');
  const displayName = textField(found, 'displayName');
  const email = textField(found, 'email') ?? textField(found, 'userPrincipalName');
  if (id !== undefined) identity.id = id;
  if (displayName !== undefined) identity.displayName = displayName;
  if (email !== undefined) identity.email = email;
  return Object.keys(identity).length === 0 ? undefined : identity;
}
