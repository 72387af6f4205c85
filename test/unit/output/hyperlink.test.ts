import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hyperlink } from '../../../src/output/hyperlink.ts';

describe('a link on a terminal', () => {
  it('is the text between the address and an end', () => {
    expect(hyperlink('/a b.txt', 'https://contoso.example/a%20b.txt')).toBe('\u001b]8;;https://contoso.example/a%20b.txt\u001b\\/a b.txt\u001b]8;;\u001b\\');
  });

  it('has non-ASCII characters in its address percent-encoded', () => {
    expect(hyperlink('x', 'https://contoso.example/日本')).toContain('/%E6%97%A5%E6%9C%AC\u001b');
  });

  it.each([
    ['no address', undefined], ['no text to click on', ''], ['an invalid address', 'Reports/Q3'], ['http', 'http://contoso.example/'], ['a file', 'file:///etc/passwd'],
    ['a script', 'javascript:alert(1)'], ['a name and password', 'https://contoso.example@evil.example/'], ['more than a terminal takes', `https://a/${'x'.repeat(3_000)}`],
  ])('is only the text with %s', (_what, address) => {
    const text = address === '' ? '' : 'x';
    expect(hyperlink(text, address === '' ? 'https://a/' : address)).toBe(text);
  });

  it('cannot be broken out of by any address', () => {
    const inside = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u001b\\', '\u0007', '\u009c', '\u001b]8;;http://evil\u001b\\', '\n', ' ', '\u202e'));
    fc.assert(fc.property(inside, inside, (one, other) => {
      for (const address of [`https://contoso.example/${one}?${other}#${one}`, `https://${one}/${other}`, one]) {
        // eslint-disable-next-line no-control-regex -- a link is two escape sequences
        expect(hyperlink('TEXT', address)).toMatch(/^(?:TEXT|\u001b\]8;;https:[\x21-\x7e]+\u001b\\TEXT\u001b\]8;;\u001b\\)$/);
      }
    }));
  });
});
