import { Help, InvalidArgumentError, Option, type Command } from 'commander';
import type { ChangeKind } from '../events.ts';
import { OUTPUT_FORMATS, type OutputFormat } from '../output/format.ts';
import { atLeastTwo, duration, factor, path, pollInterval, positiveInteger, size, unitsPerMinute } from './flag-values.ts';

/** `addWatchOptions` adds the options that every `watch` has. */
export function addWatchOptions(command: Command): Command {
  return addFilterAndActionOptions(addOutputOptions(command, 'stop after this long (90s, 5m, 1h30m); exit 124 if --count isn\'t reached (without --count: if nothing came)')
    .option('--ready-file <path>', 'file that exists while connected (wait for it before making changes)', path)
    .option('--lifecycle', 'also write lifecycle records to the NDJSON stream')
    .option('--record <file>', 'also record everything to this file, for graph-watch replay')
    .option('--record-size <size>', 'start a new file at this size: 500KB, 100MB (the default), 1GB', size)
    .option('--record-files <n>', 'keep this many files (default: 10)', atLeastTwo)
    .optionsGroup('What changed:')
    .option('--changes', 'report what changed (created, modified, renamed, moved, deleted; path, size, who) instead of notifications')
    .option('--notifications', 'print notifications as well as changes')
    .option('--index', 'list the whole drive first, so that every rename, move and deletion has its previous name (default for a single target: list it in the background, up to 100,000 items)')
    .option('--no-index', 'never list the drive')
    .option('--sharing', 'report sharing and permission changes too (business and SharePoint drives)')
    .option('--recheck <interval>', 'with --index: list the drive again at this interval, to find changes that Graph never reported', duration)
    .option('--resume [name]', 'continue where the last run with this name stopped (default: a name made from the target)')
    .option('--after <cursor>', 'start from a cursor (see graph-watch cursor)')
    .option('--since <time>', 'start at a time, or this long ago: 2026-05-11T20:00:00Z, 2h (business and SharePoint drives)')
    .option('--once', 'report what changed since --resume, --since or --after, then exit')
    .optionsGroup('Connection:')
    .option('--poll <interval>', 'query for changes at this interval instead of opening a socket; auto: as often as the budget allows', pollInterval)
    .option('--budget <units>', 'at most this many of Graph\'s resource units per minute (default: 312, a quarter of the smallest limit)', unitsPerMinute), 'Filters (with --changes):')
    .addHelpText('after', ABOUT_COMMANDS);
}

const ABOUT_COMMANDS = '\nA command after -- runs for each event, without a shell. It gets the event as\nJSON on stdin, and its main fields in GRAPH_WATCH_EVENT_… variables.';

/** `addReplayOptions` adds the options of a watch that make sense for events that were recorded. */
export function addReplayOptions(command: Command): Command {
  return addFilterAndActionOptions(addOutputOptions(command, 'stop after this long (90s, 5m, 1h30m); exit 124 if not everything was replayed, or --count isn\'t reached')
    .option('--lifecycle', 'also write lifecycle records to the NDJSON stream')
    .option('--speed <factor>', 'replay at this multiple of the recorded speed: 1, 10, 0.5 (default: as fast as possible)', factor), 'Filters:')
    .addHelpText('after', ABOUT_COMMANDS);
}

function addOutputOptions(command: Command, timeout: string): Command {
  return command
    .optionsGroup('Output and end:')
    .addOption(new Option('-o, --output <format>', 'default: pretty on a terminal, ndjson otherwise').choices(OUTPUT_FORMATS).argParser(outputFormat))
    .option('--json', 'short for -o ndjson')
    .option('-n, --count <n>', 'exit 0 after n events', positiveInteger)
    .option('-t, --timeout <duration>', timeout, duration);
}

const KINDS: readonly ChangeKind[] = ['created', 'modified', 'renamed', 'moved', 'deleted', 'shared', 'unknown'];

/** Options that filter changes and act on events, in the order of their help. */
function addFilterAndActionOptions(command: Command, filters: string): Command {
  return command
    .optionsGroup(filters)
    .option('--path <glob>', 'only paths that match, such as \'/Reports/**\' or \'**/*.xlsx\' (repeatable)', collect)
    .option('--change <kinds>', `only these kinds, comma-separated: ${KINDS.join(', ')}`, kinds)
    .addOption(new Option('--only <what>', 'only files, or only folders').choices(['files', 'folders']))
    .option('--by <user>', 'only changes by this user: display name, e-mail address or id; me is the signed-in user (repeatable)', collect)
    .option('--not-by <user>', 'skip changes by this user, named as for --by (repeatable)', collect)
    .option('--not-app <id>', 'skip changes made by this app id (repeatable)', collect)
    .optionsGroup('Actions:')
    .option('--forward <url>', 'post each event as JSON to https://, or to http:// on this machine')
    .option('--forward-header <header>', '\'Name: value\' to send with each post (repeatable)', collect)
    .option('--forward-insecure', 'allow plain http to other machines')
    .addOption(new Option('--on-busy <what>', 'what to do with events that arrive while the command or a --forward request is running (default: queue)').choices(['queue', 'drop']))
    .option('--debounce <duration>', 'wait until no event has arrived for this long, then act on the last event of each item', duration)
    .option('--batch', 'pass all waiting events as one JSON array')
    .option('--fail-fast', 'end the watch if the command or the --forward request fails (exit 6)')
    .optionsGroup('Publishing:')
    .option('--nats <urls>', 'also publish each event to NATS JetStream: nats://host:4222, tls://host (several: comma-separated; or NATS_URL)')
    .option('--nats-creds <file>', 'the credentials file for NATS (or NATS_CREDS)', path)
    .option('--nats-prefix <prefix>', 'prefix of all subjects (default: graph-watch)')
    .optionsGroup('Serving:')
    .option('--serve <[host:]port>', 'serve health, metrics, events and a page over HTTP, on this machine only unless you give a host (which needs GRAPH_WATCH_SERVE_TOKEN); 0: any free port')
    .optionsGroup('');
}

/** `showOptions` lets the help of a command show the options that the commands below it have, as this one has them. */
export function showOptions(group: Command, of: string): void {
  const example = group.commands.find((command) => command.name() === of) ?? group;
  const plain = new Help();
  group.configureHelp({ ...group.configureHelp(), visibleOptions: (command) => plain.visibleOptions(command === group ? example : command) });
}

/** `json` is another word for `ndjson`. */
function outputFormat(value: string): OutputFormat {
  const found = OUTPUT_FORMATS.find((format) => format === (value === 'json' ? 'ndjson' : value));
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`Allowed choices are ${OUTPUT_FORMATS.join(', ')}.`);
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function kinds(value: string, before: readonly ChangeKind[] = []): ChangeKind[] {
  const named = value.split(',').map((kind) => kind.trim().toLowerCase());
  const found = named.map((name) => KINDS.find((kind) => kind === name));
  const known = found.filter((kind) => kind !== undefined);
  if (known.length < named.length) throw new InvalidArgumentError(`Must be one or more of ${KINDS.join(', ')}.`);
  return [...before, ...known];
}
