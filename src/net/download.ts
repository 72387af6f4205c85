import type { Readable } from 'node:stream';
import { WatchError } from '../errors.ts';
import { rejectWhenAborted } from '../lib/abort.ts';
import { describeFailure } from './failure.ts';
import type { Network } from './network.ts';
import { flatHeaders } from './send.ts';

/** Download is an answer whose body is read as it comes. Whoever has it reads the body to its end, or destroys it. */
export interface Download {
  status: number;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  body: Readable;
}

/** OpenDownload sends a GET, with any status. Rejects with a `network` error if no answer came. */
export type OpenDownload = (url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<Download>;

/** Longest wait for the answer's headers, and between two pieces of its body; a slow reader does not count. */
const SILENCE_MS = 30_000;

/** `createDownload` opens downloads of any length over the network of the other requests. A redirect is not followed, and headers are sent as given. */
export function createDownload(network: Pick<Network, 'dispatcher' | 'proxyOf'>): OpenDownload {
  return async (url, headers, signal) => {
    try {
      const answer = await rejectWhenAborted(network.dispatcher.request({
        origin: url.origin, path: `${url.pathname}${url.search}`, method: 'GET', headers: { ...headers }, headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS, signal,
      }), signal);
      // Whoever reads it learns of its errors; one that nobody reads any more may fail as it likes.
      answer.body.on('error', () => undefined);
      return { status: answer.statusCode, headers: flatHeaders(answer.headers), body: answer.body };
    } catch (error) {
      signal.throwIfAborted();
      const { why, ...details } = describeFailure(error, url.host, network.proxyOf(url.href));
      throw new WatchError('network', `${url.host} could not be reached: ${why}`, { ...details, cause: error });
    }
  };
}
