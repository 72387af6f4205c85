import { GraphError } from '../errors.ts';

const MINUTE_MS = 60_000;
/** The share of the limit from which on the headers are sent. */
const HEADERS_FROM = 0.8;

interface Window {
  startMs: number;
  used: number;
}

/**
 * Throttle counts the resource units of each application per minute and refuses what is over the limit,
 * as SharePoint and OneDrive publish it (1,250 units for a small tenant). Refused requests count too.
 */
export class Throttle {
  readonly #now: () => number;
  readonly #limit: () => number | undefined;
  readonly #windows = new Map<string, Window>();

  /** `limit` is in resource units per minute and application; undefined: no limit. */
  constructor(now: () => number, limit: () => number | undefined) {
    this.#now = now;
    this.#limit = limit;
  }

  /** Counts a request. Returns the `RateLimit-*` headers for its answer; throws Graph's 429 over the limit. */
  take(clientId: string, units: number): Record<string, string> {
    const limit = this.#limit();
    if (limit === undefined) return {};
    const window = this.#windowOf(clientId);
    window.used += units;
    const secondsLeft = Math.max(1, Math.ceil((window.startMs + MINUTE_MS - this.#now()) / 1000));
    const headers: Record<string, string> =
      window.used < limit * HEADERS_FROM
        ? {}
        : { 'RateLimit-Limit': String(limit), 'RateLimit-Remaining': String(Math.max(0, limit - window.used)), 'RateLimit-Reset': String(secondsLeft) };
    if (window.used <= limit) return headers;
    throw new GraphError(429, 'activityLimitReached', 'The request has been throttled.', { ...headers, 'Retry-After': String(secondsLeft) });
  }

  #windowOf(clientId: string): Window {
    const known = this.#windows.get(clientId);
    if (known !== undefined && this.#now() < known.startMs + MINUTE_MS) return known;
    const fresh = { startMs: this.#now(), used: 0 };
    this.#windows.set(clientId, fresh);
    return fresh;
  }
}
