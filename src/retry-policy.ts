import type { WatchError } from './errors.ts';

export const RETRY_BASE_MS = 1_000;
export const RETRY_CAP_MS = 60_000;
/** Before the first connection, trouble that lasts this long ends the command, so that CI does not hang. */
export const FIRST_CONNECTION_PATIENCE_MS = 60_000;
export const NOT_SUPPORTED = 'notSupported';
/** `400 notSupported` is known to pass on some business tenants, but is final on a generic list. */
export const NOT_SUPPORTED_TRIES = 4;

export interface Trouble {
  error: WatchError;
  /** How many times in a row it has failed, this one not counted. */
  failures: number;
  /** How many times in a row it was `400 notSupported`, this one not counted. */
  unsupported: number;
  /** Has there been a connection since the start, of this target or of another one of this process? */
  everConnected: boolean;
  /** How long there has been no connection, in milliseconds. */
  troubleMs: number;
}

/**
 * When to try again after a failure: milliseconds, or never. Exponential with full jitter (each delay
 * uniform between nothing and a ceiling that doubles), so that many clients that lost the same server
 * do not come back at once. `Retry-After` is obeyed to the letter.
 */
export function retryDelay({ error, failures, unsupported, everConnected, troubleMs }: Trouble, random: () => number): number | 'give-up' {
  if (!mayPass(error, unsupported)) return 'give-up';
  const ceiling = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(failures, 30));
  // "At once" is not to the letter: a server that always says so would be asked without a pause.
  const asked = error.retryAfterMs ?? 0;
  const delay = asked > 0 ? asked : Math.round(random() * ceiling);
  if (!everConnected && troubleMs + delay > FIRST_CONNECTION_PATIENCE_MS) return 'give-up';
  return delay;
}

function mayPass({ category, code }: WatchError, unsupported: number): boolean {
  switch (category) {
    case 'network':
      return true;
    case 'refused':
      return code === NOT_SUPPORTED && unsupported + 1 < NOT_SUPPORTED_TRIES;
    case 'auth':
    case 'usage':
    case 'action':
    case 'internal':
      return false;
  }
}
