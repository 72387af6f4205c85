import { usageError } from '../errors.ts';
import { isAddress } from './address/is-address.ts';
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

/**
 * `readTarget` reads what is wanted from the words of a command line, or of a line in a file: one word (an address,
 * `me`, `drive:b!…`, `list:<site>/<list>`), or `drive <id>`, `drive-list <id>`, `group <id>`, `user <user>`,
 * `site <site>` and `list <site> <list>`. Asks nobody. Throws a usage error for anything else.
 */
export function readTarget(words: readonly string[]): WantedTarget {
  const [kind = '', first, second, ...more] = words;
  if (second === undefined) {
    if (first !== undefined) return ofKind(kind, first) ?? refuse(words);
    if (kind === 'me') return { kind: 'target', target: { kind } };
    const [, named = '', rest = ''] = NAME.exec(kind) ?? [];
    if (named === 'list') return list(...siteAndList(rest));
    if (named !== '') return ofKind(named, rest) ?? refuse(words);
    if (isAddress(kind)) return { kind: 'address', address: kind };
  } else if (kind === 'list' && first !== undefined && more.length === 0) {
    return list(first, second);
  }
  return refuse(words);
}

function ofKind(kind: string, id: string): WantedTarget | undefined {
  if (kind === 'site') return { kind, site: id };
  if (kind === 'drive' || kind === 'drive-list') return { kind: 'target', target: { kind, driveId: id } };
  if (kind === 'group') return { kind: 'target', target: { kind, groupId: id } };
  return kind === 'user' ? { kind: 'target', target: { kind, user: id } } : undefined;
}

function list(site: string, name: string): WantedTarget {
  return { kind: 'target', target: { kind: 'list', site, list: name } };
}

/** Where `list:<site>/<list>` parts: behind a site's id at the first slash, behind its path or URL, which has slashes too, at the last. */
function siteAndList(text: string): [site: string, list: string] {
  const first = text.indexOf('/');
  const at = text.slice(0, Math.max(first, 0)).includes(':') ? text.lastIndexOf('/') : first;
  if (at < 0) return refuse([`list:${text}`]);
  return [text.slice(0, at), text.slice(at + 1)];
}

function refuse(words: readonly string[]): never {
  throw usageError(`"${words.join(' ')}" is not a valid target.`, 'A target is a URL, me, drive <id>, group <id>, user <user>, site <site>, or list <site> <list>.');
}
