import type { Dispatcher } from 'undici';
import { BodyReader, DROPPED_BYTES, DROPPED_WITHIN_MS, type AnswerKind } from './body.ts';
import { toError, WatchError } from '../errors.ts';
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
    const { origin, pathname, search, host } = new URL(url);
    try {
      return await exchange(direct ? (network.direct ?? network.dispatcher) : network.dispatcher, {
        origin,
        path: `${pathname}${search}`,
        method,
        headers: headers ?? {},
        ...(body === undefined ? {} : { body }),
        headersTimeout: ANSWER_TIMEOUT_MS,
        bodyTimeout: ANSWER_TIMEOUT_MS,
      }, { signal, kind, host });
    } catch (error) {
      if (error instanceof WatchError) throw error;
      const { why, ...details } = describeFailure(error, host, direct ? undefined : network.proxyOf?.(url));
      throw new WatchError('network', `${host} could not be reached: ${why}`, { ...details, cause: error });
    }
  };
}

interface ExchangeOptions {
  signal: AbortSignal | undefined;
  kind: AnswerKind;
  host: string;
}

/** One exchange, without the stream and the promises that undici's `request` makes for each: an answer is read as a whole. */
function exchange(dispatcher: Dispatcher, request: Dispatcher.DispatchOptions, { signal, kind, host }: ExchangeOptions): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let stopped: Error | undefined;
    const stop = (reason: Error): void => {
      stopped = reason;
      controller?.abort(reason);
    };
    // undici ends a request only once it has a connection: a proxy that accepts a CONNECT and does not answer
    // would delay Ctrl-C for minutes.
    const give = (reason: Error): void => {
      settle();
      reject(reason);
      stop(reason);
    };
    const abort = (): void => { give(toError(signal?.reason)); };
    let deadline = setTimeout(() => { give(new DOMException('The operation was aborted due to timeout', 'TimeoutError')); }, EXCHANGE_TIMEOUT_MS).unref();
    const settle = (): void => {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', abort);
    };
    if (signal?.aborted === true) {
      abort();
      return;
    }
    signal?.addEventListener('abort', abort, { once: true });
    let head = { status: 0, headers: {} };
    let reader: BodyReader | undefined;
    let dropped = 0;
    const finish = (): void => {
      settle();
      try {
        if (reader !== undefined) resolve({ ...head, ...reader.read() });
      } catch (error) {
        reject(toError(error));
      }
    };
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started;
        if (stopped !== undefined) started.abort(stopped);
      },
      onResponseStart(_controller, status, headers) {
        // An interim answer, before the one that counts.
        if (status < 200) return;
        head = { status, headers: flatHeaders(headers) };
        if (kind !== 'status') {
          reader = new BodyReader(status, kind, host);
          return;
        }
        settle();
        resolve({ ...head, body: '' });
        deadline = setTimeout(stop, DROPPED_WITHIN_MS, new Error('the rest of the answer is not waited for')).unref();
      },
      onResponseData(_controller, piece) {
        dropped += piece.length;
        if (reader?.take(piece) === false) {
          finish();
          stop(new Error('the rest of the answer is not read'));
        } else if (reader === undefined && dropped > DROPPED_BYTES) {
          stop(new Error('the rest of the answer is not read'));
        }
      },
      onResponseEnd: finish,
      // Also after the end that it was given: then it changes nothing.
      onResponseError(_controller, error) {
        settle();
        reject(error);
      },
    };
    try {
      dispatcher.dispatch(request, handler);
    } catch (error) {
      // The proxy's address is not one.
      settle();
      reject(toError(error));
    }
  });
}

/** `flatHeaders` returns headers as undici gives them with lower-case names, repeated ones joined with a comma. */
export function flatHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return result;
}
