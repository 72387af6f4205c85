import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SlotTexts } from '../../../../src/changes/index/slot-texts.ts';

/** Lone surrogates, one-byte and two-byte characters, and lengths around those at which a header grows. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }), fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  fc.tuple(fc.constantFrom('a', 'é', 'ж', '\ud800'), fc.constantFrom(62, 63, 64, 65, 8191, 8192, 65_535, 65_536, 70_000)).map(([one, length]) => one.repeat(length)),
);

describe('SlotTexts', () => {
  it('returns the last text of each slot, whatever it is', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(40), text), { maxLength: 100 }), (writes) => {
      const texts = new SlotTexts();
      const expected = new Map<number, string>();
      for (const [slot, value] of writes) {
        texts.set(slot, value);
        expected.set(slot, value);
      }
      for (let slot = 0; slot <= 41; slot += 1) {
        const wanted = expected.get(slot) ?? '';
        expect(texts.get(slot)).toBe(wanted);
        expect(texts.equals(slot, wanted)).toBe(true);
        expect(texts.equals(slot, `${wanted}x`)).toBe(false);
        expect(texts.equals(slot, `${wanted.slice(0, -1)}\u0001`)).toBe(wanted.endsWith('\u0001'));
      }
    }), { numRuns: 60 });
  });

  it('keeps no more than twice what it needs, however often texts are replaced', () => {
    const texts = new SlotTexts();
    for (let round = 0; round < 400; round += 1) {
      for (let slot = 0; slot < 100; slot += 1) texts.set(slot, `${round}, of ${slot}`.padStart(100));
    }
    expect(texts.capacity).toBeLessThanOrEqual(2 * 100 * 102 + 3 * 65_536);
    for (let slot = 0; slot < 100; slot += 1) expect(texts.get(slot).trimStart()).toBe(`399, of ${slot}`);
  });

  it('needs no more space for a text that is there already', () => {
    const texts = new SlotTexts();
    for (let round = 0; round < 10_000; round += 1) texts.set(1, 'Q3-final.xlsx');
    expect(texts.capacity).toBe(1024);
  });

  it('forgets everything', () => {
    const texts = new SlotTexts();
    texts.set(3, 'Q3.xlsx');
    texts.clear();
    expect(texts.get(3)).toBe('');
    expect(texts.capacity).toBe(0);
  });
});
