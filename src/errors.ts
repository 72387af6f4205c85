/**
 * ErrorCategory says what went wrong, in the terms that decide the exit code.
 *
 * - `usage`: the command line or the configuration is wrong; nothing was sent
 * - `auth`: nobody is signed in, or the sign-in was refused or has expired
 * - `network`: the network or the service failed; trying again may help
 * - `refused`: Graph understood and said no; trying again will not help
 * - `action`: a command or a forward failed, and the user wanted the watch to end then
 * - `internal`: a bug
 */
export type ErrorCategory = 'usage' | 'auth' | 'network' | 'refused' | 'action' | 'internal';

/** WatchErrorDetails is what is known about an error besides its message. */
export interface WatchErrorDetails {
  /** What the user can do next, one sentence. */
  hint?: string | undefined;
  /** Graph's `error.code`, OAuth's `error`, or Node's `code` (`ECONNREFUSED`). */
  code?: string | undefined;
  /** HTTP status, if there was an answer. */
  status?: number | undefined;
  /** Graph's `request-id`, which Microsoft's support asks for. */
  requestId?: string | undefined;
  /** How long the service asked clients to wait, in milliseconds (`Retry-After`). */
  retryAfterMs?: number | undefined;
  /** The error that led to it. */
  cause?: unknown;
}

/** WatchError is an error that is part of the tool's contract: it has a category, and people see its message and hint. */
export class WatchError extends Error {
  /** Distinguishes it from other errors, even across copies of the package. */
  override readonly name = 'WatchError';
  /** What went wrong; the command line derives its exit code from it. */
  readonly category: ErrorCategory;
  /** What to do next, one sentence. It speaks of the command line's options; those of the API have the same names. */
  readonly hint: string | undefined;
  /** Graph's `error.code`, OAuth's `error`, or Node's `code` (`ECONNREFUSED`). */
  readonly code: string | undefined;
  /** HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** Graph's `request-id`, which Microsoft's support asks for. */
  readonly requestId: string | undefined;
  /** How long the service asked clients to wait, in milliseconds (`Retry-After`). */
  readonly retryAfterMs: number | undefined;

  /** Creates an error; a token function may throw one, to say whether trying again may help (`network`) or not (`auth`). */
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

/** The `code` of an error that says that the command behind `--` cannot be run (exit 127). */
export const COMMAND_NOT_RUNNABLE = 'commandNotRunnable';

/** `usageError` creates the error for wrong usage, which is refused before anything is sent (exit 2). */
export function usageError(message: string, hint?: string): WatchError {
  return new WatchError('usage', message, { hint });
}

/** `copyOf` returns the same error, with these details (and of this category) instead of its own. */
export function copyOf(error: WatchError, { category = error.category, ...details }: WatchErrorDetails & { category?: ErrorCategory }): WatchError {
  const { code, status, requestId, retryAfterMs, hint, cause } = error;
  return new WatchError(category, error.message, { code, status, requestId, retryAfterMs, hint, cause, ...details });
}

/** `toError` returns a thrown value as an `Error`. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  // Of another realm, but with all that an error has.
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'stack' in thrown) return thrown as Error;
  return new Error(String(thrown));
}

/** An error and its causes, outermost first. Read by shape: an error of another realm is not an `instanceof Error`. */
function chainOf(thrown: unknown): Record<string, unknown>[] {
  const chain: Record<string, unknown>[] = [];
  let link = thrown;
  while (typeof link === 'object' && link !== null && chain.length < 8) {
    const error = link as Record<string, unknown>;
    chain.push(error);
    // Node's happy-eyeballs failure keeps its reasons in `errors`, and has no message of its own.
    link = error.cause ?? (Array.isArray(error.errors) ? error.errors[0] : undefined);
  }
  return chain;
}

/** `codeOf` returns the first `code` (`ECONNREFUSED`, `CERT_HAS_EXPIRED`) along an error's chain of causes. */
export function codeOf(thrown: unknown): string | undefined {
  return chainOf(thrown).map(({ code }) => code).find((code) => typeof code === 'string');
}

/** `innermostMessage` returns the message of the innermost cause that has one: undici and MSAL say only "fetch failed" at the top. */
export function innermostMessage(thrown: unknown): string {
  const messages = chainOf(thrown).map(({ message }) => message);
  return messages.findLast((message): message is string => typeof message === 'string' && message !== '') ?? String(thrown);
}
