import { WatchError } from '../../errors.ts';
import type { Redactor } from '../../lib/redactor.ts';
import type { Clock } from '../../surroundings.ts';
import { SharedWork } from '../shared-work.ts';
import type { TokenSource } from '../token-source.ts';

/** IssuedToken is an access token and when it expires, in milliseconds since the epoch, where that is known. */
export interface IssuedToken {
  token: string;
  expiresAt: number | undefined;
}

export interface HeldTokenOptions {
  kind: TokenSource['kind'];
  /** Gets a new token. Rejects with a `WatchError`, or with the signal's reason. */
  issue: (signal: AbortSignal) => Promise<IssuedToken>;
  clock: Clock;
  redactor: Redactor;
  warn: (line: string) => void;
}

/** A token is renewed this long before it expires, or after half of its lifetime if that is shorter. In milliseconds. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** A token of unknown lifetime is used for this long, in milliseconds. */
const UNKNOWN_LIFE_MS = 5 * 60_000;
/** While the identity service is unreachable or the command fails, it is asked at most this often, in milliseconds; the last token serves until it expires. */
const RETRY_MS = 30_000;

/**
 * `heldTokens` is a TokenSource over something that issues tokens: it keeps the last one, renews it in time and
 * for all who ask at once, and outlives an identity service that is unreachable, or a command that fails, for as long as that token is valid.
 */
export function heldTokens({ kind, issue, clock, redactor, warn }: HeldTokenOptions): TokenSource {
  let held: (IssuedToken & { renewAt: number; issuedAt: number }) | undefined;
  let warned = false;
  const issuing = new SharedWork<string>();
  const renew = async (signal: AbortSignal): Promise<string> => {
    const issued = await issue(signal);
    redactor.add(issued.token);
    const now = clock.now();
    const lifeMs = issued.expiresAt === undefined ? UNKNOWN_LIFE_MS * 2 : Math.max(0, issued.expiresAt - now);
    held = { ...issued, issuedAt: now, renewAt: now + Math.max(lifeMs / 2, lifeMs - RENEW_BEFORE_MS) };
    warned = false;
    return issued.token;
  };
  const isFresh = (now: number): boolean =>
    // A clock that was set back must not prolong the life of a token.
    held !== undefined && now < held.renewAt && now >= held.issuedAt - RETRY_MS;
  // Why a command failed is unknown: its service may be unreachable. What an identity service refuses, it will refuse again.
  const mayPass = ({ category }: WatchError): boolean => category === 'network' || kind === 'token-command';
  return {
    kind,
    expiresAt: () => held?.expiresAt,
    async get({ forceRefresh = false, refused, signal } = {}) {
      const last = held;
      if (forceRefresh) {
        if (last !== undefined && refused !== undefined && last.token !== refused) return last.token;
        return issuing.join(renew, signal);
      }
      if (last !== undefined && isFresh(clock.now())) return last.token;
      try {
        return await issuing.join(renew, signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (last?.expiresAt === undefined || clock.now() >= last.expiresAt || !(error instanceof WatchError) || !mayPass(error)) throw error;
        if (!warned) warn(`The access token could not be renewed (${error.message.replace(/\.$/, '')}); using the last one until it expires.`);
        warned = true;
        held = { ...last, renewAt: Math.min(last.expiresAt, clock.now() + RETRY_MS), issuedAt: clock.now() };
        return last.token;
      }
    },
  };
}
