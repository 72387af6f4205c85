import { codeOf, innermostMessage, WatchError } from '../errors.ts';
import { field } from '../lib/json.ts';
import { hintFor, refusedTunnel } from '../net/failure.ts';
import { parseRetryAfter } from '../net/retry-after.ts';

/** What is known of a WebSocket handshake that failed. */
export interface HandshakeFault {
  error?: Error;
  /** HTTP status, where the upgrade was answered with another one than 101. */
  status?: number | undefined;
  retryAfter?: string | undefined;
  /** That answer's `Date`, and the wall clock when it came. */
  date?: string | undefined;
  at?: number;
}

/** Why no connection was made, as a `network` error: a fresh endpoint is asked for and tried. */
export function connectError(error: Error, fault: HandshakeFault): WatchError {
  const { status } = fault;
  if (status !== undefined) {
    const byProxy = status === 407;
    return new WatchError('network', `${byProxy ? 'the proxy refused the connection to the push host' : 'the push host refused the connection'}: HTTP ${status}`, {
      status,
      code: 'handshakeRefused',
      hint: byProxy ? refusedTunnel(status, 'the push host').hint : undefined,
      retryAfterMs: parseRetryAfter(fault.retryAfter, fault.at ?? 0, fault.date),
      cause: error,
    });
  }
  const cause = fault.error ?? described(error) ?? error;
  const code = codeOf(cause);
  return new WatchError('network', `the push host could not be connected: ${innermostMessage(cause)}`, { code, cause, hint: hintFor(code) });
}

/**
 * Why an acknowledged connection ended, from socket.io's `disconnect` reason
 * (https://socket.io/docs/v4/client-api/#event-disconnect) and its details.
 */
export function describeLoss(reason: string, details: unknown): string {
  switch (reason) {
    case 'io server disconnect':
      return 'the server ended the session';
    case 'ping timeout':
      return 'nothing was heard from the server for too long';
    case 'parse error':
      return 'the server sent a frame that is no socket.io';
    case 'transport close': {
      const code = closeCode(details);
      return `the connection was closed${code === undefined ? '' : ` (${code})`}`;
    }
    case 'transport error': {
      const cause = details instanceof Error ? (described(details) ?? details) : undefined;
      return cause === undefined ? 'the connection broke' : `the connection broke: ${innermostMessage(cause)}`;
    }
    default:
      return reason;
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
