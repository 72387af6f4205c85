import { percentEncoded } from '../lib/percent-encoding.ts';

/** What a token of a subject cannot or should not contain: `.`, `*`, `>` and white space are special to NATS. */
const SPECIAL = /[^A-Za-z0-9_!:@-]/gu;
const PREFIX = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

/**
 * `subjectOf` returns the subject of an event, `<prefix>.<type>.<target>`. The target is one token: what a token cannot
 * contain is percent-encoded as UTF-8, so that `decodeURIComponent` returns the target's name in records.
 */
export function subjectOf(prefix: string, type: string, target: string): string {
  return `${prefix}.${type}.${subjectToken(target)}`;
}

/** `subjectToken` percent-encodes everything that a token should not contain. */
export function subjectToken(text: string): string {
  return percentEncoded(text, SPECIAL);
}

/** `isSubjectPrefix` returns whether subjects can begin with this: tokens of letters, digits, `_` and `-`, separated by dots. `$…` is NATS's own. */
export function isSubjectPrefix(text: string): boolean {
  return PREFIX.test(text);
}

/** `streamNameOf` returns the name of the stream for a prefix; a stream's name has no dots. */
export function streamNameOf(prefix: string): string {
  return prefix.replaceAll('.', '_');
}
