import { request } from 'node:http';
import { LogLevel, PublicClientApplication, type AuthenticationResult, type ICachePlugin } from '@azure/msal-node';
import { WatchError } from '../errors.ts';
import type { Send } from '../net/send.ts';
import type { Redactor } from '../redact.ts';
import type { Clock } from '../surroundings.ts';
import { notSignedIn, sameAccount, selectAccount, type SignInRecord } from './accounts.ts';
import { ERROR_PAGE, SUCCESS_PAGE } from './browser-pages.ts';
import { compareScopes, scopesFor, type CloudName } from './clouds.ts';
import { explainMsalError } from './msal-errors.ts';
import { createNetworkClient, type NetworkClient } from './network-client.ts';
import { emptyCache, mergeCaches, parseCache, withoutAccount, type MsalCache } from './store-content.ts';
import type { TokenStore } from './token-store.ts';

/** Where to sign in, and with what. */
export interface SignInContext {
  cloud: CloudName;
  clientId: string;
  /** Tenant included: `https://login.microsoftonline.com/common`. */
  authority: string;
  /** Without the version. */
  graphUrl: string;
  store: TokenStore;
  send: Send;
  clock: Clock;
  redactor: Redactor;
  signal?: AbortSignal | undefined;
  debug?: ((line: string) => void) | undefined;
}

export interface DevicePrompt {
  userCode: string;
  verificationUri: string;
  /** The service's own sentence, code and address in it. */
  message: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface SignedIn {
  record: SignInRecord;
  /** Asked for, and not granted. */
  missingScopes: string[];
}

/**
 * Signs in with a code that is entered on any device, and stores the sign-in.
 *
 * Rejects with an `auth` or `network` error; with the signal's reason when it aborts, at once.
 */
export async function loginWithDeviceCode(
  context: SignInContext,
  { scopes, onPrompt }: { scopes?: readonly string[]; onPrompt: (prompt: DevicePrompt) => void },
): Promise<SignedIn> {
  return login(context, scopes, (msal, asked) =>
    msal.app.acquireTokenByDeviceCode({
      scopes: asked,
      deviceCodeCallback({ userCode, verificationUri, message, expiresIn }) {
        onPrompt({ userCode, verificationUri, message, expiresAt: context.clock.now() + expiresIn * 1000 });
      },
    }),
  );
}

/**
 * Signs in through the browser of this machine, which brings the answer to a port on loopback, and
 * stores the sign-in. `onUrl` is called when the browser cannot be opened: somebody else has to.
 */
export async function loginWithBrowser(
  context: SignInContext,
  { scopes, openBrowser, onUrl }: { scopes?: readonly string[]; openBrowser: (url: string) => Promise<void>; onUrl: (url: string) => void },
): Promise<SignedIn> {
  let cancel = (): void => undefined;
  context.signal?.addEventListener('abort', () => { cancel(); }, { once: true });
  return login(context, scopes, (msal, asked) =>
    msal.app.acquireTokenInteractive({
      scopes: asked,
      prompt: 'select_account',
      successTemplate: SUCCESS_PAGE,
      errorTemplate: ERROR_PAGE,
      async openBrowser(url) {
        cancel = () => { declineOnLoopback(url); };
        if (context.signal?.aborted === true) cancel();
        try {
          await openBrowser(url);
        } catch (error) {
          context.debug?.(`No browser could be opened: ${String(error)}`);
          onUrl(url);
        }
      },
    }),
  );
}

/**
 * An access token of the stored sign-in, refreshed when it is about to expire.
 *
 * `refused` is the token that Graph turned down: any other one will do, so if another process has
 * refreshed in the meantime its token is taken instead of asking for yet another.
 */
export function acquireSilently(
  context: SignInContext,
  { account, refused }: { account?: string | undefined; refused?: string | undefined } = {},
): Promise<string> {
  // Where nothing is stored nothing is made either, not even the folder.
  if (!context.store.exists()) return Promise.reject(notSignedIn([], context));
  return context.store.exclusively(
    async (stored) => {
      const { content } = stored;
      const record = selectAccount(content.signIns, { ...context, account });
      const msal = createMsal(context, content.cache);
      try {
        const known = await msal.app.getTokenCache().getAllAccounts();
        const found = known.find((one) => one.homeAccountId === record.homeAccountId && one.environment === record.environment);
        if (found === undefined) throw notSignedIn([], context);
        const ask = (forceRefresh: boolean) => msal.app.acquireTokenSilent({ account: found, scopes: record.scopes, forceRefresh });
        let { accessToken } = await ask(false);
        if (accessToken === refused) ({ accessToken } = await ask(true));
        context.redactor.add(accessToken);
        return accessToken;
      } catch (error) {
        context.signal?.throwIfAborted();
        throw explainMsalError(error, msal.network.seen, context.authority);
      } finally {
        // Also after a failure: MSAL may have thrown out a refresh token that is no good any more.
        if (msal.changed()) await keep(context, () => stored.write({ ...content, cache: msal.cache() }));
      }
    },
    { signal: context.signal },
  );
}

type Msal = ReturnType<typeof createMsal>;

async function login(
  context: SignInContext,
  scopes: readonly string[] | undefined,
  acquire: (msal: Msal, asked: string[]) => Promise<AuthenticationResult | null>,
): Promise<SignedIn> {
  context.signal?.throwIfAborted();
  const asked = scopesFor(context.graphUrl, scopes);
  // An empty cache: what it holds afterwards is what this sign-in brought.
  const msal = createMsal(context, emptyCache());
  let result: AuthenticationResult | null;
  try {
    result = await acquire(msal, asked);
  } catch (error) {
    context.signal?.throwIfAborted();
    throw explainMsalError(error, msal.network.seen, context.authority);
  }
  context.signal?.throwIfAborted();
  if (result?.account == null) {
    throw new WatchError('auth', 'The sign-in service named no account.', { hint: 'Run graph-watch login again.' });
  }
  for (const secret of [result.accessToken, result.idToken]) context.redactor.add(secret);
  const { granted, missing } = compareScopes(asked, result.scopes);
  const { homeAccountId, environment, username, tenantId } = result.account;
  const record: SignInRecord = {
    homeAccountId,
    environment,
    username,
    tenantId,
    clientId: context.clientId,
    authority: context.authority,
    cloud: context.cloud,
    scopes: granted.length > 0 ? granted : asked,
    signedInAt: context.clock.now(),
  };
  await context.store.exclusively(
    async (stored) => {
      const { content } = stored;
      const signIns = content.signIns.filter((other) => !(sameAccount(other, record) && other.clientId === record.clientId));
      // Older tokens of the account, with other scopes perhaps, would compete with the new ones.
      const cache = mergeCaches(withoutAccount(content.cache, record), msal.cache());
      await stored.write({ cache, signIns: [...signIns, record] });
    },
    { replace: true, signal: context.signal },
  );
  return { record, missingScopes: missing };
}

/** A fresh MSAL over this cache: between two uses the truth is on the disk, not in the memory of one process. */
function createMsal(context: SignInContext, cache: MsalCache) {
  let text = JSON.stringify(cache);
  let changed = false;
  const plugin: ICachePlugin = {
    beforeCacheAccess(access) {
      access.tokenCache.deserialize(text);
      return Promise.resolve();
    },
    afterCacheAccess(access) {
      if (access.cacheHasChanged) {
        text = access.tokenCache.serialize();
        changed = true;
      }
      return Promise.resolve();
    },
  };
  const network: NetworkClient = createNetworkClient(context);
  const { debug, redactor } = context;
  const app = new PublicClientApplication({
    auth: {
      clientId: context.clientId,
      authority: context.authority,
      // Says that the host is meant: else MSAL would ask Microsoft's global cloud about it.
      knownAuthorities: [new URL(context.authority).host],
    },
    cache: { cachePlugin: plugin },
    system: {
      networkClient: network,
      loggerOptions: {
        piiLoggingEnabled: false,
        logLevel: debug === undefined ? LogLevel.Error : LogLevel.Info,
        loggerCallback(_level, message) {
          debug?.(redactor.redact(message));
        },
      },
    },
  });
  return { app, network, changed: () => changed, cache: () => parseCache(text) };
}

/** A token that cannot be stored is still a token: a read-only configuration folder is no reason to stop. */
async function keep({ debug }: SignInContext, write: () => Promise<boolean>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof WatchError)) throw error;
    debug?.(error.message);
  }
}

/**
 * Ends MSAL's wait for the browser. It cannot be cancelled, but it ends at the answer that the
 * sign-in service would send if the user declined, so that is what is sent.
 */
function declineOnLoopback(authorizeUrl: string): void {
  const parameters = new URL(authorizeUrl).searchParams;
  const body = new URLSearchParams({ error: 'access_denied', state: parameters.get('state') ?? '' }).toString();
  const { port } = new URL(parameters.get('redirect_uri') ?? 'http://localhost');
  const post = request({ host: '127.0.0.1', port, method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  // It is gone already: the answer came in the same moment.
  post.on('error', () => undefined);
  post.end(body);
}
