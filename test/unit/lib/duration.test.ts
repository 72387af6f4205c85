import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeDuration, parseDuration } from '../../../src/lib/duration.ts';

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

describe('parseDuration', () => {
  it.each([
    ['500ms', 500], ['90s', 90_000], ['5m', 300_000], ['1h30m', 5_400_000], ['1.5h', 5_400_000], ['2d', 172_800_000],
    ['1m30s500ms', 90_500], ['0.0001ms', 1], ['007s', 7_000], ['0h5s', 5_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '', ' ', '5', 's', '5 s', ' 5s', '5s ', '-5s', '+5s', '0s', '0ms', '0h0m', '1s1s', '1s1m', '1ms1s', '1e3s', '1,5s', '.5s', '5.s', '1.2.3s',
    '5S', '5min', '5sec', 'Infinitys', 'NaNs', '٣s', '5s\n', '99999999999999999999d',
  ])('refuses %j with a usage error that says how to write it', (text) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ category: 'usage', hint: 'Write it like 500ms, 90s, 5m or 1h30m.' }));
  });

  it('reads back what is written with whole numbers of each unit', () => {
    const counts = fc.record({ d: fc.nat(400), h: fc.nat(99), m: fc.nat(99), s: fc.nat(99), ms: fc.nat(9999) });
    fc.assert(fc.property(counts, (parts) => {
      const written = (Object.keys(UNITS) as (keyof typeof UNITS)[]).filter((unit) => parts[unit] > 0);
      fc.pre(written.length > 0);
      const total = written.reduce((sum, unit) => sum + parts[unit] * UNITS[unit], 0);
      expect(parseDuration(written.map((unit) => `${parts[unit]}${unit}`).join(''))).toBe(total);
    }));
  });

  it('returns a positive whole number of milliseconds or throws a usage error, for any text', () => {
    const almost = fc.stringMatching(/^[\d.]{0,4}(ms|[smhd])?[\d.]{0,4}(ms|[smhd ])?$/);
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), almost), (text) => {
      try {
        const ms = parseDuration(text);
        expect(Number.isSafeInteger(ms) && ms > 0).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ category: 'usage' });
      }
    }), { numRuns: 1000 });
  });
});

describe('describeDuration', () => {
  it.each([
    [-5, '0 ms'], [0, '0 ms'], [850, '850 ms'], [999.7, '1 s'], [1000, '1 s'], [12_400, '12 s'], [59_600, '1 m 00 s'], [185_000, '3 m 05 s'],
    [3_599_600, '1 h 00 m'], [7_800_000, '2 h 10 m'], [47 * 3_600_000, '47 h 00 m'], [76 * 3_600_000, '3 d 4 h'],
  ])('writes %p milliseconds as "%s"', (ms, text) => {
    expect(describeDuration(ms)).toBe(text);
  });
});
