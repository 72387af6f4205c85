import { WatchError } from '../../errors.ts';
import { explainMsalError } from '../msal-errors.ts';
import { createNetworkClient } from '../network-client.ts';
import type { TokenSource } from '../token-source.ts';
import { issued, type UnattendedOptions } from './app.ts';
import { heldTokens, type IssuedToken } from './held-token.ts';

/**
 * `managedIdentityTokens` asks the platform that this process runs on (App Service, Arc, a virtual machine …)
 * for tokens of its managed identity: the system-assigned one, or the user-assigned one that `clientId` names.
 * No proxy is used, whatever the environment says: the address is link-local.
 */
export function managedIdentityTokens(options: UnattendedOptions): TokenSource {
  return heldTokens({ ...options, kind: 'managed-identity', issue: (signal) => issueToMachine(options, signal) });
}

async function issueToMachine(options: UnattendedOptions, signal: AbortSignal): Promise<IssuedToken> {
  const { ManagedIdentityApplication } = await import('@azure/msal-node');
  const network = createNetworkClient({ ...options, authority: undefined, send: (request) => options.send({ ...request, direct: true }), signal });
  try {
    const app = new ManagedIdentityApplication({
      ...(options.clientId === undefined ? {} : { managedIdentityIdParams: { userAssignedClientId: options.clientId } }),
      system: { networkClient: network },
    });
    return issued(await app.acquireToken({ resource: options.graphUrl, forceRefresh: true }));
  } catch (error) {
    signal.throwIfAborted();
    const explained = explainMsalError(error, network.seen, options.authority);
    if (!(explained instanceof WatchError) || explained.category !== 'network') throw explained;
    const { category, message, code, status, retryAfterMs } = explained;
    throw new WatchError(category, message, {
      code, status, retryAfterMs, cause: explained, hint: explained.hint ?? 'A managed identity exists only where Azure runs the process: check that the machine, app or container has one.',
    });
  }
}
