import type { User } from '../graph/directory/directory.ts';
import type { SignInService } from './service.ts';

/** Accepts sign-in names: one @, and only the usual characters on both sides. */
const NAME = /^[\w.+-]{1,64}@[a-z0-9.-]{1,190}$/i;

/** Returns the user chosen on a page: a name typed in wins over the one selected. */
export function chosenUser(service: SignInService, form: URLSearchParams): User {
  const typed = form.get('other')?.trim() ?? '';
  return userNamed(service, typed === '' ? (form.get('user') ?? undefined) : typed);
}

/** Returns the user with this name, created if new; the default user if it is not a valid name. */
export function userNamed(service: SignInService, name: string | undefined): User {
  return name !== undefined && NAME.test(name) ? service.directory.user(name) : service.defaultUser;
}
