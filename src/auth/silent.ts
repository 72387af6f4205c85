import { WatchError } from '../errors.ts';
import { notSignedIn, selectAccount, type SignInRecord } from './accounts.ts';
import { explainSignInError } from './msal-errors.ts';
import { createMsal, type SignInContext } from './msal.ts';
import { storedToken } from './store/stored-token.ts';

export interface SilentOptions {
  account?: string | undefined;
  only?: SignInRecord | undefined;
  refused?: string | true | undefined;
  onAccount?: ((record: SignInRecord) => void) | undefined;
}

/**
 * `acquireSilently` returns an access token of the stored sign-in, refreshed if it is about to expire.
 *
 * `refused` is the token that Graph turned down: any other one will do, so if another process has
 * refreshed in the meantime its token is taken instead of asking for yet another. `true`: whatever
 * is there has been. `only`: of this account, or of none. `onAccount` is called with the account of the token.
 */
export async function acquireSilently(
  context: SignInContext,
  { account, only, refused, onAccount }: SilentOptions = {},
): Promise<string> {
  // If nothing is stored, nothing is created either, not even the folder.
  if (!context.store.exists()) throw notSignedIn([], context);
  if (refused === undefined) {
    const content = await context.store.read();
    const record = content === undefined ? undefined : selectAccount(content.signIns, { ...context, account, only });
    const token = content === undefined || record === undefined ? undefined : storedToken(content.cache, record, context.clock.now());
    if (record !== undefined && token !== undefined) {
      onAccount?.(record);
      return token;
    }
  }
  return context.store.exclusively(
    async (stored) => {
      const { content } = stored;
      const record = selectAccount(content.signIns, { ...context, account, only });
      const msal = await createMsal(context, content.cache);
      try {
        const known = await msal.app.getTokenCache().getAllAccounts();
        const found = known.find((one) => one.homeAccountId === record.homeAccountId && one.environment === record.environment);
        if (found === undefined) throw notSignedIn([], context);
        const ask = (forceRefresh: boolean) => msal.app.acquireTokenSilent({ account: found, scopes: record.scopes, forceRefresh });
        let { accessToken } = await ask(false);
        if (refused === true || accessToken === refused) ({ accessToken } = await ask(true));
        context.redactor.add(accessToken);
        onAccount?.(record);
        return accessToken;
      } catch (error) {
        context.signal?.throwIfAborted();
        throw explainSignInError(error, msal.network.seen, context.authority, record.scopes);
      } finally {
        // Also after a failure: MSAL may have removed a refresh token that is no longer valid.
        if (msal.changed()) await keep(context, () => stored.write({ ...content, cache: msal.cache() }));
      }
    },
    { signal: context.signal },
  );
}

/** A token that cannot be stored is still usable: a read-only configuration folder does not stop anything. */
async function keep({ debug }: SignInContext, write: () => Promise<boolean>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof WatchError)) throw error;
    debug?.(error.message);
  }
}
