import { usageError, type WatchError } from '../errors.ts';
import { isAddress } from './address/is-address.ts';

/** Spelling says how a target is written where the mistake was made. */
export interface Spelling {
  /** `graph-watch watch`; nothing for a line of a list. */
  command: string;
  /** Only one word is accepted: `user:ada@contoso.com`. */
  oneWord?: boolean;
}

const GUID = /^\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i;
const MAIL = /^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$/;
/** SharePoint's item ids: `01`, and 32 characters of base32. */
const ITEM = /^01[A-Z2-7]{32}$/;
/** A personal drive's id, and what is in front of the `!` of its items' ids. */
const PERSONAL_ITEM = /^([0-9a-f]{12,16})!\w+$/i;
const KINDS = ['drive', 'drive-list', 'group', 'user', 'site', 'list'];
/** What libraries are usually called, in SharePoint's most common languages. No drive has such an id. */
const LIBRARY_NAMES = /^(?:shared )?(?:documents?|dokumente|documentos|documenti|documenten|dokument|onedrive|files)$/i;

/**
 * `wrongKindError` recognizes an id that cannot be one of this kind, because it is something else, before Graph answers only
 * that it is not found. Returns the usage error that names the command that would work; `undefined` where the id may be right.
 */
export function wrongKindError(kind: string, id: string, spelling: Spelling): WatchError | undefined {
  const say = sayer(spelling);
  if (id === 'me' && kind !== 'list') return usageError(`"me" is not a ${kind}: it is your own drive.`, `Try: ${say('me')}`);
  if (kind !== 'site' && isAddress(id)) return usageError(`"${shown(id)}" is an address, not a ${NAMES[kind] ?? kind}.`, `Use the address on its own: ${say(/[?#]/.test(id) ? '<address>' : id)}`);
  const named = /^(\w+):/.exec(id)?.[1];
  if (named !== undefined && KINDS.includes(named)) return usageError(`"${id}" is already a complete target.`, `Try: ${say(id)}`);
  switch (kind) {
    case 'drive':
    case 'drive-list':
      return notDrive(id, say);
    case 'group':
      if (MAIL.test(id)) return usageError(`Specify a group by its id, not by its address "${id}".`, `${find(id.slice(0, id.indexOf('@')))} For a user: ${say('user', id)}`);
      return looksLikeName(id) ? usageError(`Specify a group by its id, not by its name "${id}".`, find(id)) : undefined;
    case 'user':
      if (id.startsWith('b!')) return usageError(`"${id}" is the id of a drive, not of a user.`, `Try: ${say('drive', id)}`);
      return /\s/.test(id) ? usageError(`Specify a user by sign-in name or id, not by display name: "${id}".`, 'For example: ada@contoso.com') : undefined;
    case 'site':
      if (/^\/?(?:sites|teams)\//i.test(id)) return usageError(`"${id}" does not say which host the site is on.`, `For example: ${say('site', `https://contoso.sharepoint.com/${id.replace(/^\//, '')}`)}`);
      if (MAIL.test(id)) return usageError(`"${id}" is a user, not a site.`, `To watch that user's OneDrive: ${say('user', id)}`);
      return looksLikeName(id) ? usageError(`Specify a site by its URL, not by its name "${id}".`, `${find(id)} Or use its URL, such as https://contoso.sharepoint.com/sites/team.`) : undefined;
    default:
      return undefined;
  }
}

/** `incompleteListError` recognizes a library without its site, and the two in the wrong order. */
export function incompleteListError(site: string, list: string | undefined, spelling: Spelling): WatchError | undefined {
  const say = sayer(spelling);
  if (list === undefined) {
    if (/[:/,]|\.\w/.test(site)) return usageError(`Which library of ${site}?`, `All of them: ${say('site', site)}. One: ${say('list', site, '<list>')}`);
    return usageError(`Which site does the library "${site}" belong to?`, `${find(site)} Or specify the site: ${say('list', '<site>', site)}`);
  }
  if (list.trim() === '') return usageError('The list is empty.');
  if (isAddress(list) && !isAddress(site)) return usageError('The site comes before the library.', `Try: ${say('list', list, site)}`);
  return wrongKindError('site', site, spelling);
}

const NAMES: Readonly<Record<string, string>> = { drive: 'drive id', 'drive-list': 'drive id', group: 'group id' };

function notDrive(id: string, say: Sayer): WatchError | undefined {
  if (MAIL.test(id)) return usageError(`"${id}" is the sign-in name of a user, not a drive id.`, `To watch that user's OneDrive: ${say('user', id)}`);
  if (GUID.test(id)) {
    const bare = id.replace(/[{}]/g, '');
    return usageError(`"${id}" is a GUID, but drive ids are not.`, `If it is a group's: ${say('group', bare)}. If it is a user's: ${say('user', bare)}`);
  }
  const [, drive] = PERSONAL_ITEM.exec(id) ?? [];
  if (drive !== undefined) return usageError(`"${id}" is the id of an item, not of a drive.`, `Its drive: ${say('drive', drive)}`);
  if (ITEM.test(id)) return usageError(`"${id}" is the id of an item, not of a drive.`, `Use its address from the browser, or find the drive: graph-watch drives`);
  if (id === 'b') return usageError('"b" is not a drive id: the shell swallowed the rest of it.', 'Put the id in single quotes, since ! is special in bash: \'b!…\'');
  if (looksLikeName(id)) return usageError(`Specify a drive by its id, not by its name "${id}".`, `${find(id)} Or specify its site: ${say('list', '<site>', id)}`);
  return undefined;
}

/** `notTargetError` returns the usage error for one word that is not a target, by what it was probably meant to be. */
export function notTargetError(word: string, spelling: Spelling): WatchError | undefined {
  const say = sayer(spelling);
  const [first = '', ...rest] = word.trim().split(/\s+/);
  if (rest.length > 0 && (KINDS.includes(first) || ['me', 'many'].includes(first))) return usageError(`"${word}" is a single argument because of the quotes.`, `Remove the quotes: ${say(first, ...rest)}`);
  if (/^[–—]/.test(word)) return usageError(`"${word}" begins with a dash, not with two hyphens.`, `Type it: --${word.replace(/^[–—-]+/, '')}`);
  if (MAIL.test(word)) return usageError(`"${word}" alone is not a target.`, `To watch that user's OneDrive: ${say('user', word)}`);
  if (word.startsWith('b!')) return usageError(`"${word}" alone is not a target.`, `If it is a drive's id: ${say('drive', word)}`);
  if (GUID.test(word)) return usageError(`"${word}" alone is not a target.`, `A group: ${say('group', word)}. A user: ${say('user', word)}`);
  if (ITEM.test(word) || PERSONAL_ITEM.test(word)) return notDrive(word, say);
  if (/^[^\s/]+\.[^\s/]+:\//.test(word)) return usageError(`"${word}" is a site, which can have several libraries.`, `All of them: ${say('site', word)}. One: ${say('list', word, '<list>')}`);
  if (word.startsWith('/')) return usageError(`"${word}" is a path, but does not say in which drive.`, `In yours: ${say('me')} --changes --path ${quoted(`${word.replace(/\/$/, '')}/**`)}`);
  return looksLikeName(word) ? usageError(`"${word}" alone is not a target.`, `${find(word)} Your own drive: ${say('me')}`) : undefined;
}

/** Whether a word has spaces, or a capital like a title: ids have digits, or are in one case. */
function looksLikeName(text: string): boolean {
  return LIBRARY_NAMES.test(text) || (/^\p{L}[\p{L}\s&'-]*$/u.test(text) && (/\s/.test(text) || /^\p{Lu}\p{Ll}{2,}/u.test(text)));
}

function find(name: string): string {
  return `To find it: graph-watch drives ${quoted(name)}.`;
}

type Sayer = (kind: string, ...ids: readonly string[]) => string;

function sayer({ command, oneWord = false }: Spelling): Sayer {
  return (kind, ...ids) => {
    const words = oneWord && ids.length > 0 ? [quoted(`${kind}:${ids.join('/')}`)] : [kind, ...ids].map(quoted);
    return [command, ...words].filter((word) => word !== '').join(' ');
  };
}

/** `quoted` quotes a word for a shell if necessary. A placeholder, `<site>`, is for people. */
export function quoted(word: string): string {
  // With an address that is not repeated, the quotes are what matters.
  return word !== '<address>' && /^(?:[\w@:/.,=+-]+|<\w+>)$/.test(word) ? word : `'${word.replaceAll('\'', '\'\\\'\'')}'`;
}

/** An address without its query, which may be the key of a sharing link. */
function shown(address: string): string {
  return address.replace(/[?#].*$/s, '?…');
}
