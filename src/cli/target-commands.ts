import type { Command } from 'commander';
import { quoted } from '../graph/target-mistakes.ts';
import { isTargetWord, readTarget } from '../graph/target-words.ts';
import type { Run } from './run.ts';
import type { WatchFlags } from '../watch/options/watch-options.ts';
import type { ClusterFlags } from '../watch/options/cluster-options.ts';
import { withExamples } from './examples.ts';
import { duration } from './flag-values.ts';
import { withoutSecrets } from './given-words.ts';
import { groupExamples, targetExamples } from './target-examples.ts';
import { addWatchOptions, showOptions } from './watch-flags.ts';

/** Act does what a command does with a target, given as its words. */
type Act = (target: readonly string[], flags: WatchFlags, command: Command) => Promise<void>;

/** The commands below `watch`, each with the options of a watch. Setting those up is half the work of building the commander tree. */
const WATCH_COMMANDS = ['me', 'drive', 'group', 'user', 'list', 'site', 'many'] as const;

/** The hidden command below `watch` that stands for a target yet to be chosen: nobody types it. */
export const TO_CHOOSE = 'choose';

/** `addWatch` adds the subcommands of `watch`. `words` are those after the first `--`. `atTerminal`: there is somebody to ask for the target. */
export function addWatch(group: Command, run: Run, argv: readonly string[], words: readonly string[] | undefined, { atTerminal }: { atTerminal: boolean }): void {
  const watch: Act = (target, flags, command) => run(command.optsWithGlobals(), async (context) => {
    const wanted = readTarget(target, { command: 'graph-watch watch' });
    if (wanted.kind === 'site') {
      const { runWatchSite } = await import('../commands/watch-many.ts');
      return runWatchSite(context, wanted, flags, words);
    }
    const { runWatch } = await import('../commands/watch.ts');
    return runWatch(context, wanted, flags, words);
  });
  const mayBeMeant = meant(argv);
  // Where the options are not needed, one stands for all: the list of commands shows only whether a command has any.
  const addOptions = (command: Command): Command => (mayBeMeant(command.name()) ? addWatchOptions(command) : command.option('--changes'));
  addTargets(group, argv, addOptions, watch);
  withExamples(addOptions(group.command('site').description('every document library of a site; SIGHUP looks for new ones').argument('<site>', SITE)), ...targetExamples('watch', 'site'))
    .action((site: string, flags: WatchFlags, command: Command) => watch(['site', site], flags, command));
  addWatchMany(group, run, addOptions, words);
  showOptions(group, 'me');
  if (!atTerminal) return;
  addWatchOptions(group.command(TO_CHOOSE, { hidden: true })).action((flags: WatchFlags, command: Command) => run(command.optsWithGlobals(), async (context) => {
    const { runWatchChosen } = await import('../commands/watch-chosen.ts');
    return runWatchChosen(context, flags, words, (target) => chosenLine(argv, words, target));
  }));
}

/** Returns which of the commands below `watch` need their options: those that the command line names, and `me`, whose options the help of `watch` shows; all if it names none. */
function meant(argv: readonly string[]): (name: string) => boolean {
  const named = new Set<string>(WATCH_COMMANDS.filter((name) => argv.includes(name)));
  if (named.size === 0 && !argv.some(isTargetWord)) return () => true;
  return (name) => named.has(name) || name === 'me' || name === 'target';
}

/** The command line with the target in it. */
function chosenLine(argv: readonly string[], words: readonly string[] | undefined, target: string): string {
  const at = argv.indexOf('watch') + 1;
  const shown = withoutSecrets(argv);
  const line = [...shown.slice(0, at), target, ...shown.slice(at), ...(words === undefined ? [] : ['--', ...words])];
  return ['graph-watch', ...line.map(quoted)].join(' ');
}

const REDEEM = ['--redeem', 'open a sharing link; this adds the item to what is shared with you'] as const;
const SITE = 'site id, host:/sites/path, or the site\'s URL';

function addWatchMany(group: Command, run: Run, addOptions: (command: Command) => Command, words: readonly string[] | undefined): void {
  withExamples(addOptions(group.command('many').description('every target in a file, one per line; SIGHUP reloads it')
    .argument('<file>', 'one target per line, in any form that watch accepts, with an optional "as <label>"; # comments; - for stdin').option(...REDEEM)
    .optionsGroup('Sharing the work:')
    .option('--cluster <name>', 'share the targets with all processes that use the same cluster name; implies --changes, needs --nats')
    .option('--lease <duration>', 'how long a member may be silent before others take over its targets (default: 15s)', duration)
    .option('--member <name>', 'this member\'s name (default: derived from the host name)')
    .optionsGroup('')), ...targetExamples('watch', 'many'))
    .action((file: string, flags: WatchFlags & ClusterFlags, command: Command) => run(command.optsWithGlobals(), async (context) => {
      const { runWatchMany } = await import('../commands/watch-many.ts');
      return runWatchMany(context, file, flags, words);
    }));
}

/** `addEndpoint` adds the subcommands of `endpoint`. */
export function addEndpoint(group: Command, run: Run, argv: readonly string[]): void {
  addTargets(group, argv, (command) => command, (target, flags, command) => run(command.optsWithGlobals(), async (context) => {
    const { runEndpoint } = await import('../commands/endpoint.ts');
    return runEndpoint(context, readTarget(target, { command: 'graph-watch endpoint' }), flags);
  }));
}

/** `addCursor` adds the subcommands of `cursor`. */
export function addCursor(group: Command, run: Run, argv: readonly string[]): void {
  addTargets(group, argv, (command) => command, (target, flags, command) => run(command.optsWithGlobals(), async (context) => {
    const { runCursor } = await import('../commands/cursor.ts');
    return runCursor(context, readTarget(target, { command: 'graph-watch cursor' }), flags);
  }));
}

/**
 * `me`, `drive`, `group`, `user` and `list` below `watch`, `endpoint` and `cursor`, and a target in one word. The
 * command that takes the one word exists only where `argv` has such a word: everything else that is not a command is a
 * mistake, which commander explains.
 */
function addTargets(group: Command, argv: readonly string[], addOptions: (command: Command) => Command, act: Act): void {
  const verb = group.name();
  const add = (kind: string): Command => withExamples(addOptions(group.command(kind)), ...targetExamples(verb, kind));
  add('me').description('the signed-in user\'s drive')
    .action((flags: WatchFlags, command: Command) => act(['me'], flags, command));
  add('drive').description('a drive').argument('<driveId>').option('--list', 'address the drive as /drives/{id}/list')
    .action((id: string, flags: WatchFlags & { list?: boolean }, command: Command) => act([flags.list === true ? 'drive-list' : 'drive', id], flags, command));
  add('group').description('a group\'s drive').argument('<groupId>')
    .action((id: string, flags: WatchFlags, command: Command) => act(['group', id], flags, command));
  add('user').description('a user\'s OneDrive').argument('<user>', 'sign-in name or id')
    .action((user: string, flags: WatchFlags, command: Command) => act(['user', user], flags, command));
  add('list').description('a document library')
    .argument('<site>', SITE)
    .argument('[list]', 'list id or title (not with the URL of the library itself)')
    .action((site: string, list: string | undefined, flags: WatchFlags, command: Command) => act(['list', site, ...(list === undefined ? [] : [list])], flags, command));
  group.addHelpText('after', `
Instead of a command, any address from a browser or from "Copy link":
of a library, a folder, a file, a OneDrive, a site or a Teams channel. Or a
target as records name it: drive:<id>, group:<id>, list:<site>/<list> …
--redeem opens a sharing link; this adds the item to what is shared with you.${verb === 'watch' ? '\nOn a terminal, graph-watch watch without a target lets you choose from a list.' : ''}`);
  withExamples(group, ...groupExamples(verb));
  if (!argv.some(isTargetWord)) return;
  addOptions(group.command('target', { isDefault: true, hidden: true }).argument('<target>').option(...REDEEM))
    .action((target: string, flags: WatchFlags, command: Command) => act([target], flags, command));
}
