import type { FilterOptions } from '../../changes/filter/filter.ts';
import { usageError } from '../../errors.ts';
import type { WatchEvent } from '../../events.ts';
import type { OutputFormat } from '../../output/format.ts';
import { actionOptions, type ActionFlags, type ActionOptions } from './action-options.ts';
import { changeOptions, type ChangeFlags, type ChangeOptions } from './change-options.ts';
import { filterOptions, type FilterFlags } from './filter-options.ts';
import type { ReadyEvent } from '../ready-file.ts';
import { natsOptions, type NatsFlags, type NatsOptions } from './nats-options.ts';
import { recordOptions, type RecordFlags, type RecordOptions } from './record-options.ts';
import type { Replay } from '../replay.ts';
import { serveOptions, type ServeFlags, type ServeOptions } from './serve-options.ts';

/** WatchFlags are the flags of every `watch`, as commander gives them. */
export interface WatchFlags extends ChangeFlags, FilterFlags, ActionFlags, NatsFlags, RecordFlags, ServeFlags {
  output?: OutputFormat;
  json?: boolean;
  count?: number;
  timeout?: number;
  readyFile?: string;
  lifecycle?: boolean;
  /** Resource units per minute. */
  budget?: number;
  /** Only where an address can be given. */
  redeem?: boolean;
}

/** WatchOptions are the checked options of every `watch`. */
export interface WatchOptions {
  output?: OutputFormat | undefined;
  /** End after this many events. */
  count?: number | undefined;
  timeoutMs?: number | undefined;
  readyFile?: string | undefined;
  lifecycle: boolean;
  /** Graph's resource units per minute. */
  budget?: number | undefined;
  /** What changed instead of notifications. */
  changes?: ChangeOptions | undefined;
  /** Which changes pass: only these are printed, counted and acted on. */
  filter?: FilterOptions | undefined;
  /** What is done with each event besides. */
  actions?: ActionOptions | undefined;
  /** Where events are published. */
  nats?: NatsOptions | undefined;
  /** Where everything is recorded. */
  record?: RecordOptions | undefined;
  /** Where the watch is shown over HTTP. */
  serve?: ServeOptions | undefined;
  /** Several targets: lines show their names. */
  many?: boolean;
  /** Whether there may be more targets, about which Graph is still being asked: until then, nothing is ready. */
  isLookingUp?: () => boolean;
  /** What is ready where there may be nothing to watch; `undefined` while it is not. */
  standby?: () => ReadyEvent | undefined;
  /** What becomes of the targets when this process ends: what their `end` adds to its reason. */
  afterwards?: string;
  /** The events come from a recording, which has an end. */
  replay?: Pick<Replay, 'several' | 'isWhole' | 'time'>;
  /** Called with each event once it is shown, to say something about it: so each change has a line of its own. */
  onEvent?: (event: WatchEvent) => void;
  /** Called each time a target is ready. */
  onReady?: () => void;
}

/** `watchOptions` checks the flags. `words` are those after the first `--`, `env` the environment. Throws a usage error for invalid values and combinations. */
export function watchOptions(flags: WatchFlags, words: readonly string[] | undefined, env: Readonly<Record<string, string | undefined>> = {}): WatchOptions {
  if (flags.json === true && flags.output !== undefined && flags.output !== 'ndjson') throw usageError(`--json is short for -o ndjson, and -o ${flags.output} is given too.`, 'Use only one of them.');
  const changes = changeOptions(flags);
  if (changes?.once === true && flags.readyFile !== undefined) throw usageError('With --once there is no connection to wait for: --ready-file would never exist.', 'Remove --ready-file: the exit code says that the run is done.');
  if (changes?.once === true && flags.serve !== undefined) throw usageError('--once ends once it has reported what changed: there is nothing to serve.', 'Use only one of --once and --serve.');
  if (flags.change?.includes('shared') === true && changes?.sharing !== true) throw usageError('--change shared needs --sharing.', 'Add --sharing: Graph reports such changes only on request.');
  return {
    output: flags.json === true ? 'ndjson' : flags.output,
    count: flags.count,
    timeoutMs: flags.timeout,
    readyFile: flags.readyFile,
    lifecycle: flags.lifecycle ?? false,
    budget: flags.budget,
    changes,
    filter: filterOptions(flags, changes !== undefined),
    actions: actionOptions(flags, words),
    nats: natsOptions(flags, env),
    record: recordOptions(flags, flags.readyFile),
    serve: serveOptions(flags, env),
  };
}
