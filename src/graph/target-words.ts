import { usageError, type WatchError } from '../errors.ts';
import { isAddress } from './address/is-address.ts';
import { wrongKindError, incompleteListError, notTargetError, type Spelling } from './target-mistakes.ts';
import type { Target } from './targets.ts';

/** WantedTarget is what somebody names: a target as Graph knows it, a site with all its libraries, or an address to be looked up. */
export type WantedTarget =
  | { kind: 'target'; target: Target }
  | { kind: 'site'; site: string }
  | { kind: 'address'; address: string };

/** The names that records carry, `drive:b!…`. */
const NAME = /^(user|drive|drive-list|group|site|list):(.+)$/s;

/** `isTargetWord` says whether one word is a whole target other than `me`: an address, or a name that records carry. */
export function isTargetWord(word: string): boolean {
  return NAME.test(word) || isAddress(word);
}

/** How a target is written where nobody says otherwise. */
const WATCH: Spelling = { command: 'graph-watch watch' };

/**
 * `readTarget` reads what is wanted from the words of a command line, or of a line in a file: one word (an address,
 * `me`, `drive:b!…`, `list:<site>/<list>`), or `drive <id>`, `drive-list <id>`, `group <id>`, `user <user>`,
 * `site <site>`, `list <site> <list>` and `list <address>`. Asks nobody. Throws a usage error for anything else, and
 * for a target that is surely something else, with the words that would work.
 */
export function readTarget(words: readonly string[], spelling: Spelling = WATCH): WantedTarget {
  const [kind = '', first, second] = words;
  if (words.length === 1) {
    if (kind === 'me') return { kind: 'target', target: { kind } };
    const [, named = '', rest = ''] = NAME.exec(kind) ?? [];
    if (named === 'list') return list(siteAndList(rest), spelling);
    if (named !== '') return ofKind(named, rest, spelling);
    if (isAddress(kind)) return { kind: 'address', address: kind };
    throw notTargetError(kind, spelling) ?? refused(words);
  }
  if (words.length === 3 && kind === 'list' && first !== undefined && second !== undefined) return list([first, second], spelling);
  if (words.length !== 2 || first === undefined) throw refused(words);
  // The address of a library is enough.
  if (kind === 'list' && isAddress(first)) return { kind: 'address', address: first };
  return kind === 'list' ? list([first, undefined], spelling) : ofKind(kind, first, spelling);
}

function ofKind(kind: string, id: string, spelling: Spelling): WantedTarget {
  const mistake = wrongKindError(kind, id, spelling);
  if (mistake !== undefined) throw mistake;
  if (kind === 'site') return { kind, site: id };
  if (kind === 'drive' || kind === 'drive-list') return { kind: 'target', target: { kind, driveId: id } };
  if (kind === 'group') return { kind: 'target', target: { kind, groupId: id } };
  if (kind === 'user') return { kind: 'target', target: { kind, user: id } };
  throw refused([kind, id]);
}

function list([site, name]: readonly [string, string | undefined], spelling: Spelling): WantedTarget {
  const mistake = incompleteListError(site, name, spelling);
  if (mistake !== undefined) throw mistake;
  return { kind: 'target', target: { kind: 'list', site, list: name ?? '' } };
}

/** Where `list:<site>/<list>` splits: after a site's id at the first slash, after its path or URL, which has slashes too, at the last. */
function siteAndList(text: string): [site: string, list: string | undefined] {
  const first = text.indexOf('/');
  const at = text.slice(0, Math.max(first, 0)).includes(':') ? text.lastIndexOf('/') : first;
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function refused(words: readonly string[]): WatchError {
  return usageError(`"${words.join(' ')}" is not a valid target.`, 'A target is a URL, me, drive <id>, group <id>, user <user>, site <site>, or list <site> <list>.');
}
