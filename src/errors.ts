/**
 * What went wrong, in the terms that decide the exit code.
 *
 * - `usage`: the command line or the configuration is wrong; nothing was sent
 * - `auth`: nobody is signed in, or the sign-in was refused or has expired
 * - `network`: the network or the service failed; trying again may help
 * - `refused`: Graph understood and said no; trying again will not help
 * - `internal`: a bug
 */
export type ErrorCategory = 'usage' | 'auth' | 'network' | 'refused' | 'internal';

export interface WatchErrorDetails {
  /** What the user can do next, one sentence. */
  hint?: string | undefined;
  /** Graph's `error.code`, OAuth's `error`, or Node's `code` (`ECONNREFUSED`). */
  code?: string | undefined;
  /** HTTP status, where an answer came. */
  status?: number | undefined;
  /** Graph's `request-id`, which Microsoft's support asks for. */
  requestId?: string | undefined;
  /** How long the service asked to be left alone, in milliseconds (`Retry-After`). */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** An error that is part of the tool's contract: it has a category, and people see its message and hint. */
export class WatchError extends Error {
  override readonly name = 'WatchError';
  readonly category: ErrorCategory;
  readonly hint: string | undefined;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(category: ErrorCategory, message: string, details: WatchErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.category = category;
    this.hint = details.hint;
    this.code = details.code;
    this.status = details.status;
    this.requestId = details.requestId;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Wrong usage: refused before anything is sent (exit 2). */
export function usageError(message: string, hint?: string): WatchError {
  return new WatchError('usage', message, { hint });
}

/** A value that was thrown, as an `Error`. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The first `code` (`ECONNREFUSED`, `CERT_HAS_EXPIRED`) along an error's chain of causes. */
export function codeOf(thrown: unknown): string | undefined {
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 8; error = error.cause, depth += 1) {
    if ('code' in error && typeof error.code === 'string') return error.code;
    // Node's happy-eyeballs failure keeps its reasons in `errors` and an empty message.
    if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  }
  return undefined;
}

/** The message of the innermost cause that has one: undici and MSAL say only "fetch failed" at the top. */
export function innermostMessage(thrown: unknown): string {
  let message = thrown instanceof Error ? thrown.message : String(thrown);
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 8; error = error.cause, depth += 1) {
    if (error instanceof AggregateError && error.errors.length > 0) return innermostMessage(error.errors[0]);
    if (error.message !== '') message = error.message;
  }
  return message;
}
