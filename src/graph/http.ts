import { randomUUID } from 'node:crypto';
import { WatchError } from '../errors.ts';
import { Deadline } from '../lib/deadline.ts';
import type { HttpResponse, Send } from '../net/send.ts';
import type { Clock } from '../surroundings.ts';
import { graphError } from './graph-error.ts';
import { isRecord, parseJson } from '../lib/json.ts';
import { parseRetryAfter } from '../net/retry-after.ts';

export interface GraphAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** The parsed body; `undefined` if it is not JSON. */
  body: unknown;
}

/**
* GraphGet sends `GET` to a path below the Graph root: a path below the version (`/me/drive`), or a whole URL that Graph itself
 * gave (`@odata.nextLink`), used verbatim. Throws a `WatchError` for any answer that is neither a
 * success nor in `accept`. `headers` (lower case) go with this one request.
 */
export type GraphGet = (
  path: string,
  signal?: AbortSignal,
  options?: { accept?: readonly number[]; headers?: Readonly<Record<string, string>> },
) => Promise<GraphAnswer>;

export interface GraphOptions {
  /** The Graph root, without the version. */
  graphUrl: string;
  send: Send;
  /** An access token; `forceRefresh` after a 401, with the token that was refused. */
  token: (options: { forceRefresh: boolean; refused?: string | undefined; signal?: AbortSignal | undefined }) => Promise<string>;
  clock: Clock;
  userAgent: string;
  /** Removes secrets from what Graph says about a failure. */
  redact?: (text: string) => string;
  /** Called with method, path and status of each exchange, for `--debug`. */
  debug: (line: string) => void;
}

const VERSION_PATH = '/v1.0';

/** `createGraph` creates the access to Graph for one process: a `Retry-After` delays every later request, whatever it asks for. */
export function createGraph(options: GraphOptions): GraphGet {
  const { graphUrl, send, token, clock, userAgent, debug } = options;
  const root = graphUrl.replace(/\/+$/, '');
  let held = new Deadline(0, clock.now);

  const checkHeld = (): void => {
    if (held.leftMs > 0) throw heldBack(held.leftMs);
  };

  const exchange = async (url: string, signal: AbortSignal | undefined, bearer: string, more: Readonly<Record<string, string>>): Promise<HttpResponse> => {
    // Another request may have received a `Retry-After` while this one waited for its token.
    checkHeld();
    const started = clock.now();
    const response = await send({
      method: 'GET',
      url,
      signal,
      headers: {
        ...more,
        authorization: `Bearer ${bearer}`,
        // "Required" by the API's documentation, although a GET has no body.
        'content-type': 'application/json',
        accept: 'application/json',
        'client-request-id': randomUUID(),
        'user-agent': userAgent,
      },
    });
    debug(`GET ${new URL(url).pathname} ${response.status} in ${clock.now() - started} ms, request-id ${response.headers['request-id'] ?? 'none'}`);
    return response;
  };

  return async (path, signal, { accept = [], headers: more = {} } = {}) => {
    const url = resolve(root, path);
    // No token is asked for either: that may be a request of its own.
    checkHeld();
    const bearer = await token({ forceRefresh: false, signal });
    let response = await exchange(url, signal, bearer, more);
    // A token may be revoked or expire early: a fresh one is tried, once.
    if (response.status === 401) response = await exchange(url, signal, await token({ forceRefresh: true, refused: bearer, signal }), more);
    const { status, headers, body, bodyDropped } = response;
    // A gateway may answer 200 to what failed behind it.
    const parsed = parseJson(body);
    const failed = status < 200 || status >= 300 || (isRecord(parsed) && isRecord(parsed.error));
    if (!failed || accept.includes(status)) return { status, headers, body: parsed };
    const retryAfterMs = parseRetryAfter(headers['retry-after'], clock.now(), headers.date);
    if (retryAfterMs !== undefined && retryAfterMs > held.leftMs) held = new Deadline(retryAfterMs, clock.now);
    throw graphError({ status, headers, body, bodyDropped, retryAfterMs, redact: options.redact });
  };
}

/** A link, from an answer or in a cursor, goes to this Graph or nowhere: the bearer token travels with it. */
function resolve(root: string, path: string): string {
  if (path.startsWith('/')) return `${root}${VERSION_PATH}${path}`;
  const here = new URL(root).origin;
  const there = URL.canParse(path) ? new URL(path).origin : 'null';
  if (there === here) return path;
  // It is the same link each time: retrying would never end.
  throw new WatchError('refused', `A link that leads ${there === 'null' ? 'nowhere' : `to ${there}`} is not followed: Graph is at ${here}.`, {
    code: 'foreignLink',
    hint: 'A cursor is valid only for the Graph that issued it: check --cloud and GRAPH_WATCH_GRAPH_URL, or start over (without --after, or with another name for --resume).',
  });
}

function heldBack(waitMs: number): WatchError {
  return new WatchError('network', 'Graph asked for a pause (Retry-After)', { code: 'held', status: 429, retryAfterMs: waitMs });
}
