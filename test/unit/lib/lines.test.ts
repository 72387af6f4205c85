import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LineSplitter, type Line } from '../../../src/lib/lines.ts';

function split(pieces: readonly string[], limit = 1_000): Line[] {
  const splitter = new LineSplitter(limit);
  const lines = pieces.flatMap((piece) => splitter.push(piece));
  const last = splitter.end();
  return last === undefined ? lines : [...lines, last];
}

describe('a text in pieces', () => {
  it('is split the same way wherever the pieces end', () => {
    fc.assert(fc.property(fc.array(fc.stringMatching(/^[ab\r]{0,5}$/)), fc.array(fc.nat()), (all, cuts) => {
      const text = all.map((line) => `${line}\n`).join('');
      const at = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((one, other) => one - other);
      const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
      expect(split(pieces).map((line) => line.text)).toEqual(all.map((line) => line.replace(/\r$/, '')));
    }));
  });

  it('has numbered lines, and a last one that may be cut off', () => {
    expect(split(['a\nb\r', '\nc'])).toEqual([{ number: 1, text: 'a', cut: false }, { number: 2, text: 'b', cut: false }, { number: 3, text: 'c', cut: true }]);
    expect(split(['a\n'])).toHaveLength(1);
  });

  it('keeps no more of a long line than the limit, and continues after it', () => {
    const lines = split([...Array.from({ length: 50 }, () => 'x'.repeat(100)), '\nshort\n'], 1_000);
    expect(lines).toEqual([{ number: 1, text: 'x'.repeat(200), tooLong: 5_000, cut: false }, { number: 2, text: 'short', cut: false }]);
    expect(split(['y'.repeat(1_000), '\n'])[0]).toEqual({ number: 1, text: 'y'.repeat(1_000), cut: false });
    expect(split(['y'.repeat(1_001)])[0]).toMatchObject({ tooLong: 1_001, cut: true });
  });
});
