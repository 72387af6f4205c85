import { describe, expect, it } from '@jest/globals';
import { foreignText } from '../../../src/lib/foreign-text.ts';

const redact = (text: string): string => text.replaceAll('opaque-token', '[redacted]');

describe('text from others', () => {
  it('becomes one line, is redacted, and then cut', () => {
    expect(foreignText(' a\n\tb ', redact)).toBe('a b');
    expect(foreignText('x'.repeat(301), redact)).toBe(`${'x'.repeat(299)}…`);
    // If it were cut first, it would end with "opaque-to".
    expect(foreignText(`${'x'.repeat(290)} opaque-token`, redact)).toBe(`${'x'.repeat(290)} [redacte…`);
    expect(foreignText('abc', redact, 2)).toBe('a…');
  });

  it('is read only at its beginning, without the last word, which may be half a secret', () => {
    const seen: string[] = [];
    const text = `${'opaque-token '.repeat(1_260)}opaque-token`;
    expect(foreignText(text, (head) => { seen.push(head); return ''; })).toBe('');
    expect(seen[0]!.length).toBeLessThanOrEqual(16_384);
    expect(seen[0]!.replaceAll('opaque-token', '').trim()).toBe('');
    expect(foreignText('/'.repeat(400_000), redact)).toBe('(400000 characters)');
  });
});
