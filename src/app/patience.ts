import type { WatchError } from '../errors.ts';
import type { GraphGet } from '../graph/http.ts';
import { Retry, Stopped } from '../lib/retry.ts';
import { describeDuration } from '../lib/duration.ts';
import { safeText } from '../output/safe-text.ts';
import { NOT_SUPPORTED, retryDelay } from '../retry-policy.ts';
import type { WatchContext } from './context.ts';

export interface Patience {
  /** What to do about a failure other than the service being busy: `final` if somebody waits at a terminal and may have to correct a name. */
  otherwise?: 'retry' | 'final';
  /** Whether something else of this process is connected: then an outage is waited out. */
  othersConnected?: () => boolean;
}

/**
 * `patiently` does one piece of work, and retries it if that may help, by the rules before the first connection;
 * people see why it takes so long (`couldn't <what> (…); retrying in 2 s`). Rejects with the error if that is final,
 * and with the signal's reason once it aborts.
 */
export async function patiently<T>(
  { surroundings: { clock, random }, people }: Pick<WatchContext, 'surroundings' | 'people'>,
  what: string,
  signal: AbortSignal,
  work: () => Promise<T>,
  { otherwise = 'retry', othersConnected = () => false }: Patience = {},
): Promise<T> {
  const retry = new Retry({
    clock, signal,
    retryDelay: (trouble) => (otherwise === 'final' && !isBusy(trouble.error) ? 'give-up' : retryDelay({ ...trouble, othersConnected: othersConnected() }, random)),
    onTrouble: ({ message }, delayMs) => {
      people.say(safeText(`couldn't ${what} (${message}); retrying in ${describeDuration(delayMs)}`));
    },
    onRecovered: () => undefined,
  });
  try {
    return await retry.run(work);
  } catch (error) {
    if (error instanceof Stopped) signal.throwIfAborted();
    throw error;
  }
}

/** `patientGet` is `get`, with each request retried while the service is busy, as `patiently` does; people see `couldn't <what> (…)`. */
export function patientGet(context: Pick<WatchContext, 'surroundings' | 'people' | 'signal'>, what: string, get: GraphGet): GraphGet {
  return (path, signal = context.signal, options) => patiently(context, what, signal, () => get(path, signal, options), { otherwise: 'final' });
}

function isBusy({ status = 0, code }: WatchError): boolean {
  // A proxy that refuses the tunnel is not the service.
  if (code?.startsWith('UND_ERR') === true) return false;
  const errorInSuccess = status >= 200 && status < 300;
  return errorInSuccess || status === 408 || status === 429 || status >= 500 || code === NOT_SUPPORTED;
}
