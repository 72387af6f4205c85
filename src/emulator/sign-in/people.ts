import type { User } from '../graph/directory.ts';
import type { SignInService } from './service.ts';

/** One @ with something on both sides, and nothing that would be odd in a name. */
const NAME = /^[\w.+-]{1,64}@[a-z0-9.-]{1,190}$/i;

/** Whom the person on the page chose to be: a name typed in comes before the one that is ticked. */
export function chosenUser(service: SignInService, form: URLSearchParams): User {
  const typed = form.get('other')?.trim() ?? '';
  return userNamed(service, typed === '' ? (form.get('user') ?? undefined) : typed);
}

/** The user of that name, known or not; the default user where it is no name. */
export function userNamed(service: SignInService, name: string | undefined): User {
  return name !== undefined && NAME.test(name) ? service.directory.user(name) : service.defaultUser;
}
