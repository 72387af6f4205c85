import { createHash } from 'node:crypto';
import { percentEncoded } from '../lib/percent-encoding.ts';

/** What every member watches: the members, the list in force, and the pause. It is one watch, and so one consumer on the server. */
export const WATCHED = 'shared.>';
export const LIST_KEY = 'shared.list';
export const PAUSE_KEY = 'shared.pause';
/** Written only to learn the server's time. */
export const CLOCK_KEY = 'clock';
/** The prefix of the parts of a list. */
export const LIST_PARTS = 'lines';
/** The prefix of the targets' keys. They are not watched: with many targets, that would be most of the traffic. */
export const TARGETS = 'target';

/** Longer words are replaced by a hash: a subject has to fit into a line of the NATS protocol (4 KiB). */
const LONGEST_WORD = 512;

/** `keyWord` returns a text as one word of a key. It is reversible, with `textOfWord`, unless the word would become very long. */
export function keyWord(text: string): string {
  const word = percentEncoded(text, /[^A-Za-z0-9_-]/gu).replaceAll('%', '=');
  return word.length <= LONGEST_WORD ? word : `==${createHash('sha256').update(text).digest('hex')}`;
}

/** `textOfWord` returns the text of a word; `undefined` if only its hash is there. */
export function textOfWord(word: string): string | undefined {
  return word.startsWith('==') ? undefined : decodeURIComponent(word.replaceAll('=', '%'));
}

export const MEMBERS = 'shared.member';

/** A member's id is `<name>.<once>`, both as words of a key. */
export function memberKey(id: string): string {
  return `${MEMBERS}.${id}`;
}

/** `memberOfKey` returns the id of the member whose key this is, or `undefined`. */
export function memberOfKey(key: string): string | undefined {
  return key.startsWith(`${MEMBERS}.`) ? key.slice(MEMBERS.length + 1) : undefined;
}

export function targetKey(target: string): string {
  return `${TARGETS}.${keyWord(target)}`;
}

/** `isClusterName` returns whether a cluster may have this name, which is part of its bucket's name. */
export function isClusterName(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

export function bucketName(cluster: string): string {
  return `graph-watch-${cluster}`;
}
