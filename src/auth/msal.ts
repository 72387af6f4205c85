import type { ICachePlugin } from '@azure/msal-node';
import type { Send } from '../net/send.ts';
import type { Redactor } from '../lib/redactor.ts';
import type { Clock } from '../surroundings.ts';
import type { CloudName } from './clouds.ts';
import { createNetworkClient, type NetworkClient } from './network-client.ts';
import { parseCache, type MsalCache } from './store/content.ts';
import type { TokenStore } from './store/token-store.ts';

/** SignInContext says where to sign in, and with what. */
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

export type Msal = Awaited<ReturnType<typeof createMsal>>;

/** `createMsal` creates a new MSAL with this cache: between two uses the current state is on the disk, not in the memory of one process. */
export async function createMsal(context: SignInContext, cache: MsalCache) {
  const { LogLevel, PublicClientApplication } = await import('@azure/msal-node');
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
      // Marks the host as known: otherwise MSAL would ask Microsoft's global cloud about it.
      knownAuthorities: [new URL(context.authority).host],
    },
    cache: { cachePlugin: plugin },
    system: {
      networkClient: network,
      loggerOptions: {
        piiLoggingEnabled: false,
        logLevel: debug === undefined ? LogLevel.Error : LogLevel.Info,
        loggerCallback(_level, message) {
          // It begins with the time, an id and its own name.
          debug?.(redactor.redact(message.replace(/^.* : @azure\/msal-[\w-]+@[\w.-]+ : /, 'MSAL: ')));
        },
      },
    },
  });
  return { app, network, changed: () => changed, cache: () => parseCache(text) };
}
