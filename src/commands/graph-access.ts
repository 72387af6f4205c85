import { createTokenSource, type TokenSource } from '../auth/tokens.ts';
import { createGraph, type GraphGet } from '../graph/http.ts';
import { USER_AGENT } from '../version.ts';
import type { CommandContext } from './context.ts';

/** The token source that the settings call for. */
export function tokenSource({ settings, send, surroundings, redactor, people, vault }: CommandContext): TokenSource {
  return createTokenSource({
    ...settings,
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

/** Graph with these tokens. One per process: a `Retry-After` holds back all requests. */
export function graphAccess({ settings, send, surroundings, people }: CommandContext, tokens: TokenSource): GraphGet {
  return createGraph({
    graphUrl: settings.graphUrl,
    send,
    token: (options) => tokens.get(options),
    clock: surroundings.clock,
    userAgent: USER_AGENT,
    debug: (line) => {
      people.debug(line);
    },
  });
}
