import { describeDuration } from '../lib/duration.ts';
import { Deadline, Stopwatch } from '../lib/deadline.ts';
import { parseRetryAfter } from '../net/retry-after.ts';
import type { Clock } from '../surroundings.ts';
import { UnitWindow } from './unit-window.ts';

/**
 * A quarter of the smallest published limit: 1,250 resource units per minute for one app in one tenant of up to 1,000
 * licenses (Microsoft Graph, concepts/throttling-limits.md). The rest is for the app's other processes.
 */
export const DEFAULT_BUDGET = 312;
/** An urgent request may borrow from the coming minutes: this many budgets in one minute, with the default just below the limit. */
const URGENT_FACTOR = 4;
/** A wait of this length is reported, once. */
const LONG_WAIT_MS = 5_000;

export interface RequestPaceOptions {
  clock: Clock;
  /** Called once, when the budget first delays a request noticeably. */
  onDelay: (message: string) => void;
}

/** RequestKind is what a request asks for, as far as it is counted. */
export type RequestKind = 'delta' | 'endpoint' | 'other';

export interface Admission {
  /** Resource units. */
  units: number;
  /** Counted by this; `other` unless it is given. */
  kind?: RequestKind;
  /** Whether it cannot wait for its turn: an endpoint expires. */
  urgent: boolean;
  signal: AbortSignal | undefined;
}

/** Spent is what the requests of a process have cost since its start. */
export interface Spent {
  requests: Readonly<Record<RequestKind, number>>;
  /** Resource units. */
  units: number;
  /** The budget. */
  unitsPerMinute: number;
  /** Answers that asked for a pause, and for how long Graph wanted no requests, in milliseconds. */
  throttled: number;
  throttledMs: number;
  /** How long requests have waited for the budget, in milliseconds. */
  waitedMs: number;
}

interface Waiting {
  units: number;
  admit: () => void;
}

/**
 * RequestPace is what all requests of a process to Graph have in common: a budget of resource units per minute, and the
 * pauses that Graph asks for. In any 60 seconds no more than the budget is spent, except by urgent requests: what these take beyond
 * it, the others wait for. The first half of the budget is available at once, the rest is spread over the minute.
 */
export class RequestPace {
  readonly #options: RequestPaceOptions;
  readonly #window: UnitWindow;
  readonly #waiting: Record<'urgent' | 'other', Waiting[]> = { urgent: [], other: [] };
  #held: Deadline;
  /** What Graph says is left until then of its own limit. */
  #quota: { left: number; until: Deadline } | undefined;
  #wake: AbortController | undefined;
  #reported = false;
  /** Called with each pause that Graph asks for, in milliseconds, if it is longer than what is left of the one before. */
  onPause: ((ms: number) => void) | undefined;
  #perMinute = DEFAULT_BUDGET;
  readonly #requests: Record<RequestKind, number> = { delta: 0, endpoint: 0, other: 0 };
  readonly #counts = { units: 0, throttled: 0, throttledMs: 0, waitedMs: 0 };

  constructor(options: RequestPaceOptions) {
    this.#options = options;
    this.#window = new UnitWindow(options.clock.now);
    this.#held = new Deadline(0, options.clock.now);
  }

  /** Resource units per minute. */
  get unitsPerMinute(): number {
    return this.#perMinute;
  }

  limitTo(unitsPerMinute: number): void {
    this.#perMinute = unitsPerMinute;
  }

  get spent(): Spent {
    return { ...this.#counts, requests: { ...this.#requests }, unitsPerMinute: this.#perMinute };
  }

  /** How long Graph has asked for no requests at all, in milliseconds. */
  get heldMs(): number {
    return this.#held.leftMs;
  }

  /** `admit` resolves once a request may be sent, first come first served, with whether it had to wait. Rejects with the signal's reason. */
  async admit({ units, kind = 'other', urgent, signal }: Admission): Promise<boolean> {
    const { urgent: before, other } = this.#waiting;
    if (before.length === 0 && (urgent || other.length === 0) && this.#waitMs(units, urgent) <= 0) {
      this.#spend(units);
      this.#requests[kind] += 1;
      return false;
    }
    signal?.throwIfAborted();
    const waited = new Stopwatch(this.#options.clock.now);
    await new Promise<void>((resolve, reject) => {
      const line = urgent ? before : other;
      const leave = (): void => {
        line.splice(line.indexOf(waiting), 1);
        this.#wake?.abort();
        reject(signal?.reason as Error);
      };
      const waiting: Waiting = {
        units,
        admit: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      line.push(waiting);
      signal?.addEventListener('abort', leave, { once: true });
      if (this.#wake === undefined) void this.#admitInTurn();
      else if (urgent) this.#wake.abort();
    }).finally(() => { this.#counts.waitedMs += waited.elapsedMs; });
    this.#requests[kind] += 1;
    return true;
  }

  /**
   * `heard` notes what an answer says about the pace: `Retry-After` of a failure, and `RateLimit-Remaining` and `-Reset` of any
   * answer (beta, best effort, from 80 % of the limit on). Returns for how long no request may be sent, in
   * milliseconds; `undefined` if a failure does not say so.
   */
  heard({ headers, failed }: { headers: Readonly<Record<string, string>>; failed: boolean }): number | undefined {
    const { clock: { now } } = this.#options;
    const resetMs = parseRetryAfter(headers['ratelimit-reset'], now(), headers.date);
    const left = /^\d{1,9}$/.test(headers['ratelimit-remaining'] ?? '') ? Number(headers['ratelimit-remaining']) : undefined;
    if (resetMs !== undefined && left !== undefined) this.#quota = { left, until: new Deadline(resetMs, now) };
    const retryAfterMs = failed ? parseRetryAfter(headers['retry-after'], now(), headers.date) : undefined;
    if (retryAfterMs === undefined) return undefined;
    // The longer of the two counts, as Microsoft asks.
    const pauseMs = Math.max(retryAfterMs, resetMs ?? 0);
    this.#counts.throttled += 1;
    this.#counts.throttledMs += Math.max(0, pauseMs - this.#held.leftMs);
    if (pauseMs > this.#held.leftMs) {
      this.hold(pauseMs);
      this.onPause?.(pauseMs);
    }
    return pauseMs;
  }

  /** `hold` holds back all requests for this many milliseconds: another process of the same app was asked to pause. */
  hold(ms: number): void {
    if (ms > this.#held.leftMs) this.#held = new Deadline(ms, this.#options.clock.now);
  }

  async #admitInTurn(): Promise<void> {
    const { urgent, other } = this.#waiting;
    while (true) {
      const next = urgent[0] ?? other[0];
      if (next === undefined) break;
      const isUrgent = next === urgent[0];
      const waitMs = this.#waitMs(next.units, isUrgent);
      if (waitMs <= 0) {
        (isUrgent ? urgent : other).shift();
        this.#spend(next.units);
        next.admit();
        continue;
      }
      if (waitMs >= LONG_WAIT_MS) this.#report(waitMs);
      this.#wake = new AbortController();
      await this.#options.clock.sleep(waitMs, this.#wake.signal);
    }
    this.#wake = undefined;
  }

  #waitMs(units: number, urgent: boolean): number {
    const budget = this.#perMinute;
    const quotaMs = this.#quota !== undefined && this.#quota.left < units ? this.#quota.until.leftMs : 0;
    if (urgent) return Math.max(quotaMs, this.#window.msUntil(units, budget * URGENT_FACTOR));
    const spreadMs = this.#window.used + units > budget / 2 ? (units * 60_000) / budget - this.#window.sinceLastMs : 0;
    return Math.ceil(Math.max(quotaMs, spreadMs, this.#window.msUntil(units, budget)));
  }

  #spend(units: number): void {
    this.#window.spend(units);
    this.#counts.units += units;
    if (this.#quota === undefined) return;
    this.#quota.left -= units;
    if (this.#quota.until.leftMs <= 0) this.#quota = undefined;
  }

  #report(waitMs: number): void {
    if (this.#reported) return;
    this.#reported = true;
    this.#options.onDelay(`budget of ${this.#perMinute} resource units per minute used up; delaying requests to Graph, the next by ${describeDuration(waitMs)} (see --budget)`);
  }
}
