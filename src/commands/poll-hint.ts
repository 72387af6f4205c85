import { WatchError } from '../errors.ts';

/** Graph refuses the endpoint to app-only tokens: 403, and 400 has been seen too. Asking delta it allows. */
export function pollInsteadOfEndpoint(error: unknown): unknown {
  const refused = error instanceof WatchError && error.category === 'refused' && (error.status === 403 || error.status === 400);
  return refused ? withHint(error, 'With an app-only token, --poll 30s watches changes without an endpoint.') : error;
}

/** Some networks let HTTPS through and WebSockets not. */
export function pollInsteadOfSocket(error: unknown): unknown {
  return error instanceof WatchError && error.category === 'network' ? withHint(error, 'Where WebSockets are blocked, --poll 30s watches changes without one.') : error;
}

function withHint(error: WatchError, hint: string): WatchError {
  const { category, message, code, status, requestId, retryAfterMs } = error;
  return new WatchError(category, message, {
    code, status, requestId, retryAfterMs, cause: error, hint: error.hint === undefined ? hint : `${error.hint} ${hint}`,
  });
}
