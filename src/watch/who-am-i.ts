import { Retry } from '../lib/retry.ts';
import { describeDuration } from '../lib/duration.ts';
import { WatchError } from '../errors.ts';
import type { GraphGet } from '../graph/http.ts';
import { identityOf, type Identity } from '../identity.ts';
import { safeText } from '../output/safe-text.ts';
import { retryDelay } from '../retry-policy.ts';
import type { CommandContext } from '../app/context.ts';

/** `whoAmIPatiently` asks as `whoAmI` does, and retries what may pass, as everything is before the first connection. Rejects with `Stopped` once `signal` aborts. */
export function whoAmIPatiently(get: GraphGet, { surroundings, people }: Pick<CommandContext, 'surroundings' | 'people'>, signal: AbortSignal): Promise<Identity> {
  const { clock, random } = surroundings;
  const patience = new Retry({
    clock, signal,
    retryDelay: (trouble) => retryDelay(trouble, random),
    onTrouble: ({ message }, delayMs) => {
      people.say(safeText(`couldn't find out who is signed in (${message}); retrying in ${describeDuration(delayMs)}`));
    },
    onRecovered: () => undefined,
  });
  return patience.run(() => whoAmI(get, signal));
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
  throw new WatchError('refused', 'Graph does not say who owns your drive, so --not-by me cannot be applied.', { hint: 'Name the user: --not-by ada@contoso.com.' });
}
