import { usageError } from '../../errors.ts';
import { nonBlank } from '../../lib/non-blank.ts';
import { isLocal, parseServeAddress, type ServeAddress } from '../../serve/address.ts';

/** ServeFlags are the flags of `watch` about serving, as commander gives them. */
export interface ServeFlags {
  serve?: string;
}

/** ServeOptions say where health, metrics and events are served. */
export interface ServeOptions {
  address: ServeAddress;
  token: string | undefined;
}

/** Long enough that nobody guesses it. */
const SHORTEST_TOKEN = 16;
const TOKEN_HINT = 'Set GRAPH_WATCH_SERVE_TOKEN to a long random text, such as the output of: openssl rand -hex 32';

/** `serveOptions` checks where to serve; `undefined` means nowhere. Throws a usage error that repeats no secret. */
export function serveOptions({ serve }: ServeFlags, env: Readonly<Record<string, string | undefined>>): ServeOptions | undefined {
  if (serve === undefined) return undefined;
  const address = parseServeAddress(serve);
  const token = nonBlank(env.GRAPH_WATCH_SERVE_TOKEN);
  if (token === undefined && !isLocal(address)) throw usageError(`--serve ${serve} would show everybody on the network what changes.`, `${TOKEN_HINT}. Without a host, only this machine is served.`);
  if (token !== undefined && (token.length < SHORTEST_TOKEN || !/^[\x21-\x7e]+$/.test(token))) throw usageError(`The token for --serve must have at least ${SHORTEST_TOKEN} characters, without spaces.`, TOKEN_HINT);
  return { address, token };
}
