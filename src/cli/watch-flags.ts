import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ChangeKind } from '../events.ts';
import { OUTPUT_FORMATS, type OutputFormat } from '../output/format.ts';
import type { ActionFlags } from '../watch/action-options.ts';
import type { ChangeFlags } from '../watch/change-options.ts';
import type { FilterFlags } from '../watch/filter-options.ts';
import type { WatchOptions } from '../watch/session.ts';
import { duration, path, positiveInteger } from './flag-values.ts';

/** The flags of every `watch`, as commander gives them. */
export interface WatchFlags extends ChangeFlags, FilterFlags, ActionFlags {
  output?: OutputFormat;
  json?: boolean;
  count?: number;
  timeout?: number;
  readyFile?: string;
  lifecycle?: boolean;
}

/** `addWatchOptions` adds the options that every `watch` has. */
export function addWatchOptions(command: Command): Command {
  return addFilterAndActionOptions(command
    .addOption(new Option('-o, --output <format>', 'default: pretty on a terminal, ndjson otherwise').choices(OUTPUT_FORMATS))
    .option('--json', 'short for -o ndjson')
    .option('-n, --count <n>', 'exit 0 after n events', positiveInteger)
    .option('-t, --timeout <duration>', 'stop after 500ms, 90s, 5m, 1h30m: exit 124 unless --count was met, or an event came', duration)
    .option('--ready-file <path>', 'exists while the watch is connected: make your change once it is there', path)
    .option('--lifecycle', 'lifecycle records in the NDJSON stream too')
    .option('--changes', 'what changed (created, modified, renamed, moved, deleted; path, size, who) instead of notifications')
    .option('--notifications', 'the notifications too, beside the changes')
    .option('--index', 'enumerate the drive first, then name every change exactly')
    .option('--resume [name]', 'go on where the last run under this name ended (default: a name made from the target)')
    .option('--after <cursor>', 'start where graph-watch cursor was run')
    .option('--since <time>', 'start at a time, or so long ago: 2026-05-11T20:00:00Z, 2h (business and SharePoint drives)')
    .option('--poll <interval>', 'ask for changes at this interval instead of opening a socket', duration))
    .addHelpText('after', '\nAfter -- comes a command that is run for each event (no shell): the event is\nJSON on its stdin, and in GRAPH_WATCH_EVENT_… variables.\n');
}

/** `watchOptions` checks the flags. `words` are those after the first `--`. Throws a usage error for what cannot be, or not together. */
export async function watchOptions(flags: WatchFlags, words: readonly string[] | undefined): Promise<WatchOptions> {
  const [{ changeOptions }, { filterOptions }, { actionOptions }] = await Promise.all([
    import('../watch/change-options.ts'), import('../watch/filter-options.ts'), import('../watch/action-options.ts'),
  ]);
  const changes = changeOptions(flags);
  return {
    output: flags.json === true ? 'ndjson' : flags.output,
    count: flags.count,
    timeoutMs: flags.timeout,
    readyFile: flags.readyFile,
    lifecycle: flags.lifecycle ?? false,
    changes,
    filter: filterOptions(flags, changes !== undefined),
    actions: actionOptions(flags, words),
  };
}

const KINDS: readonly ChangeKind[] = ['created', 'modified', 'renamed', 'moved', 'deleted', 'unknown'];

/** Options that filter changes and act on events, in the order of their help. */
function addFilterAndActionOptions(command: Command): Command {
  return command
    .option('--path <glob>', 'with --changes: only what matches, like \'/Reports/**\' or \'**/*.xlsx\' (repeatable)', collect)
    .option('--change <kinds>', `with --changes: only these, with commas: ${KINDS.join(', ')}`, kinds)
    .addOption(new Option('--only <what>', 'with --changes: only files, or only folders').choices(['files', 'folders']))
    .option('--by <user>', 'with --changes: only by this display name, address or id (repeatable)', collect)
    .option('--not-by <user>', 'with --changes: not by this one; me is whoever is signed in (repeatable)', collect)
    .option('--not-app <id>', 'with --changes: not through the app with this id (repeatable)', collect)
    .option('--forward <url>', 'post each event as JSON to https://, or to http:// on this machine')
    .option('--forward-header <header>', '\'Name: value\' to post with (repeatable)', collect)
    .option('--forward-insecure', 'post over plain http to another machine too')
    .addOption(new Option('--on-busy <what>', 'while the command or the forward is busy, events are queued (the default) or dropped').choices(['queue', 'drop']))
    .option('--debounce <duration>', 'act after so long a pause, on the last event of each item', duration)
    .option('--batch', 'act on all that wait at once: a JSON array')
    .option('--fail-fast', 'end the watch when the command or the forward fails (exit 6)');
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function kinds(value: string, before: readonly ChangeKind[] = []): ChangeKind[] {
  const named = value.split(',').map((kind) => kind.trim().toLowerCase());
  const found = named.map((name) => KINDS.find((kind) => kind === name));
  const known = found.filter((kind) => kind !== undefined);
  if (known.length < named.length) throw new InvalidArgumentError(`It has to be one or more of ${KINDS.join(', ')}.`);
  return [...before, ...known];
}
