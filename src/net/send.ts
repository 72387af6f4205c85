import { linked, rejectWhenAborted } from '../lib/abort.ts';
import { dropBody, readBody, type AnswerKind } from './body.ts';
import { WatchError } from '../errors.ts';
import { describeFailure } from './failure.ts';
import type { Network } from './network.ts';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal | undefined;
  /** Without a proxy, whatever the environment says. */
  direct?: boolean;
  /** What the answer is for, which decides how long it may be. Default `graph`. */
  answer?: AnswerKind;
}

export interface HttpResponse {
  status: number;
  /** Lower-case names; repeated headers joined with a comma. */
  headers: Record<string, string>;
  body: string;
  /** The body of a failure (status 400 and above) was too long to be read; it is empty here. */
  bodyDropped?: boolean;
}

/** Send makes one HTTP exchange, with any status. Rejects with a `network` error if no complete answer came, or one that is too long. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

/** Longest wait for the answer's headers, and between two pieces of its body. */
const ANSWER_TIMEOUT_MS = 30_000;
/** Longest whole exchange: a server that sends a byte per second would pass the other limit. */
const EXCHANGE_TIMEOUT_MS = 100_000;

/** `createSend` creates what sends every HTTP request of the tool, sign-in included: same proxies, roots and time-outs. */
export function createSend(network: Pick<Network, 'dispatcher'> & Partial<Pick<Network, 'direct' | 'proxyOf'>>): Send {
  return async ({ method, url, headers, body, signal, direct = false, answer: kind = 'graph' }) => {
    const deadline = AbortSignal.timeout(EXCHANGE_TIMEOUT_MS);
    const ended = signal === undefined ? { signal: deadline, release: () => undefined } : linked(signal, deadline);
    try {
      const { origin, pathname, search } = new URL(url);
      const dispatcher = direct ? (network.direct ?? network.dispatcher) : network.dispatcher;
      // undici obeys a signal only once it has a connection: a proxy that accepts a CONNECT and does not answer
      // would delay Ctrl-C for minutes.
      const answer = await rejectWhenAborted(dispatcher.request({
        origin,
        path: `${pathname}${search}`,
        method,
        headers: headers ?? {},
        ...(body === undefined ? {} : { body }),
        headersTimeout: ANSWER_TIMEOUT_MS,
        bodyTimeout: ANSWER_TIMEOUT_MS,
        signal: ended.signal,
      }), ended.signal);
      const head = { status: answer.statusCode, headers: flatHeaders(answer.headers) };
      if (kind === 'status') {
        dropBody(answer.body);
        return { ...head, body: '' };
      }
      return { ...head, ...(await readBody(answer.body, answer.statusCode, kind, new URL(url).host)) };
    } catch (error) {
      if (error instanceof WatchError) throw error;
      const { host } = new URL(url);
      const { why, ...details } = describeFailure(error, host, direct ? undefined : network.proxyOf?.(url));
      throw new WatchError('network', `${host} could not be reached: ${why}`, { ...details, cause: error });
    } finally {
      ended.release();
    }
  };
}

/** `flatHeaders` returns headers as undici gives them with lower-case names, repeated ones joined with a comma. */
export function flatHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return result;
}
