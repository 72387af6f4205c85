import { WatchError } from '../errors.ts';
import type { GraphGet } from '../graph/http.ts';
import { identityOf, type Identity } from '../identity.ts';

/**
 * Who is signed in, as the owner of the own drive: `/me` would need another permission than
 * `Files.Read`. Rejects with what `get` rejects with, and where the drive names nobody.
 */
export async function whoAmI(get: GraphGet, signal: AbortSignal): Promise<Identity> {
  const { body } = await get('/me/drive?$select=owner', signal);
  const owner = typeof body === 'object' && body !== null && 'owner' in body ? body.owner : undefined;
  const me = identityOf(owner, 'user');
  if (me !== undefined) return me;
  throw new WatchError('refused', 'Graph does not say whose drive one\'s own is, so --not-by me cannot be told.', { hint: 'Name the user: --not-by ada@contoso.com.' });
}
