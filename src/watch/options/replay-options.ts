import type { ActionFlags } from './action-options.ts';
import type { FilterFlags } from './filter-options.ts';
import type { NatsFlags } from './nats-options.ts';
import type { ServeFlags } from './serve-options.ts';
import { watchOptions, type WatchFlags, type WatchOptions } from './watch-options.ts';

/** ReplayFlags are the flags of `replay`, as commander gives them. */
export interface ReplayFlags extends FilterFlags, ActionFlags, NatsFlags, ServeFlags, Pick<WatchFlags, 'output' | 'json' | 'count' | 'timeout' | 'lifecycle'> {
  /** How many times as fast as it was recorded. */
  speed?: number;
}

/**
 * `replayOptions` checks the flags as `watchOptions` does. A recording may contain changes of every kind. NATS_URL alone
 * publishes nothing: what is looked at again must not be sent again unasked.
 */
export function replayOptions({ speed, ...flags }: ReplayFlags, words: readonly string[] | undefined, env?: Readonly<Record<string, string | undefined>>): WatchOptions & { speed: number | undefined } {
  return { ...watchOptions({ ...flags, changes: true, sharing: true }, words, { ...env, NATS_URL: undefined }), changes: undefined, speed };
}
