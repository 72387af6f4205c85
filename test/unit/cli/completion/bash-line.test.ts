import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bashReplacement, readBashLine } from '../../../../src/cli/completion/bash-line.ts';

const BREAKS = ' \t\n"\'@><=;|&(:';

describe('readBashLine', () => {
  it.each([
    ['graph-watch wat', ['graph-watch'], { bare: 'wat', quote: '', kept: 0 }],
    ['graph-watch watch ', ['graph-watch', 'watch'], { bare: '', quote: '', kept: 0 }],
    ['graph-watch watch drive:b', ['graph-watch', 'watch'], { bare: 'drive:b', quote: '', kept: 6 }],
    ['x a\\ b "c d" \'e f', ['x', 'a b', 'c d'], { bare: 'e f', quote: '\'', kept: 0 }],
    ['x pre"q:z', ['x'], { bare: 'preq:z', quote: '"', kept: 3 }],
    ['x a\\:b', ['x'], { bare: 'a:b', quote: '', kept: 0 }],
    ['x "a\\"b', ['x'], { bare: 'a"b', quote: '"', kept: 0 }],
    ['x "" ', ['x', ''], { bare: '', quote: '', kept: 0 }],
    ['x $(touch y)', ['x', '$(touch'], { bare: 'y)', quote: '', kept: 0 }],
    ['x a\\', ['x'], { bare: 'a', quote: '', kept: 0 }],
  ])('splits %j', (line, before, last) => {
    expect(readBashLine(line, BREAKS)).toEqual({ before, last });
  });
});

describe('bashReplacement', () => {
  it('leaves out what readline keeps', () => {
    expect(bashReplacement('drive:b!x', readBashLine('drive:b', BREAKS).last)).toBe('b\\!x');
    expect(bashReplacement('drive:b!x', readBashLine('\'drive:b', BREAKS).last)).toBe('drive:b!x');
  });

  it('returns nothing that cannot be written inside the open quote', () => {
    expect(bashReplacement('It\'s', readBashLine('\'', BREAKS).last)).toBeUndefined();
    expect(bashReplacement('b!x', readBashLine('"', BREAKS).last)).toBeUndefined();
  });

  it('is read by bash as the same word, whatever is in it', () => {
    const word = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text) && text.isWellFormed());
    const quoted = fc.sample(fc.tuple(word, fc.constantFrom('', '"', '\'')), 300).flatMap(([value, quote]) => {
      const replacement = bashReplacement(value, readBashLine(quote, BREAKS).last);
      return replacement === undefined ? [] : [{ value, source: `${quote}${replacement}${quote}` }];
    });
    const { stdout } = spawnSync('bash', ['-c', `printf '%s\\n' ${quoted.map(({ source }) => source).join(' ')}`], { encoding: 'utf8', env: { LC_ALL: 'C.UTF-8' }, cwd: '/' });
    expect(stdout.split('\n').slice(0, -1)).toEqual(quoted.map(({ value }) => value));
  });
});
