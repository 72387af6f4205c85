import { toError, usageError, WatchError } from '../../errors.ts';
import { isAddress } from '../../graph/address/is-address.ts';
import { readTarget, type WantedTarget } from '../../graph/target-words.ts';

/** TargetLine is one line of a list of targets. */
export interface TargetLine {
  wanted: WantedTarget;
  label: string | undefined;
  /** Its place in the list, counted from 1. */
  number: number;
}

/**
 * `parseTargetLines` returns the targets of a list, one per line, in any form that a command line takes, each with an
 * optional `as <label>` at its end. Words with spaces are in quotes, but an address need not be; `#` at the start of a
 * word begins a comment. `check` throws for a target that cannot be watched. Throws a usage error that names the line.
 */
export function parseTargetLines(text: string, check: (wanted: WantedTarget) => void = () => undefined): TargetLine[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const words = wordsOf(line, index + 1);
    if (words.length === 0) return [];
    const label = words.length >= 3 && words.at(-2) === 'as' ? words.at(-1) : undefined;
    const named = label === undefined ? words : words.slice(0, -2);
    try {
      // An address with spaces, as people read it.
      const wanted = readTarget(isAddress(named[0] ?? '') ? [named.join(' ')] : named, { command: '' });
      check(wanted);
      return [{ wanted, label, number: index + 1 }];
    } catch (error) {
      throw usageError(`Line ${index + 1}: ${toError(error).message}`, error instanceof WatchError ? error.hint : undefined);
    }
  });
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
