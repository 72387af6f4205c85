import { innermostMessage, WatchError } from '../errors.ts';
import { field } from '../lib/json.ts';
import { foreignText } from '../lib/foreign-text.ts';
import { describeFailure, refusedTunnel } from '../net/failure.ts';
import type { Proxy } from '../net/proxies.ts';
import { parseRetryAfter } from '../net/retry-after.ts';
import { TunnelRefused } from '../net/node-tunnel.ts';

/** HandshakeFault is what is known about a WebSocket handshake that failed. */
export interface HandshakeFault {
  error?: Error;
  /** HTTP status, if the upgrade was answered with any but 101. */
  status?: number | undefined;
  retryAfter?: string | undefined;
  /** That response's `Date`. */
  date?: string | undefined;
}

/** Peer is where a connection leads, for messages. */
export interface Peer {
  host: string;
  /** The proxy on the way, if there is one. */
  proxy?: Proxy | undefined;
  /** The wall clock, in milliseconds. */
  now: () => number;
  /** Removes secrets from foreign text, before it is cut. */
  redact: (text: string) => string;
}

/** `connectError` says why no connection was made, as a `network` error: a fresh endpoint is asked for and tried. */
export function connectError(error: Error, fault: HandshakeFault, { host, proxy, now, redact }: Peer): WatchError {
  const refused = fault.error instanceof TunnelRefused ? fault.error : undefined;
  const status = refused?.status ?? fault.status;
  if (status !== undefined) {
    const { retryAfter = fault.retryAfter, date = fault.date } = refused ?? {};
    const tunnel = refused === undefined ? undefined : refusedTunnel(status, host, proxy);
    return new WatchError('network', tunnel === undefined ? `the push host refused the connection: HTTP ${status}` : `could not connect to the push host: ${tunnel.why}`, {
      status,
      code: 'handshakeRefused',
      hint: tunnel?.hint,
      retryAfterMs: parseRetryAfter(retryAfter, now(), date),
      cause: error,
    });
  }
  const cause = fault.error ?? described(error) ?? error;
  const { why, ...details } = describeFailure(cause, host, proxy);
  return new WatchError('network', `could not connect to the push host: ${foreignText(why, redact)}`, { ...details, cause });
}

/**
 * `describeLoss` says why an acknowledged connection ended, from socket.io's `disconnect` reason
 * (https://socket.io/docs/v4/client-api/#event-disconnect) and its details.
 */
export function describeLoss(reason: string, details: unknown, redact: (text: string) => string): string {
  switch (reason) {
    case 'io server disconnect':
      return 'the server ended the session';
    case 'ping timeout':
      return 'no ping from the server in time';
    case 'parse error':
      return 'the server sent a frame that is not Socket.IO';
    case 'transport close': {
      const code = closeCode(details);
      return `the connection was closed${code === undefined ? '' : ` (${code})`}`;
    }
    case 'transport error': {
      const cause = details instanceof Error ? (described(details) ?? details) : undefined;
      return cause === undefined ? 'the connection failed' : `the connection failed: ${foreignText(innermostMessage(cause), redact)}`;
    }
    default:
      return foreignText(reason, redact);
  }
}

/** The WebSocket close code (RFC 6455 §7.4) in socket.io's details. */
function closeCode(details: unknown): number | undefined {
  const context = field(details, 'context');
  const code = field(context, 'code');
  return typeof code === 'number' ? code : undefined;
}

/** The error inside engine.io's TransportError: itself in `description`, or in the ErrorEvent there. */
function described(error: Error): Error | undefined {
  const description = field(error, 'description');
  if (description instanceof Error) return description;
  const inner = field(description, 'error');
  return inner instanceof Error ? inner : undefined;
}
