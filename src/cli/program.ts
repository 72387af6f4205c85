import { Command, Help, Option } from 'commander';
import { VERSION } from '../version.ts';
import { addAccountCommands } from './account-commands.ts';
import { addClusterCommands } from './cluster-commands.ts';
import { addConfigCommands } from './config-commands.ts';
import { addEmulatorCommands } from './emulator-commands.ts';
import { withExamples } from './examples.ts';
import { addFindingCommands } from './finding-commands.ts';
import { addHelpCommands } from './help-commands.ts';
import { addReplay } from './replay-command.ts';
import type { Run } from './run.ts';
import { addCursor, addEndpoint, addWatch } from './target-commands.ts';

/** The greatest width of help, in columns. */
export const HELP_WIDTH = 80;
/** The commands that have commands below them. */
export const GROUPS = ['watch', 'endpoint', 'cursor', 'cluster', 'config'] as const;

/** Last on the page, where people look once it has been printed. */
const TRY_FIRST = `
Try first:
  graph-watch demo                # see it work; no account needed
  graph-watch login               # sign in, once
  graph-watch watch me --changes  # what changes in your own drive
  graph-watch watch 'https://…'   # a library or folder: paste its address
  graph-watch drives              # what else you can watch
  graph-watch doctor              # what fails, and why`;

const PRINT_HELP = 'print help for a command';

/**
 * `createProgram` creates the commander tree for this command line: flags and help. What a command does is loaded when
 * it is called, its subcommands are added only if `argv` names it, and the options of a watch only to the targets that are named: all of them
 * would add several milliseconds to every start. `words` are those after the first `--` of a watch or a replay: commander would take them for arguments of its own.
 * `atTerminal`: somebody can be asked what to watch.
 */
export function createProgram(run: Run, argv: readonly string[], words?: readonly string[], { atTerminal = false } = {}): Command {
  const program = new Command('graph-watch')
    .description('See what changes in a OneDrive or SharePoint drive, as it happens.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .addOption(new Option('--cloud <cloud>', 'which Microsoft cloud').choices(['global', 'usgov', 'usgov-dod', 'china', 'emulator']))
    .addOption(new Option('--auth <kind>', 'who signs in: a user (default), an app, or the machine').choices(['user', 'app', 'managed-identity']))
    .option('--client-id <id>', 'the app registration to sign in with')
    .option('--tenant <tenant>', 'the tenant to sign in to')
    .option('--account <user>', 'which of several signed-in accounts')
    .option('--user-agent <name>', 'how to identify requests to Microsoft: NONISV|<company> or ISV|<company>')
    .option('-q, --quiet', 'print nothing but events, errors and the device prompt')
    .option('--debug', 'print what is sent and received (secrets removed), and stack traces')
    .option('--no-color', 'print without colors')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false, formatHelp: commandsFirst })
    .showSuggestionAfterError(true)
    .enablePositionalOptions(false);

  const group = (name: (typeof GROUPS)[number], description: string, add: (group: Command) => void): void => {
    const command = program.command(name).description(description);
    if (!argv.includes(name)) return;
    add(command.helpCommand('help [command]', PRINT_HELP));
  };
  program.commandsGroup('Sign in:');
  addAccountCommands(program, run);
  program.commandsGroup('Watch:');
  group('watch', 'watch a drive live; with --changes, see what changed', (watch) => { addWatch(watch, run, argv, words, { atTerminal }); });
  addReplay(program, run, words);
  addFindingCommands(program, run);
  group('endpoint', 'get the socket.io endpoint once and print it as JSON (its URL is a secret)', (endpoint) => { addEndpoint(endpoint, run, argv); });
  group('cursor', 'print a cursor for the drive\'s current state (for watch --after)', (cursor) => { addCursor(cursor, run, argv); });
  group('cluster', 'inspect a cluster (watch many --cluster) and drain its members', (cluster) => { addClusterCommands(cluster, run); });
  program.commandsGroup('Settings and help:');
  group('config', 'manage stored settings', (config) => { addConfigCommands(config, run); });
  addHelpCommands(program, run);
  addEmulatorCommands(program, run);
  addHelp(program);
  program.addHelpText('after', TRY_FIRST);
  return program;
}

/** Commands come before options, which fill a screen. */
function commandsFirst(command: Command, help: Help): string {
  const sections = Help.prototype.formatHelp.call(help, command, help).split('\n\n');
  const headings = new Set(command.commands.map((child) => child.helpGroup()).map((heading) => (heading === '' ? 'Commands:' : heading)));
  const isCommands = (section: string): boolean => headings.has(section.slice(0, section.indexOf('\n')));
  // Usage and description; a page with commands has no arguments.
  const [top, rest] = [sections.slice(0, 2), sections.slice(2)];
  return [...top, ...rest.filter(isCommands), ...rest.filter((section) => !isCommands(section))].map((section) => section.replace(/\n$/, '')).join('\n\n').concat('\n');
}

/** `help watch me`: commander's own help goes no deeper than `help watch`, and ignores any other word. */
function addHelp(program: Command): void {
  withExamples(program.command('help').description(PRINT_HELP).argument('[command...]'), ['graph-watch help watch me', 'same as watch me --help']).action((words: string[]) => {
    let found = program;
    for (const word of words) {
      found = found.commands.find((command) => command.name() === word) ?? found.error(`error: unknown command '${word}'`);
    }
    found.outputHelp();
  });
}
