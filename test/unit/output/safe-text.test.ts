import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DANGEROUS } from './dangerous.ts';
import { safeText } from '../../../src/output/safe-text.ts';

describe('safeText', () => {
  it.each([
    ['plain text, Grüße, 日本語, 👩‍👩‍👧 é', 'plain text, Grüße, 日本語, 👩‍👩‍👧 é'],
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\u001b[2J\u0007', '\\x1b[2J\\x07'],
    ['\u0000\u007f\u009b31m', '\\x00\\x7f\\x9b31m'],
    ['invoice\u202efdp.exe', 'invoice\\u202efdp.exe'],
    ['a\u2028b\u2029c\u0085d', 'a\\u2028b\\u2029c\\x85d'],
    ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
    ['lone \ud800 and \udc00', 'lone \\ud800 and \\udc00'],
    ['tag \u{e0041}', 'tag \\u{e0041}'],
    ['soft\u00adhyphen', 'soft\\xadhyphen'],
    ['unassigned \u2065', 'unassigned \\u2065'],
    ['Hangul \u3164\uffa0\u115f', 'Hangul \\u3164\\uffa0\\u115f'],
    ['selector a\ufe01 \u{e0100}', 'selector a\\ufe01 \\u{e0100}'],
    ['heart ❤\ufe0f', 'heart ❤\ufe0f'],
  ])('shows %j as %j', (text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  it('lets nothing dangerous through, for any text', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units))), (text) => {
      expect(safeText(text)).not.toMatch(DANGEROUS);
    }), { numRuns: 1000 });
  });

  it('leaves harmless text alone, and changes nothing twice', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme-ascii' }), fc.string({ unit: 'binary' }), (harmless, any) => {
      expect(safeText(harmless)).toBe(harmless);
      expect(safeText(safeText(any))).toBe(safeText(any));
    }));
  });
});
