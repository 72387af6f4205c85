import { Command, Option } from 'commander';
import type { Target } from '../graph/targets.ts';
import { VERSION } from '../version.ts';
import type { ChangeFlags } from './change-options.ts';
import type { CommandContext } from './context.ts';
import type { EmulatorFlags } from './emulator.ts';
import { duration, numberOrZero, path, port, positiveInteger } from './flag-values.ts';
import { OUTPUT_FORMATS, type OutputFormat } from '../output/format.ts';
import type { GlobalFlags } from './settings.ts';
import { addStageOptions, type StageFlags } from './stage-flags.ts';
import type { WatchOptions } from './watch-session.ts';

/** Runs one command in a context made from the global flags; a number that it resolves with is the exit code. */
export type Run = (flags: GlobalFlags, command: (context: CommandContext) => Promise<unknown>) => Promise<void>;

/** How wide help is at the most, in columns. */
export const HELP_WIDTH = 80;
/** The commands that have commands below them. */
export const GROUPS = ['watch', 'endpoint', 'cursor', 'config'] as const;

/**
 * The commander tree for this command line: flags and help. What a command does is loaded when it is
 * called, and what is below a command is made where `argv` names it: the options of all the watches
 * take 2 ms of every start. `words` are those after the first `--` of a watch: commander would not tell
 * them from arguments of its own.
 */
export function createProgram(run: Run, argv: readonly string[], words?: readonly string[]): Command {
  const program = new Command('graph-watch')
    .description('See what changes in a OneDrive or SharePoint drive, while it changes.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .addOption(new Option('--cloud <cloud>', 'which Microsoft cloud').choices(['global', 'usgov', 'usgov-dod', 'china', 'emulator']))
    .option('--client-id <id>', 'the app registration to sign in with')
    .option('--tenant <tenant>', 'the tenant to sign in to')
    .option('--account <user>', 'which of several signed-in accounts')
    .option('-q, --quiet', 'print nothing but events, errors and the device prompt')
    .option('--debug', 'print what happens on the wire (never a secret) and stack traces')
    .option('--no-color', 'no colours')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .showSuggestionAfterError(true)
    .enablePositionalOptions(false);

  const group = (name: (typeof GROUPS)[number], description: string, add: (group: Command) => void): void => {
    const command = program.command(name).description(description);
    if (argv.includes(name)) add(command);
  };
  addSignIn(program, run);
  group('watch', 'stream the notifications of a drive to stdout', (watch) => { addWatch(watch, run, words); });
  group('endpoint', 'ask for the socket.io endpoint once and print the answer as JSON (its URL is a secret)', (endpoint) => { addEndpoint(endpoint, run); });
  group('cursor', 'print where a drive is now, as one word: watch … --after <cursor> starts from there', (cursor) => { addCursor(cursor, run); });
  group('config', 'read and write what the GRAPH_WATCH_… variables set', (config) => { addConfig(config, run); });
  addEmulator(program, run);
  addHelp(program);
  return program;
}

/** `help watch me`: commander's own goes no deeper than `help watch`, and takes any other word for none. */
function addHelp(program: Command): void {
  program.command('help').description('print help for a command').argument('[command...]').action((words: string[]) => {
    let found = program;
    for (const word of words) {
      found = found.commands.find((command) => command.name() === word) ?? found.error(`error: unknown command '${word}'`);
    }
    found.outputHelp();
  });
}

function addSignIn(program: Command, run: Run): void {
  program
    .command('login')
    .description('sign in with a code that is entered in any browser')
    .option('--browser', 'sign in through this machine\'s browser instead')
    .option('--scope <scope...>', 'more scopes than Files.Read')
    .action((options: { browser?: boolean; scope?: string[] }, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runLogin } = await import('./login.ts');
        return runLogin(context, options);
      }));
  program
    .command('logout')
    .description('forget the account')
    .option('--all', 'forget every account')
    .action((options: { all?: boolean }, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runLogout } = await import('./logout.ts');
        return runLogout(context, options);
      }));
  program
    .command('status')
    .description('print who is signed in, where, with which scopes (exit 3 when nobody is)')
    .option('--json', 'JSON, also on a terminal')
    .action((options: { json?: boolean }, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runStatus } = await import('./status.ts');
        return runStatus(context, options);
      }));
}

interface WatchFlags extends ChangeFlags, StageFlags {
  output?: OutputFormat;
  json?: boolean;
  count?: number;
  timeout?: number;
  readyFile?: string;
  lifecycle?: boolean;
}

function addWatch(group: Command, run: Run, words: readonly string[] | undefined): void {
  addTargets(group, addWatchOptions, (target, flags, command) => run(command.optsWithGlobals(), async (context) => {
    const { runWatch } = await import('./watch.ts');
    return runWatch(context, target, await watchOptions(flags, words));
  }));
  addWatchMany(group, run, words);
}

function addWatchOptions(command: Command): Command {
  return addStageOptions(command
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

async function watchOptions(flags: WatchFlags, words: readonly string[] | undefined): Promise<WatchOptions> {
  const [{ changeOptions }, { actionOptions, filterOptions }] = await Promise.all([import('./change-options.ts'), import('./stage-options.ts')]);
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

function addWatchMany(group: Command, run: Run, words: readonly string[] | undefined): void {
  addWatchOptions(group.command('many').description('every target of a file, one a line; SIGHUP reads it again')
    .argument('<file>', 'me, drive <id>, drive-list <id>, group <id>, list <site> <list>, each with an optional "as <label>"; # comments; - for stdin'))
    .action((file: string, flags: WatchFlags, command: Command) => run(command.optsWithGlobals(), async (context) => {
      const { runWatchMany } = await import('./watch-many.ts');
      return runWatchMany(context, file, await watchOptions(flags, words));
    }));
}

function addEndpoint(group: Command, run: Run): void {
  addTargets(group, (target) => target, (target, _flags, command) => run(command.optsWithGlobals(), async (context) => {
    const { runEndpoint } = await import('./endpoint.ts');
    return runEndpoint(context, target);
  }));
}

function addCursor(group: Command, run: Run): void {
  addTargets(group, (target) => target, (target, _flags, command) => run(command.optsWithGlobals(), async (context) => {
    const { runCursor } = await import('./cursor.ts');
    return runCursor(context, target);
  }));
}

/** `me`, `drive`, `group` and `list` below `watch`, `endpoint` and `cursor`. */
function addTargets(
  group: Command,
  addOptions: (command: Command) => Command,
  act: (target: Target, flags: WatchFlags, command: Command) => Promise<void>,
): void {
  addOptions(group.command('me').description('the signed-in user\'s drive'))
    .action((flags: WatchFlags, command: Command) => act({ kind: 'me' }, flags, command));
  addOptions(group.command('drive').description('a drive').argument('<driveId>').option('--list', 'through the drive\'s list'))
    .action((driveId: string, flags: WatchFlags & { list?: boolean }, command: Command) =>
      act({ kind: flags.list === true ? 'drive-list' : 'drive', driveId }, flags, command));
  addOptions(group.command('group').description('a group\'s drive').argument('<groupId>'))
    .action((groupId: string, flags: WatchFlags, command: Command) => act({ kind: 'group', groupId }, flags, command));
  addOptions(group.command('list').description('a document library')
    .argument('<site>', 'site id, host:/sites/path, or the site\'s URL')
    .argument('<list>', 'list id or title'))
    .action((site: string, list: string, flags: WatchFlags, command: Command) => act({ kind: 'list', site, list }, flags, command));
}

function addConfig(group: Command, run: Run): void {
  const actions = [
    ['get', 'print a setting'],
    ['set', 'store a setting'],
    ['unset', 'forget a setting'],
    ['list', 'print all stored settings'],
    ['path', 'print where configuration is kept'],
  ] as const;
  for (const [name, description] of actions) {
    const command = group.command(name).description(description);
    if (name === 'get' || name === 'set' || name === 'unset') command.argument('<key>');
    if (name === 'set') command.argument('<value>');
    command.action((...parameters: unknown[]) => run(command.optsWithGlobals(), async (context) => {
      const { runConfig } = await import('./config.ts');
      const [key, value] = parameters.filter((parameter) => typeof parameter === 'string');
      return runConfig(context, name, key, value);
    }));
  }
}

function addEmulator(program: Command, run: Run): void {
  program
    .command('emulator')
    .description('run a local Microsoft Graph over a real folder, for development and tests (loopback only)')
    .argument('[folder]', 'the drive\'s content', 'graph-watch-drive')
    .option('--port <port>', 'Graph and sign-in (0: any)', port)
    .option('--push-port <port>', 'the socket.io push host (0: any)', port)
    .option('--lifetime <duration>', 'how long an endpoint lives', duration)
    .option('--token-lifetime <duration>', 'how long an access token lives', duration)
    .option('--ping-interval <duration>', 'how often the push host pings', duration)
    .option('--ping-timeout <duration>', 'how long it waits for the answer', duration)
    .option('--notify-delay <duration>', 'from a change to its notification', duration)
    .option('--delta-lag <duration>', 'from a change to its delta entry', duration)
    .addOption(new Option('--personality <kind>', 'the kind of account that the drive belongs to').choices(['personal', 'business']))
    .option('--drives <n>', 'so many more drives with the same content', numberOrZero)
    .option('--page-size <n>', 'delta entries a page', positiveInteger)
    .option('--auto-approve', 'approve every device code by itself')
    .option('--admin', 'the routes that make trouble: see GET /admin')
    .action((folder: string, options: EmulatorFlags, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runEmulator } = await import('./emulator.ts');
        return runEmulator(context, folder, options);
      }));
  program
    .command('demo')
    .description('the whole tool at work: emulator, sign-in, watch, a few changes')
    .option('--json', 'NDJSON instead of pretty text')
    .action((options: { json?: boolean }, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runDemo } = await import('./demo.ts');
        return runDemo(context, options);
      }));
}
