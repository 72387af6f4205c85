import { usageError } from '../errors.ts';
import { endpointPath, targetName, type Target } from '../graph/targets.ts';

/** TargetLine is one line of a file of targets. */
export interface TargetLine {
  target: Target;
  /** As in every record: the same name means the same target. */
  name: string;
  label: string | undefined;
}

/**
 * `parseTargetLines` returns the targets of a list, one per line: `me`, `drive <id>`, `drive-list <id>`, `group <id>`,
 * `list <site> <list>`, each with an optional `as <label>` at its end. Words with spaces are in
 * quotes; `#` at the start of a word begins a comment. A target that appears twice is watched once.
 * Throws a usage error that names the line.
 */
export function parseTargetLines(text: string): TargetLine[] {
  const found = new Map<string, TargetLine>();
  text.split(/\r?\n/).forEach((line, index) => {
    const words = wordsOf(line, index + 1);
    if (words.length === 0) return;
    const as = words.length >= 3 && words.at(-2) === 'as' ? words.at(-1) : undefined;
    const target = targetOf(as === undefined ? words : words.slice(0, -2), index + 1);
    const name = targetName(target);
    if (!found.has(name)) found.set(name, { target, name, label: as });
  });
  return [...found.values()];
}

/** Bare words and quoted ones; in quotes, nothing but the same quote is special. */
const WORD = /\s*(?:"([^"]*)"|'([^']*)'|([^\s"']\S*))/y;

function wordsOf(line: string, number: number): string[] {
  const words: string[] = [];
  WORD.lastIndex = 0;
  while (WORD.lastIndex < line.trimEnd().length) {
    const match = WORD.exec(line);
    if (match === null) throw usageError(`Line ${number}: a quote is not closed.`);
    const [, double, single, bare] = match;
    if (bare?.startsWith('#') === true) break;
    words.push(double ?? single ?? bare ?? '');
  }
  return words;
}

function targetOf([kind = '', ...ids]: string[], number: number): Target {
  const target = readTarget(kind, ids);
  if (target === undefined) {
    throw usageError(
      `Line ${number}: "${[kind, ...ids].join(' ')}" is not a valid target.`,
      'A line is: me, drive <id>, drive-list <id>, group <id>, or list <site> <list>; then, if you like, as <label>.',
    );
  }
  try {
    endpointPath(target);
  } catch (error) {
    throw usageError(`Line ${number}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return target;
}

function readTarget(kind: string, ids: readonly string[]): Target | undefined {
  const [first, second] = ids;
  if (kind === 'me' && ids.length === 0) return { kind };
  if (kind === 'list' && ids.length === 2 && first !== undefined && second !== undefined) return { kind, site: first, list: second };
  if (ids.length !== 1 || first === undefined) return undefined;
  if (kind === 'drive' || kind === 'drive-list') return { kind, driveId: first };
  return kind === 'group' ? { kind, groupId: first } : undefined;
}
