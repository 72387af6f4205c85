import { describe, expect, it } from '@jest/globals';
import { redactPatterns } from '../../../src/lib/secret-patterns.ts';

function stepsFor(text: string): number {
  let steps = 0;
  redactPatterns(text, (count) => {
    steps = count;
  });
  return steps;
}

/** Texts that once made a pattern start again at each position and read the whole rest. */
const HOSTILE: [string, string][] = [
  ['slashes', '/'], ['schemes', 'http://'], ['bare schemes', 'a.a+a-'], ['authorities', '://a'], ['JWT headers without a dot', 'eyJabcdefgh-'],
  ['short JWT headers', 'eyJ'], ['schemes of authentication', 'Bearer '], ['names of fields', 'code '], ['fields without a value', 'token=\n'],
  ['question marks', '/a?'], ['parameters that never have a value', '/?ab%c'], ['spaces after a name', ' '], ['backslashes', 'code\\'],
  ['quotes', `"'`], ['words', 'a'], ['at signs', '@'], ['users', 'a://b@'],
];

describe('redactPatterns', () => {
  it.each(HOSTILE)('does at most twice the work for twice as many %s', (_what, piece) => {
    const short = stepsFor(`token ${piece.repeat(20_000)}`);
    const long = stepsFor(`token ${piece.repeat(40_000)}`);
    expect(short).toBeGreaterThan(0);
    expect(long).toBeLessThanOrEqual(2.01 * short);
    expect(long).toBeLessThan(8 * piece.length * 40_000 + 100);
  });

  it.each([
    ['token=https://user:pa,ss@h/x?a=1,2&b=third', 'token=[redacted]'],
    ['token: Bearer EwB4A8l6BAAU', 'token: Bearer [redacted]'],
    ['"{\\"access_token\\":\\"EwB4A8l6\\",\\"x\\":1}"', '"{\\"access_token\\":\\"[redacted]\\",\\"x\\":1}"'],
    ['https://h/eyJabcdefgh.ijkl/x?token=w1-abc', 'https://h/[redacted]/x?[redacted]'],
    ['an encrypted eyJabcdefgh.a.b.c.d, and more', 'an encrypted [redacted], and more'],
    ['http://user:pa\\ss@proxy', 'http://[redacted]@proxy'],
    ['/a?b?c=secret', '/a?b?c=secret'],
    ['HTTPS://h/a?b?c=secret end', 'HTTPS://h/a?[redacted] end'],
  ])('turns %j into %j', (text, clean) => {
    expect(redactPatterns(text)).toBe(clean);
  });

  it.each(['Did https://login.test/device? open', 'Basic auth', 'the code 404', 'my_token=abcdefgh', 'eyJ.a', 'a#b?c=d', 'mail to ada@example.com'])('leaves %j alone', (text) => {
    expect(redactPatterns(text)).toBe(text);
  });
});
