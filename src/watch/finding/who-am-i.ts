import { WatchError } from '../../errors.ts';
import type { GraphGet } from '../../graph/http.ts';
import { identityOf, type Identity } from '../../identity.ts';
import type { WatchContext } from '../../app/context.ts';
import { patiently } from '../../app/patience.ts';

/** `whoAmIPatiently` does what `whoAmI` does, with the retries before the first connection. Rejects with the reason of `signal` once it aborts. */
export function whoAmIPatiently(get: GraphGet, context: Pick<WatchContext, 'surroundings' | 'people'>, signal: AbortSignal): Promise<Identity> {
  return patiently(context, 'find out who is signed in', signal, () => whoAmI(get, signal));
}

/**
 * `whoAmI` returns who is signed in, as the owner of the user's own drive: `/me` would need another permission
 * than `Files.Read`. Rejects with what `get` rejects with, and where the drive names nobody.
 */
export async function whoAmI(get: GraphGet, signal: AbortSignal): Promise<Identity> {
  const { body } = await get('/me/drive?$select=owner', signal);
  const owner = typeof body === 'object' && body !== null && 'owner' in body ? body.owner : undefined;
  const me = identityOf(owner, 'user');
  if (me !== undefined) return me;
  throw new WatchError('refused', 'Graph did not report who owns your drive, so "me" cannot be used as a filter.', { hint: 'Specify the user, such as --not-by ada@contoso.com.' });
}
