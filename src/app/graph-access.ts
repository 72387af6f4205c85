import type { TokenSource } from '../auth/token-source.ts';
import { createTokenSource } from '../auth/tokens.ts';
import { usageError } from '../errors.ts';
import { TokenStore } from '../auth/store/token-store.ts';
import type { fetchEndpoint } from '../graph/endpoint.ts';
import { createGraph, type GraphGet, type GraphRequest } from '../graph/http.ts';
import { endpointPath, type Target } from '../graph/targets.ts';
import { isLoopback } from '../net/loopback.ts';
import { USER_AGENT } from '../version.ts';
import type { WatchContext } from './context.ts';

/** `tokenSource` creates the token source that the settings call for. */
export function tokenSource({ settings, send, surroundings, redactor, people, vault }: WatchContext): TokenSource {
  return createTokenSource({
    ...settings,
    env: surroundings.env,
    send,
    clock: surroundings.clock,
    redactor,
    vault,
    warn: (line) => {
      people.warn(line);
    },
    debug: (line) => {
      people.debug(line);
    },
  });
}

/**
 * `checkTarget` refuses what cannot be watched before anything is sent: an id that cannot be valid, and the
 * signed-in user's drive where no user is signed in. Throws a usage error.
 */
export function checkTarget(context: WatchContext, target: Target): void {
  endpointPath(target);
  if (!actsAsItself(context) || target.kind !== 'me') return;
  throw usageError(`"me" is the drive of a signed-in user, and --auth ${context.settings.auth} does not sign in a user.`, 'Specify the drive: watch drive <driveId>, watch group <groupId> or watch list <site> <list>.');
}

/** `actsAsItself` says whether the process signs in as an app or a machine: then there is no signed-in user. */
export function actsAsItself({ settings: { auth, token, tokenFile, tokenCommand } }: Pick<WatchContext, 'settings'>): boolean {
  return auth !== 'user' && token === undefined && tokenFile === undefined && tokenCommand === undefined;
}

/** `graphAccess` creates the access to Graph with these tokens. Budget and pauses are those of the process. */
export function graphAccess({ settings, send, surroundings, people, redactor, pace }: WatchContext, tokens: TokenSource): GraphRequest {
  return createGraph({
    graphUrl: settings.graphUrl,
    send,
    token: (options) => tokens.get(options),
    credential: tokens.kind === 'sign-in' ? 'user' : tokens.kind === 'app' || tokens.kind === 'managed-identity' ? 'app' : 'token',
    clock: surroundings.clock,
    pace,
    userAgent: `${settings.userAgent}|${USER_AGENT}`,
    redact: (text) => redactor.redact(text),
    debug: (line) => {
      people.debug(line);
    },
  });
}

/** `endpointRequest` builds what `fetchEndpoint` needs from the settings. */
export function endpointRequest(context: WatchContext, target: Target, get: GraphGet): Parameters<typeof fetchEndpoint>[0] {
  const { settings, redactor, surroundings } = context;
  return {
    target,
    get,
    graphUrl: settings.graphUrl,
    globalCloud: settings.cloud === 'global' && !isLoopback(new URL(settings.graphUrl).hostname),
    onSecret: (secret) => {
      redactor.add(secret);
    },
    now: () => surroundings.clock.now(),
  };
}

/** `tokenStore` opens the stored sign-ins of the configuration folder. */
export function tokenStore({ settings, people, surroundings, redactor, vault }: WatchContext): TokenStore {
  return new TokenStore({
    configFolder: settings.configFolder,
    clock: surroundings.clock,
    redactor,
    vault,
    warn: (line) => {
      people.warn(line);
    },
  });
}
