import { describe, expect, it } from '@jest/globals';
import { safeText } from '../../../../src/output/safe-text.ts';
import { escaped, pieces, plain } from '../../../../src/serve/page/browser/model/text.ts';

describe('text from elsewhere, on the page', () => {
  it('is shown unchanged, except for characters that are invisible or reorder others', () => {
    expect(pieces('Q3 \u202Egnp.exe', 100)).toEqual([{ text: 'Q3 ' }, { code: 'U+202E' }, { text: 'gnp.exe' }]);
    expect(pieces('<b>&amp;</b> 👩‍👩‍👧‍👦 é', 100)).toEqual([{ text: '<b>&amp;</b> 👩‍👩‍👧‍👦 é' }]);
    expect(plain('a\u0000\u{E0041}b\ud800')).toBe('a[U+0000][U+E0041]b[U+D800]');
    expect(pieces('', 10)).toEqual([]);
  });

  it('marks the same characters as the terminal does', () => {
    const differing: number[] = [];
    // Nothing is assigned in between, except for private use.
    for (let code = 0; code < 0xe1000; code = code === 0x3ffff ? 0xe0000 : code + 1) {
      const character = String.fromCodePoint(code);
      if ((safeText(character) === character) !== (plain(character) === character)) differing.push(code);
    }
    expect(differing).toEqual([]);
  });

  it('is shortened in the middle, and never within a character', () => {
    expect(plain(`${'a'.repeat(500)}.xlsx`, 30)).toBe(`${'a'.repeat(19)}…${'a'.repeat(5)}.xlsx`);
    expect(plain('👩'.repeat(100), 30)).not.toContain('D83D');
  });

  it('has only a few combining marks per letter', () => {
    expect(plain(`z${'\u0301'.repeat(60)}a`)).toBe(`z${'\u0301'.repeat(4)}a`);
    expect(plain('नमस्ते Việt')).toBe('नमस्ते Việt');
  });

  it('in a record is shown as JSON escapes, so that the record stays the same', () => {
    const record = { name: 'a\u202Eb\u{E0041}\u2028', kept: '👩‍👧' };
    const text = escaped(JSON.stringify(record, null, 2));
    expect(text).not.toMatch(/[\u202e\u2028]/);
    expect(text).toContain('\\udb40\\udc41');
    expect(JSON.parse(text)).toEqual(record);
  });
});
