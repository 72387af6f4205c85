import type { CommandContext } from '../../app/context.ts';
import type { TokenSource } from '../../auth/token-source.ts';
import { WatchError } from '../../errors.ts';
import type { Outcome } from '../../graph/finding/inquiry.ts';
import { safeText } from '../../output/safe-text.ts';

/**
 * `reportOutcome` says on stderr, once, what a search for drives could not cover, and what would help. Throws `refused`
 * where nothing was answered at all.
 */
export function reportOutcome({ people, settings: { cloud } }: Pick<CommandContext, 'people' | 'settings'>, kind: TokenSource['kind'], outcome: Outcome): void {
  const { missing, refused, notes, scopes, silent } = outcome;
  for (const note of notes) people.say(note);
  for (const { source, count, error } of refused) {
    people.say(safeText(`${count} ${count === 1 ? 'request' : 'requests'} for ${source.what} ${count === 1 ? 'was' : 'were'} refused: ${error.message}`));
  }
  if (missing.length === 0) return;
  const what = listOf(missing.map((source) => source.what));
  const remedy = remedyFor(kind, scopes, cloud);
  if (silent) throw new WatchError('refused', `Graph refused to list ${what}.`, { hint: remedy });
  people.say(`Not listed, because a permission is missing: ${what}.`);
  people.say(remedy);
}

function remedyFor(kind: TokenSource['kind'], scopes: readonly string[], cloud: string): string {
  const names = scopes.join(' ');
  switch (kind) {
    case 'sign-in':
      return `To list them too: graph-watch ${cloud === 'global' ? '' : `--cloud ${cloud} `}login --scope ${names}`;
    case 'app':
    case 'managed-identity':
      return `To list them too, an administrator has to grant the app ${names}.`;
    case 'token':
    case 'token-file':
    case 'token-command':
      return `To list them too, use a token with the scopes ${names}.`;
  }
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
