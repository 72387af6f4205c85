import type { Clock } from '../surroundings.ts';
import { Retry, type RetryDelay } from '../lib/retry.ts';
import type { Follower } from './follower.ts';
import type { TapSignal } from './tap-signal.ts';

/** An enumeration in the background is given up after this many failures in a row: about ten minutes, while rounds of delta succeed. */
const MOST_FAILURES = 15;

export interface BehindOptions {
  clock: Clock;
  retryDelay: RetryDelay;
  /** Raised when the enumeration waits for a round. */
  taps: TapSignal;
  signal: AbortSignal;
}

/** `enumerateBehind` enumerates the drive in the background, if the follower wants that. If it rejects, it ends `taps` before. */
export function enumerateBehind(follower: Follower, { clock, retryDelay, taps, signal }: BehindOptions): Promise<void> {
  const ended = follower.enumerate({
    signal,
    // The rounds report any trouble that they have too.
    retry: new Retry({
      clock, signal, onTrouble: () => undefined, onRecovered: () => undefined,
      retryDelay: (trouble) => (trouble.failures >= MOST_FAILURES ? 'give-up' : retryDelay({ ...trouble, everConnected: true })),
    }),
    requestRound: () => { taps.raise('listed'); },
  });
  ended.catch(() => { taps.end(); });
  return ended;
}
