/** How long before its expiry an endpoint is renewed, unless a fifth of its lifetime is less. */
export const RENEWAL_LEAD_MS = 120_000;
/** Lifetimes of 20 to 60 minutes have been seen: without a readable expiry, renew this often. */
export const RENEWAL_BLIND_MS = 20 * 60_000;
/** A failed renewal is retried at most this often … */
export const RENEWAL_RETRY_MS = 60_000;
/** … and when expiry is near, never sooner than this. */
export const RENEWAL_RETRY_FLOOR_MS = 1_000;

/** However short the lifetimes, Graph is not asked without a pause. */
export const RENEWAL_FLOOR_MS = 500;

/** `renewalDelay` returns the milliseconds until an endpoint with this lifetime left has to be renewed. */
export function renewalDelay(lifetimeMs: number | undefined): number {
  if (lifetimeMs === undefined || !(lifetimeMs > 0)) return RENEWAL_BLIND_MS;
  return Math.max(RENEWAL_FLOOR_MS, lifetimeMs - Math.min(RENEWAL_LEAD_MS, lifetimeMs / 5));
}

/** `renewalRetryDelay` returns the milliseconds until a failed renewal is retried, with `leftMs` to go until expiry (or past it). */
export function renewalRetryDelay(leftMs: number, retryAfterMs: number | undefined): number {
  if (retryAfterMs !== undefined) return Math.max(RENEWAL_RETRY_FLOOR_MS, retryAfterMs);
  if (leftMs <= 0) return RENEWAL_RETRY_MS;
  return Math.max(RENEWAL_RETRY_FLOOR_MS, Math.min(RENEWAL_RETRY_MS, leftMs / 2));
}
