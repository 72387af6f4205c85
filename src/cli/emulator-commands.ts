import { Option, type Command } from 'commander';
import type { EmulatorFlags } from '../commands/emulator.ts';
import { duration, hostNames, numberOrZero, port, positiveInteger } from './flag-values.ts';
import { withExamples } from './examples.ts';
import type { Run } from './run.ts';

/** `addEmulatorCommands` adds emulator and demo. */
export function addEmulatorCommands(program: Command, run: Run): void {
  withExamples(program
    .command('emulator')
    .description('serve a local folder as a drive: an emulator of Microsoft Graph for development (loopback only)')
    .argument('[folder]', 'the folder to serve', 'graph-watch-drive')
    .option('--port <port>', 'Graph and sign-in (0: any; default: 8443)', port)
    .option('--push-port <port>', 'the socket.io push host (0: any; default: 8444)', port)
    .option('--lifetime <duration>', 'how long an endpoint lives (default: 1h)', duration)
    .option('--token-lifetime <duration>', 'how long an access token lives (default: 1h)', duration)
    .option('--ping-interval <duration>', 'how often the push host pings (default: 25s)', duration)
    .option('--ping-timeout <duration>', 'how long it waits for the pong (default: 20s)', duration)
    .option('--notify-delay <duration>', 'the delay from a change to its notification (default: 300ms)', duration)
    .option('--delta-lag <duration>', 'the delay from a change to its delta entry (default: none)', duration)
    .addOption(new Option('--personality <kind>', 'the kind of account that the drive belongs to (default: business)').choices(['personal', 'business']))
    .option('--directory <file>', 'a JSON file with the users, groups, teams, sites and apps')
    .option('--drives <n>', 'this many additional drives with the same content', numberOrZero)
    .option('--own-content', 'give each of them the content of its own subfolder: drive-1, drive-2, …')
    .option('--page-size <n>', 'delta entries per page (default: 200)', positiveInteger)
    .option('--also-answer <hosts>', 'more host names to answer for, such as graph.microsoft.com (comma-separated)', hostNames)
    .option('--proxy-port <port>', 'port for a proxy that routes those hosts to the emulator (0: any)', port)
    .option('--throttle <units>', 'limit requests to this many resource units per minute', positiveInteger)
    .option('--long-polling', 'accept long polling on the push host, not only WebSocket')
    .option('--auto-approve', 'approve sign-ins automatically')
    .option('--admin', 'enable fault injection (see GET /admin)'),
  ['graph-watch emulator drive --auto-approve', 'in one terminal'],
  ['graph-watch --cloud emulator login', 'in another'],
  ['graph-watch --cloud emulator watch me --changes', 'then edit a file in drive/'])
    .action((folder: string, options: EmulatorFlags, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runEmulator } = await import('../commands/emulator.ts');
        return runEmulator(context, folder, options);
      }));
  withExamples(program
    .command('demo')
    .description('see it work in one command; no account needed')
    .option('--json', 'print NDJSON instead of pretty text')
    .addOption(new Option('--serve [port]', 'also show it in a browser, and keep making changes until Ctrl-C (default: any free port)').preset('0')),
  ['graph-watch demo', 'an emulator, a sign-in, a watch and a few changes'],
  ['graph-watch demo --serve', 'also show a page in the browser'],
  ['graph-watch demo --json | jq .item.path', 'the same in a pipe'])
    .action((options: { json?: boolean; serve?: string }, command: Command) =>
      run(command.optsWithGlobals(), async (context) => {
        const { runDemo } = await import('../commands/demo.ts');
        return runDemo(context, options);
      }));
}
