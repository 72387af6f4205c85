import type { Command } from 'commander';
import { isAddress } from '../graph/address/is-address.ts';
import type { Target } from '../graph/targets.ts';
import type { Run } from './run.ts';
import type { WatchFlags } from '../watch/options.ts';
import { addWatchOptions } from './watch-flags.ts';

/** `addWatch` adds the subcommands of `watch`. `words` are those after the first `--`. */
export function addWatch(group: Command, run: Run, argv: readonly string[], words: readonly string[] | undefined): void {
  addTargets(group, addWatchOptions, (target, flags, command) => run(command.optsWithGlobals(), async (context) => {
    const { runWatch } = await import('../commands/watch.ts');
    return runWatch(context, target, flags, words);
  }));
  addWatchMany(group, run, words);
  addAddress(group, argv, addWatchOptions, (address, flags, command) => run(command.optsWithGlobals(), async (context) => {
    const { runWatchAddress } = await import('../commands/watch.ts');
    return runWatchAddress(context, address, flags, words);
  }));
}

function addWatchMany(group: Command, run: Run, words: readonly string[] | undefined): void {
  addWatchOptions(group.command('many').description('every target in a file, one per line; SIGHUP reads it again')
    .argument('<file>', 'me, drive <id>, drive-list <id>, group <id>, list <site> <list>, each with an optional "as <label>"; # comments; - for stdin'))
    .action((file: string, flags: WatchFlags, command: Command) => run(command.optsWithGlobals(), async (context) => {
      const { runWatchMany } = await import('../commands/watch-many.ts');
      return runWatchMany(context, file, flags, words);
    }));
}

/** `addEndpoint` adds the subcommands of `endpoint`. */
export function addEndpoint(group: Command, run: Run, argv: readonly string[]): void {
  addTargets(group, (target) => target, (target, _flags, command) => run(command.optsWithGlobals(), async (context) => {
    const { runEndpoint } = await import('../commands/endpoint.ts');
    return runEndpoint(context, target);
  }));
  addAddress(group, argv, (command) => command, (address, { redeem = false }, command) => run(command.optsWithGlobals(), async (context) => {
    const [{ runEndpoint }, { targetAt }] = await Promise.all([import('../commands/endpoint.ts'), import('../commands/watch.ts')]);
    return runEndpoint(context, await targetAt(context, address, { redeem }));
  }));
}

/** `addCursor` adds the subcommands of `cursor`. */
export function addCursor(group: Command, run: Run, argv: readonly string[]): void {
  addTargets(group, (target) => target, (target, _flags, command) => run(command.optsWithGlobals(), async (context) => {
    const { runCursor } = await import('../commands/cursor.ts');
    return runCursor(context, target);
  }));
  addAddress(group, argv, (command) => command, (address, { redeem = false }, command) => run(command.optsWithGlobals(), async (context) => {
    const [{ runCursor }, { targetAt }] = await Promise.all([import('../commands/cursor.ts'), import('../commands/watch.ts')]);
    return runCursor(context, await targetAt(context, address, { redeem }));
  }));
}

/** `me`, `drive`, `group`, `user` and `list` below `watch`, `endpoint` and `cursor`. */
function addTargets(
  group: Command,
  addOptions: (command: Command) => Command,
  act: (target: Target, flags: WatchFlags, command: Command) => Promise<void>,
): void {
  addOptions(group.command('me').description('the signed-in user\'s drive'))
    .action((flags: WatchFlags, command: Command) => act({ kind: 'me' }, flags, command));
  addOptions(group.command('drive').description('a drive').argument('<driveId>').option('--list', 'watch via /drives/{id}/list'))
    .action((driveId: string, flags: WatchFlags & { list?: boolean }, command: Command) =>
      act({ kind: flags.list === true ? 'drive-list' : 'drive', driveId }, flags, command));
  addOptions(group.command('group').description('a group\'s drive').argument('<groupId>'))
    .action((groupId: string, flags: WatchFlags, command: Command) => act({ kind: 'group', groupId }, flags, command));
  addOptions(group.command('user').description('a user\'s OneDrive').argument('<user>', 'sign-in name or id'))
    .action((user: string, flags: WatchFlags, command: Command) => act({ kind: 'user', user }, flags, command));
  addOptions(group.command('list').description('a document library')
    .argument('<site>', 'site id, host:/sites/path, or the site\'s URL')
    .argument('<list>', 'list id or title'))
    .action((site: string, list: string, flags: WatchFlags, command: Command) => act({ kind: 'list', site, list }, flags, command));
}

/**
 * An address in place of a command below `watch`, `endpoint` and `cursor`. The command that takes it exists only
 * where `argv` has an address: everything else that is not a command is a mistake, which commander explains.
 */
function addAddress(
  group: Command,
  argv: readonly string[],
  addOptions: (command: Command) => Command,
  act: (address: string, flags: WatchFlags, command: Command) => Promise<void>,
): void {
  group.addHelpText('after', '\nIn place of a command, any address that a browser shows or "Copy link" gives:\nof a library, a folder, a file, a OneDrive, a site or a Teams channel.\n');
  if (!argv.some(isAddress)) return;
  addOptions(group.command('address', { isDefault: true, hidden: true }).argument('<url>').option('--redeem', 'open a sharing link, which adds it to what is shared with you'))
    .action((address: string, flags: WatchFlags, command: Command) => act(address, flags, command));
}
