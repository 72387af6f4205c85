import type { Command } from 'commander';
import type { Target } from '../graph/targets.ts';
import type { Run } from './run.ts';
import { addWatchOptions, watchOptions, type WatchFlags } from './watch-flags.ts';

/** `addWatch` adds what is below `watch`. `words` are those after the first `--`. */
export function addWatch(group: Command, run: Run, words: readonly string[] | undefined): void {
  addTargets(group, addWatchOptions, (target, flags, command) => run(command.optsWithGlobals(), async (context) => {
    const { runWatch } = await import('../commands/watch.ts');
    return runWatch(context, target, await watchOptions(flags, words));
  }));
  addWatchMany(group, run, words);
}

function addWatchMany(group: Command, run: Run, words: readonly string[] | undefined): void {
  addWatchOptions(group.command('many').description('every target in a file, one per line; SIGHUP reads it again')
    .argument('<file>', 'me, drive <id>, drive-list <id>, group <id>, list <site> <list>, each with an optional "as <label>"; # comments; - for stdin'))
    .action((file: string, flags: WatchFlags, command: Command) => run(command.optsWithGlobals(), async (context) => {
      const { runWatchMany } = await import('../commands/watch-many.ts');
      return runWatchMany(context, file, await watchOptions(flags, words));
    }));
}

/** `addEndpoint` adds what is below `endpoint`. */
export function addEndpoint(group: Command, run: Run): void {
  addTargets(group, (target) => target, (target, _flags, command) => run(command.optsWithGlobals(), async (context) => {
    const { runEndpoint } = await import('../commands/endpoint.ts');
    return runEndpoint(context, target);
  }));
}

/** `addCursor` adds what is below `cursor`. */
export function addCursor(group: Command, run: Run): void {
  addTargets(group, (target) => target, (target, _flags, command) => run(command.optsWithGlobals(), async (context) => {
    const { runCursor } = await import('../commands/cursor.ts');
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
  addOptions(group.command('drive').description('a drive').argument('<driveId>').option('--list', 'watch via /drives/{id}/list'))
    .action((driveId: string, flags: WatchFlags & { list?: boolean }, command: Command) =>
      act({ kind: flags.list === true ? 'drive-list' : 'drive', driveId }, flags, command));
  addOptions(group.command('group').description('a group\'s drive').argument('<groupId>'))
    .action((groupId: string, flags: WatchFlags, command: Command) => act({ kind: 'group', groupId }, flags, command));
  addOptions(group.command('list').description('a document library')
    .argument('<site>', 'site id, host:/sites/path, or the site\'s URL')
    .argument('<list>', 'list id or title'))
    .action((site: string, list: string, flags: WatchFlags, command: Command) => act({ kind: 'list', site, list }, flags, command));
}
