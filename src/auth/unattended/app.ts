import type { ConfidentialClientApplication } from '@azure/msal-node';
import { usageError, WatchError } from '../../errors.ts';
import { lazily } from '../../lib/lazily.ts';
import type { Redactor } from '../../lib/redactor.ts';
import type { Send } from '../../net/send.ts';
import type { Clock } from '../../surroundings.ts';
import type { CloudName } from '../clouds.ts';
import { explainMsalError } from '../msal-errors.ts';
import { createNetworkClient } from '../network-client.ts';
import type { TokenSource } from '../token-source.ts';
import { appCredential, type AppCredential } from './credential.ts';
import { heldTokens, type IssuedToken } from './held-token.ts';

export interface UnattendedOptions {
  env: Readonly<Record<string, string | undefined>>;
  cloud: CloudName;
  /** The app; for a managed identity, a user-assigned one. */
  clientId: string | undefined;
  tenant: string | undefined;
  /** Tenant included. */
  authority: string;
  /** The Graph root, without the version. */
  graphUrl: string;
  send: Send;
  clock: Clock;
  redactor: Redactor;
  warn: (line: string) => void;
  debug?: ((line: string) => void) | undefined;
}

/** Tenants that stand for many: an app's own token is always for one. */
const SHARED_TENANTS = new Set(['common', 'organizations', 'consumers']);

/**
 * `appTokens` signs in as the app itself (OAuth client credentials) with MSAL. Throws a usage error, before
 * anything is sent, if the app or its tenant is missing.
 */
export function appTokens(options: UnattendedOptions): TokenSource {
  const { clientId, tenant } = options;
  if (clientId === undefined) throw usageError('--auth app needs the app\'s id.', 'Set AZURE_CLIENT_ID, or --client-id.');
  if (tenant === undefined || SHARED_TENANTS.has(tenant.toLowerCase())) {
    throw usageError(`--auth app needs one tenant${tenant === undefined ? '' : `, not ${tenant}`}.`, 'Set AZURE_TENANT_ID, or --tenant <tenant id>.');
  }
  const credential = lazily(() => appCredential(options));
  return heldTokens({
    ...options,
    kind: 'app',
    issue: async (signal) => issueToApp({ ...options, clientId }, await credential(), signal),
  });
}

async function issueToApp(options: UnattendedOptions & { clientId: string }, credential: AppCredential, signal: AbortSignal): Promise<IssuedToken> {
  const { ConfidentialClientApplication: Client } = await import('@azure/msal-node');
  const network = createNetworkClient({ ...options, signal });
  // Before MSAL is called: it would hide what goes wrong here.
  const assertion = 'assertion' in credential ? await credential.assertion(signal) : undefined;
  const app: ConfidentialClientApplication = new Client({
    auth: {
      clientId: options.clientId,
      authority: options.authority,
      knownAuthorities: [new URL(options.authority).host],
      ...(credential.kind === 'secret' ? { clientSecret: credential.secret } : {}),
      ...(credential.kind === 'certificate' ? { clientCertificate: credential.certificate } : {}),
      ...(assertion === undefined ? {} : { clientAssertion: assertion }),
    },
    system: { networkClient: network },
  });
  try {
    const result = await app.acquireTokenByClientCredential({ scopes: [`${options.graphUrl}/.default`], skipCache: true });
    return issued(result);
  } catch (error) {
    signal.throwIfAborted();
    throw explainMsalError(error, network.seen, options.authority);
  }
}

/** `issued` checks what MSAL resolves with: it may resolve without a token. */
export function issued(result: { accessToken: string; expiresOn: Date | null } | null): IssuedToken {
  // MSAL's types promise a token; a managed identity that answers `{}` has none.
  const token: unknown = result?.accessToken;
  if (typeof token !== 'string' || token === '') {
    throw new WatchError('network', 'The identity service answered without a token.', { code: 'noToken' });
  }
  const expiresAt = result?.expiresOn?.getTime();
  return { token, expiresAt: expiresAt === undefined || Number.isNaN(expiresAt) ? undefined : expiresAt };
}
