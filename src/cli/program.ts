import { Command, Option } from 'commander';
import { VERSION } from '../version.ts';
import { addAccountCommands } from './account-commands.ts';
import { addConfigCommands } from './config-commands.ts';
import { addEmulatorCommands } from './emulator-commands.ts';
import { addFindingCommands } from './finding-commands.ts';
import { addHelpCommands } from './help-commands.ts';
import type { Run } from './run.ts';
import { addCursor, addEndpoint, addWatch } from './target-commands.ts';

/** The greatest width of help, in columns. */
export const HELP_WIDTH = 80;
/** The commands that have commands below them. */
export const GROUPS = ['watch', 'endpoint', 'cursor', 'config'] as const;

const PRINT_HELP = 'print help for a command';

/**
* `createProgram` creates the commander tree for this command line: flags and help. What a command does is loaded when
 * it is called, and its subcommands are added only if `argv` names it: the options of all the watches would add 2 ms
 * to every start. `words` are those after the first `--` of a watch: commander would take them for arguments of its own.
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
    .option('--user-agent <name>', 'how requests name themselves to Microsoft: NONISV|<company>, or ISV|<company>')
    .option('-q, --quiet', 'print nothing but events, errors and the device prompt')
    .option('--debug', 'print what is sent and received (secrets removed), and stack traces')
    .option('--no-color', 'print without colors')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .showSuggestionAfterError(true)
    .enablePositionalOptions(false);

  const group = (name: (typeof GROUPS)[number], description: string, add: (group: Command) => void): void => {
    const command = program.command(name).description(description);
    if (!argv.includes(name)) return;
    add(command.helpCommand('help [command]', PRINT_HELP));
  };
  addAccountCommands(program, run);
  group('watch', 'watch a drive live; with --changes, see what changed', (watch) => { addWatch(watch, run, argv, words, { atTerminal }); });
  addFindingCommands(program, run);
  group('endpoint', 'get the socket.io endpoint once and print it as JSON (its URL is a secret)', (endpoint) => { addEndpoint(endpoint, run, argv); });
  group('cursor', 'print a cursor for the drive\'s current state (for watch --after)', (cursor) => { addCursor(cursor, run, argv); });
  group('config', 'manage stored settings', (config) => { addConfigCommands(config, run); });
  addHelpCommands(program, run);
  addEmulatorCommands(program, run);
  addHelp(program);
  return program;
}

/** `help watch me`: commander's own help goes no deeper than `help watch`, and ignores any other word. */
function addHelp(program: Command): void {
  program.command('help').description(PRINT_HELP).argument('[command...]').action((words: string[]) => {
    let found = program;
    for (const word of words) {
      found = found.commands.find((command) => command.name() === word) ?? found.error(`error: unknown command '${word}'`);
    }
    found.outputHelp();
  });
}
