import type { WatchError } from './errors.ts';
import { Stopwatch } from './lib/deadline.ts';
import { isUntrusted } from './lib/system-errors.ts';

export const RETRY_BASE_MS = 1_000;
export const RETRY_CAP_MS = 60_000;
/** Before the first connection, trouble that lasts this long ends the command, so that CI does not hang. */
export const FIRST_CONNECTION_PATIENCE_MS = 60_000;
/** About 1 % of the requests to a valid drive were seen to answer 404, for up to two minutes after a change. */
export const REFUSAL_PATIENCE_MS = 5 * 60_000;
/** How long whatever writes the token file has to write it again. */
export const TOKEN_PATIENCE_MS = 60_000;
/** The shortest pause if each attempt may do harm: proxies lock accounts after a few wrong passwords. */
export const RARE_RETRY_MS = 5 * 60_000;
/** Graph's code for a list that cannot be watched; some business tenants return it at times for a drive that can. */
export const NOT_SUPPORTED = 'notSupported';
/** The error code for a token file that contains no token, or one that Graph has refused. */
export const TOKEN_FILE = 'tokenFile';
/** The error code for a token command that returned no token. */
export const TOKEN_COMMAND = 'tokenCommand';

/**
 * FailureKind lists the kinds of failure that are treated alike:
 *
 * - `outage`: the network or the service failed
 * - `wayOut`: the proxy rejects the password, or a certificate is not trusted
 * - `refusal`: Graph said no to this request (400, 403, 404, 409, 412, 423 and the like)
 * - `notSupported`: Graph said that this cannot be watched
 * - `token`: Graph refused the token, or the token file or command provides none
 * - `fatal`: everything else; trying again cannot help
 */
export type FailureKind = 'outage' | 'wayOut' | 'refusal' | 'notSupported' | 'token' | 'fatal';

/** How a kind of failure is retried: at least `tries` attempts in all, and for at least this long; never: one attempt. */
interface Rule {
  tries: number;
  forMs: number;
  /** The shortest pause between two attempts, if there is a minimum. */
  leastMs?: number;
}

const NEVER: Rule = { tries: 1, forMs: 0 };
const FOR_EVER: Rule = { tries: Infinity, forMs: Infinity };

/** Which failures are temporary and which are final, before the first connection and after it. */
const RULES: Readonly<Record<FailureKind, { before: Rule; after: Rule }>> = {
  outage: { before: FOR_EVER, after: FOR_EVER },
  wayOut: { before: NEVER, after: { ...FOR_EVER, leastMs: RARE_RETRY_MS } },
  refusal: { before: NEVER, after: { tries: 5, forMs: REFUSAL_PATIENCE_MS } },
  notSupported: { before: { tries: 4, forMs: 0 }, after: { tries: 5, forMs: REFUSAL_PATIENCE_MS } },
  token: { before: NEVER, after: { tries: 4, forMs: TOKEN_PATIENCE_MS } },
  fatal: { before: NEVER, after: NEVER },
};

/** Trouble describes the consecutive failures of one retried operation. */
export interface Trouble {
  error: WatchError;
  /** How many times in a row it has failed, this one not counted. */
  failures: number;
  /** How many times in a row it has failed in this way, this one not counted, and for how long, in milliseconds. */
  alike: { failures: number; ms: number };
  /** Has this target been connected since the start? */
  everConnected: boolean;
  /** Has another target of this process? Then the network, the proxy and the token are known to work; the target is not. */
  othersConnected?: boolean;
  /** Whether delta is queried while there is no connection: then the watch continues without one, and keeps trying to connect. */
  polled?: boolean;
  /** How long there has been no connection, in milliseconds. */
  troubleMs: number;
}

/**
 * `retryDelay` returns how long to wait before the next attempt, in milliseconds, or that there is to be none. Exponential with full jitter (each
 * delay uniform between nothing and a ceiling that doubles), so that many clients that lost the same server
 * do not come back at once. `Retry-After` is obeyed to the letter.
 */
export function retryDelay({ error, failures, alike, everConnected, othersConnected = false, polled = false, troubleMs }: Trouble, random: () => number): number | 'give-up' {
  const kind = kindOf(error);
  const { before, after } = RULES[kind];
  const aboutTarget = kind === 'refusal' || kind === 'notSupported';
  const hasWorked = everConnected || (othersConnected && !aboutTarget);
  const { tries, forMs, leastMs = 0 } = hasWorked ? after : before;
  const ceiling = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(failures, 30));
  // A `Retry-After` of 0 is not taken literally: a server that always sends it would be asked without a pause.
  const asked = error.retryAfterMs ?? 0;
  const delay = leastMs + (asked > leastMs ? asked - leastMs : Math.round(random() * Math.max(ceiling, leastMs)));
  const giveUp = polled && kind !== 'fatal' ? (kind === 'outage' ? delay : Math.max(asked, RARE_RETRY_MS) + Math.round(random() * RARE_RETRY_MS)) : 'give-up';
  // Both are needed: a machine that slept between two attempts has used up the time, but not the attempts.
  if (alike.failures + 1 >= tries && alike.ms + delay >= forMs) return giveUp;
  if (!hasWorked && troubleMs + delay > FIRST_CONNECTION_PATIENCE_MS) return giveUp;
  return delay;
}

/** `leastPause` returns the shortest pause after this failure, in milliseconds, for callers with a schedule of their own. */
export function leastPause(error: WatchError): number {
  return RULES[kindOf(error)].after.leastMs ?? 0;
}

/** `kindOf` returns the kind of a failure: the rules differ by it. */
export function kindOf({ category, code, status }: WatchError): FailureKind {
  switch (category) {
    case 'network':
      return status === 407 || isUntrusted({ code }) ? 'wayOut' : 'outage';
    case 'refused':
      if (code === NOT_SUPPORTED) return 'notSupported';
      // Without a status it was refused by our own rules, which will not change.
      return status === undefined ? 'fatal' : 'refusal';
    case 'auth':
      return status === 401 || code === TOKEN_FILE || code === TOKEN_COMMAND ? 'token' : 'fatal';
    case 'usage':
    case 'action':
    case 'internal':
      return 'fatal';
  }
}

/** TroubleCount counts the consecutive failures of one thing that is retried. */
export class TroubleCount {
  readonly #now: () => number;
  #trouble: Stopwatch | undefined;
  #failures = 0;
  #alike: { kind: FailureKind; failures: number; time: Stopwatch } | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  get troubled(): boolean {
    return this.#trouble !== undefined;
  }

  /** Starts the time without success, unless it has started. */
  begin(): void {
    this.#trouble ??= new Stopwatch(this.#now);
  }

  /** Records a success. If it is not `proven` to last, the next delay is as long as if there had been none. */
  worked({ proven = true } = {}): void {
    this.#trouble = undefined;
    this.#alike = undefined;
    if (proven) this.#failures = 0;
  }

  /** Counts a failure; returns the state before it. */
  failed(error: WatchError): Omit<Trouble, 'error' | 'everConnected'> {
    this.begin();
    const kind = kindOf(error);
    if (this.#alike?.kind !== kind) this.#alike = { kind, failures: 0, time: new Stopwatch(this.#now) };
    const { failures, time } = this.#alike;
    const before = { failures: this.#failures, alike: { failures, ms: time.elapsedMs }, troubleMs: this.#trouble?.elapsedMs ?? 0 };
    this.#failures += 1;
    this.#alike.failures += 1;
    return before;
  }
}
