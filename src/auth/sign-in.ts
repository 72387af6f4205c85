import { request } from 'node:http';
import type { AuthenticationResult } from '@azure/msal-node';
import { toError, WatchError } from '../errors.ts';
import { checkedSignInAddress } from './sign-in-addresses.ts';
import { sameAccount, type SignInRecord } from './accounts.ts';
import { ERROR_PAGE, SUCCESS_PAGE } from './browser-pages.ts';
import { compareScopes, scopesFor } from './clouds.ts';
import { explainSignInError } from './msal-errors.ts';
import { createMsal, type Msal, type SignInContext } from './msal.ts';
import { emptyCache, mergeCaches, withoutAccount } from './store/content.ts';
import type { LockedStore } from './store/token-store.ts';

export interface DevicePrompt {
  userCode: string;
  verificationUri: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface SignedIn {
  record: SignInRecord;
  /** Requested, but not granted. */
  missingScopes: string[];
}

/**
 * `loginWithDeviceCode` signs in with a code that is entered on any device, and stores the sign-in.
 *
 * Rejects with an `auth` or `network` error; immediately with the signal's reason when it aborts.
 */
export async function loginWithDeviceCode(
  context: SignInContext,
  { scopes, onPrompt }: { scopes?: readonly string[]; onPrompt: (prompt: DevicePrompt) => void },
): Promise<SignedIn> {
  return login(context, scopes, (msal, asked) =>
    msal.app.acquireTokenByDeviceCode({
      scopes: asked,
      deviceCodeCallback({ userCode, verificationUri, expiresIn }) {
        onPrompt({ userCode, verificationUri, expiresAt: context.clock.now() + expiresIn * 1000 });
      },
    }),
  );
}

export interface BrowserOptions {
  scopes?: readonly string[];
  /** Called with where the browser has to go, before it is opened: whether one opens cannot be relied on. */
  onUrl: (url: string) => void;
  openBrowser: (url: string) => Promise<void>;
  /** Called if none could be opened, which cannot be detected on every machine. */
  onNoBrowser: () => void;
}

/**
 * `loginWithBrowser` signs in with the browser of this machine, which returns the answer to a port on loopback, and
 * stores the sign-in. Rejects as `loginWithDeviceCode`.
 */
export async function loginWithBrowser(context: SignInContext, { scopes, onUrl, openBrowser, onNoBrowser }: BrowserOptions): Promise<SignedIn> {
  const { signal, debug } = context;
  let cancel = (): void => undefined;
  const onAbort = (): void => {
    cancel();
  };
  signal?.addEventListener('abort', onAbort);
  try {
    return await login(context, scopes, (msal, asked) =>
      msal.app.acquireTokenInteractive({
        scopes: asked,
        prompt: 'select_account',
        successTemplate: SUCCESS_PAGE,
        errorTemplate: ERROR_PAGE,
        openBrowser(address) {
          const url = checkedSignInAddress(address, context.authority);
          cancel = () => {
            declineOnLoopback(url);
          };
          if (signal?.aborted === true) cancel();
          onUrl(url);
          // Not awaited: an opener that hangs must delay neither the answer nor Ctrl-C.
          void openBrowser(url).catch((error: unknown) => {
            debug?.(`No browser could be opened: ${toError(error).message}`);
            onNoBrowser();
          });
          return Promise.resolve();
        },
      }),
    );
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

async function login(
  context: SignInContext,
  scopes: readonly string[] | undefined,
  acquire: (msal: Msal, asked: string[]) => Promise<AuthenticationResult | null>,
): Promise<SignedIn> {
  context.signal?.throwIfAborted();
  await context.store.checkWritable();
  const asked = scopesFor(context.graphUrl, scopes);
  // An empty cache: afterwards it contains what this sign-in has added.
  const msal = await createMsal(context, emptyCache());
  let result: AuthenticationResult | null;
  try {
    result = await acquire(msal, asked);
  } catch (error) {
    context.signal?.throwIfAborted();
    throw explainSignInError(error, msal.network.seen, context.authority, asked);
  }
  context.signal?.throwIfAborted();
  if (result?.account == null) {
    throw new WatchError('auth', 'The sign-in service did not return an account.', { hint: 'Run graph-watch login again.' });
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
  const save = (stored: LockedStore): Promise<boolean> => {
    const { content } = stored;
    const signIns = content.signIns.filter((other) => !(sameAccount(other, record) && other.clientId === record.clientId));
    // Older tokens of the account, with other scopes perhaps, would compete with the new ones. Those of
    // another app do not, and a watch that runs with it would end without them.
    const cache = mergeCaches(withoutAccount(content.cache, record, record.clientId), msal.cache());
    return stored.write({ cache, signIns: [...signIns, record] });
  };
  while (!(await context.store.exclusively(save, { replace: true, patient: true, signal: context.signal }))) {
    context.debug?.('The lock was lost while storing the sign-in; storing it again.');
  }
  return { record, missingScopes: missing };
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
  // The listener may have closed already: the answer came at the same moment.
  post.on('error', () => undefined);
  post.end(body);
}
