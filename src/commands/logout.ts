import { accountsHere, notSignedIn, sameAccount, selectAccount, type SignInRecord } from '../auth/accounts.ts';
import { withoutAccount } from '../auth/store/content.ts';
import { KEY_UNREACHABLE, type TokenStore } from '../auth/store/token-store.ts';
import { toError, WatchError } from '../errors.ts';
import { safeText } from '../output/safe-text.ts';
import type { CommandContext } from '../app/context.ts';
import { tokenStore } from '../app/graph-access.ts';
import { rememberAccounts } from '../app/remembered.ts';

export interface LogoutOptions {
  /** Every account of every cloud. */
  all?: boolean;
}

/**
 * `runLogout` is `graph-watch logout`: it signs out of the default account, or of the one that `--account` names, and
 * removes its tokens from the disk; with the last account it removes the key. Nothing goes to stdout or over the
 * network: access tokens that were already issued stay valid until they expire.
 *
 * If nobody is signed in, it throws an `auth` error, as `gh` does: a script that signs out of the wrong account should
 * notice. With `all` that is not an error: the result is what was asked for.
 */
export async function runLogout(context: CommandContext, { all = false }: LogoutOptions): Promise<void> {
  const store = tokenStore(context);
  const left = all ? await forgetAll(context, store) : await forgetOne(context, store);
  const { settings: { configFolder }, people } = context;
  await rememberAccounts(configFolder, left.map(({ username }) => username)).catch((error: unknown) => { people.debug(toError(error).message); });
}

/** Returns who is left, as `forgetOne` does. Needs no key, so that it also removes what can no longer be read. */
async function forgetAll({ people, signal }: CommandContext, store: TokenStore): Promise<readonly SignInRecord[]> {
  const nobody = !store.exists();
  await store.erase(signal);
  people.say(nobody ? 'You were not signed in.' : 'Signed out of all accounts.');
  return [];
}

async function forgetOne({ settings, people, signal }: CommandContext, store: TokenStore): Promise<readonly SignInRecord[]> {
  let gone: SignInRecord;
  let left: SignInRecord[];
  try {
    if (!store.exists()) throw notSignedIn([], settings);
    [gone, left] = await store.exclusively(async (stored) => {
      const { cache, signIns } = stored.content;
      const account = selectAccount(signIns, settings);
      // Tokens belong to the account, whichever app got them: all of them are removed.
      const others = signIns.filter((other) => !sameAccount(other, account));
      if (others.length === 0) await stored.erase();
      else await stored.write({ cache: withoutAccount(cache, account), signIns: others });
      return [account, others];
    }, { signal });
  } catch (error) {
    if (!(error instanceof WatchError) || error.code !== KEY_UNREACHABLE) throw error;
    throw new WatchError('auth', error.message, { code: error.code, hint: 'Unlock the keyring, or sign out of all accounts: graph-watch logout --all.' });
  } finally {
    await store.eraseLeftovers(signal);
  }
  people.say(`Signed out ${safeText(gone.username)}.`);
  const next = accountsHere(left, settings)[0];
  if (next !== undefined) people.say(`Now using ${safeText(next.username)}.`);
  return left;
}
