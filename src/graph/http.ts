import { randomUUID } from 'node:crypto';
import { WatchError } from '../errors.ts';
import type { HttpRequest, HttpResponse, Send } from '../net/send.ts';
import type { Clock } from '../surroundings.ts';
import { graphError } from './graph-error.ts';
import { missingHint } from './missing.ts';
import { permissionHint, type Credential } from './permissions.ts';
import { isRecord, parseJson } from '../lib/json.ts';
import type { RequestPace } from './request-pace.ts';
import { requestKind, resourceUnits } from './resource-units.ts';

export interface GraphAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** The parsed body; `undefined` if it is not JSON. */
  body: unknown;
}

/**
 * GraphGet sends `GET` to a path below the Graph root: a path below the version (`/me/drive`), or a whole URL that Graph itself
 * gave (`@odata.nextLink`), used verbatim. Throws a `WatchError` for any answer that is neither a
 * success nor in `accept`. `headers` (lower case) go with this one request; an `urgent` one does not wait for others.
 */
export type GraphGet = (
  path: string,
  signal?: AbortSignal,
  options?: {
    accept?: readonly number[];
    headers?: Readonly<Record<string, string>>;
    urgent?: boolean;
    /** Called with the body of a success before it is parsed. Returns whether it has caused another request, which then goes out first. */
    onBody?: (body: string) => boolean;
  },
) => Promise<GraphAnswer>;

/** GraphRequest is a GraphGet that can write too: with a `method`, and what is sent as its `body`. */
export type GraphRequest = (
  path: string,
  signal?: AbortSignal,
  options?: Parameters<GraphGet>[2] & { method?: 'GET' | 'PUT' | 'DELETE'; body?: string },
) => Promise<GraphAnswer>;

export interface GraphOptions {
  /** The Graph root, without the version. */
  graphUrl: string;
  send: Send;
  /** An access token; `forceRefresh` after a 401, with the token that was refused. */
  token: (options: { forceRefresh: boolean; refused?: string | undefined; signal?: AbortSignal | undefined }) => Promise<string>;
  clock: Clock;
  /** Shared by everything in this process that queries Graph. */
  pace: RequestPace;
  userAgent: string;
  /** Whose permissions count, for what to do about a missing one. */
  credential?: Credential;
  /** Removes secrets from what Graph says about a failure. */
  redact?: (text: string) => string;
  /** Called with method, path and status of each exchange, for `--debug`. */
  debug: (line: string) => void;
}

const VERSION_PATH = '/v1.0';
/** What a write costs. Source: Microsoft Graph, concepts/throttling-limits.md, "SharePoint and OneDrive". */
const WRITE_UNITS = 2;

/** `createGraph` creates an access to Graph, at the pace of the process: a `Retry-After` delays every later request, whatever it asks for. */
export function createGraph(options: GraphOptions): GraphRequest {
  const { graphUrl, send, token, clock, pace, userAgent, debug } = options;
  const root = graphUrl.replace(/\/+$/, '');
  const { origin } = new URL(root);

  const checkHeld = (): void => {
    if (pace.heldMs > 0) throw heldBack(pace.heldMs);
  };

  type Sent = Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body' | 'signal'>;
  const exchange = async ({ method, url, headers: more = {}, body, signal }: Sent, pathname: string, bearer: string): Promise<HttpResponse> => {
    // Another request may have received a `Retry-After` while this one waited for its token.
    checkHeld();
    const started = clock.now();
    const response = await send({
      method,
      url,
      signal,
      ...(body === undefined ? {} : { body }),
      headers: {
        // "Required" by the API's documentation, although a GET has no body.
        'content-type': 'application/json',
        ...more,
        authorization: `Bearer ${bearer}`,
        accept: 'application/json',
        'client-request-id': randomUUID(),
        'user-agent': userAgent,
      },
    });
    // Whoever has a sharing link may need nothing else to open what it shares.
    debug(`${method} ${pathname.replace(/\/shares\/[^/]+/, '/shares/…')} ${response.status} in ${clock.now() - started} ms, request-id ${response.headers['request-id'] ?? 'none'}`);
    return response;
  };

  return async (path, signal, { accept = [], headers: more = {}, urgent = false, onBody, method = 'GET', body: content } = {}) => {
    const url = resolve({ root, origin }, path);
    const address = new URL(url);
    const { pathname } = address;
    const sent: Sent = { method, url, headers: more, signal, ...(content === undefined ? {} : { body: content }) };
    const admission = { units: method === 'GET' ? resourceUnits(address, method) : WRITE_UNITS, kind: requestKind(address), urgent, signal };
    // No token is asked for either: that may be a request of its own.
    checkHeld();
    let bearer = await token({ forceRefresh: false, signal });
    // It may have expired meanwhile.
    if (await pace.admit(admission)) bearer = await token({ forceRefresh: false, signal });
    let response = await exchange(sent, pathname, bearer);
    // A token may be revoked or expire early: a fresh one is tried, once.
    if (response.status === 401) {
      const fresh = await token({ forceRefresh: true, refused: bearer, signal });
      await pace.admit(admission);
      response = await exchange(sent, pathname, fresh);
    }
    const { status, headers, body, bodyDropped } = response;
    // Where Graph speaks of its pace, that comes first.
    const isUnhurried = headers['retry-after'] === undefined && headers['ratelimit-remaining'] === undefined;
    if (onBody !== undefined && status >= 200 && status < 300 && isUnhurried && onBody(body)) await requestsOut();
    // A gateway may answer 200 to what failed behind it.
    const parsed = parseJson(body);
    const failed = status < 200 || status >= 300 || (isRecord(parsed) && isRecord(parsed.error));
    const isAnswer = !failed || accept.includes(status);
    const retryAfterMs = pace.heard({ headers, failed: !isAnswer });
    if (isAnswer) return { status, headers, body: parsed };
    const below = belowVersion(root, path);
    throw graphError({
      status, headers, body, bodyDropped, retryAfterMs, missing: missingHint(below),
      forbidden: permissionHint(below, { credential: options.credential, write: method !== 'GET' }), redact: options.redact,
    });
  };
}

/** Resolves once a request that was just made is on its way: undici writes it in the next phase of the event loop, not at once. */
async function requestsOut(): Promise<void> {
  for (let phases = 0; phases < 2; phases += 1) await new Promise((resolve) => { setImmediate(resolve); });
}

/** The path of a request, also where it is a link that Graph gave. */
function belowVersion(root: string, path: string): string {
  return path.startsWith('/') ? path : path.slice(`${root}${VERSION_PATH}`.length);
}

/** A link, from an answer or in a cursor, goes to this Graph or nowhere: the bearer token travels with it. */
function resolve({ root, origin: here }: { root: string; origin: string }, path: string): string {
  if (path.startsWith('/')) return `${root}${VERSION_PATH}${path}`;
  const there = URL.canParse(path) ? new URL(path).origin : 'null';
  if (there === here) return path;
  // It is the same link each time: retrying would never end.
  throw new WatchError('refused', there === 'null' ? `Refused to follow a link that is not a valid URL: Graph is at ${here}.` : `Refused to follow a link to ${there}: Graph is at ${here}.`, {
    code: 'foreignLink',
    hint: 'A cursor is valid only for the Graph that issued it: check --cloud and GRAPH_WATCH_GRAPH_URL, or start over (without --after, or with another name for --resume).',
  });
}

function heldBack(waitMs: number): WatchError {
  return new WatchError('network', 'Graph asked for a pause (Retry-After)', { code: 'held', status: 429, retryAfterMs: waitMs });
}
