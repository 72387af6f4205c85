import type { CommandContext } from '../app/context.ts';
import { actsAsItself } from '../app/graph-access.ts';
import { usageError } from '../errors.ts';
import type { WatchFlags } from './options/watch-options.ts';

/**
 * `pollByDefault` returns the flags of a watch, with `--poll auto` where nobody signs in: Microsoft lists no application
 * permission for the socket.io endpoint. Says so on stderr. Throws a usage error if notifications were requested.
 */
export function pollByDefault(context: CommandContext, flags: WatchFlags): WatchFlags {
  if (!actsAsItself(context) || flags.poll !== undefined || flags.once === true) return flags;
  const why = `With --auth ${context.settings.auth} there is no socket (Microsoft lists no application permission for it)`;
  if (flags.notifications === true) throw usageError(`${why}, so there are no notifications to print.`, 'Remove --notifications: changes are queried at intervals.');
  context.people.say(`${why}: querying for changes instead, as with --poll auto.`);
  return { ...flags, poll: 'auto' };
}
