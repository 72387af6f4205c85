import type { CommandContext } from '../app/context.ts';
import { Interruption } from '../app/interruptions.ts';
import { WatchError } from '../errors.ts';
import { readTarget } from '../graph/target-words.ts';
import { watchOptions, type WatchFlags } from '../watch/options/watch-options.ts';
import { collectDrives, searchDrives } from '../watch/finding/search-drives.ts';
import { signedInTokens } from '../watch/signed-in.ts';
import { runWatch, signIn } from './watch.ts';

/**
 * `runWatchChosen` is `graph-watch watch` without a target at a terminal: somebody chooses from what `graph-watch drives`
 * finds, sees the command line that watches it directly (`lineFor` writes it), and watches.
 */
export async function runWatchChosen(context: CommandContext, flags: WatchFlags, words: readonly string[] | undefined, lineFor: (target: string) => string): Promise<number> {
  // A mistake in an option is reported before anybody chooses.
  watchOptions(flags, words, context.surroundings.env);
  const { surroundings: { stdin, stderr }, settings, people, signal } = context;
  const search = searchDrives(context, await signedInTokens(context, signIn));
  const drives = await collectDrives(context, search);
  search.report();
  if (drives.length === 0) throw new WatchError('refused', 'Found nothing to watch.', { hint: 'Try an address from your browser: graph-watch watch \'<address>\'' });
  const { choose } = await import('../output/choose.ts');
  const target = await choose('What do you want to watch?', drives.map((drive) => ({
    value: drive.target,
    label: `${[drive.name ?? drive.target, drive.site ?? drive.owner].filter((part) => part !== undefined).join(' · ')} (${drive.kind === 'own' ? 'yours' : drive.kind})`,
  })), { stdin, output: stderr, color: settings.color !== false, signal });
  signal.throwIfAborted();
  if (target === undefined) throw new Interruption('SIGINT');
  people.say(`Next time: ${lineFor(target)}\n`);
  return runWatch(context, readTarget([target]), flags, words);
}
