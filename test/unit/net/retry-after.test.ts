import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LONGEST_RETRY_AFTER_MS, parseRetryAfter } from '../../../src/net/retry-after.ts';

const NOW = Date.UTC(2026, 9, 21, 7, 28, 0);

describe('parseRetryAfter', () => {
  it.each([
    ['120', 120_000], ['0', 0], [' 5 ', 5_000], ['1.5', 1_500], ['0.0001', 1],
    ['Wed, 21 Oct 2026 07:28:30 GMT', 30_000], ['wed, 21 oct 2026 07:28:30 gmt', 30_000],
    ['Wednesday, 21-Oct-26 07:28:30 GMT', 30_000],
    // asctime has no zone; HTTP means UTC (RFC 9110 §5.6.7).
    ['Wed Oct 21 07:28:30 2026', 30_000],
    ['Wed, 21 Oct 2026 07:27:00 GMT', 0],
    // Two headers, as a gateway and the service send them: fetch joins them with a comma.
    ['2, 5', 5_000], ['5,2', 5_000], ['2, soon', 2_000], ['0, 0', 0],
    ['Wed, 21 Oct 2026 07:28:30 GMT, 10', 30_000], ['45, Wed, 21 Oct 2026 07:28:30 GMT', 45_000],
    ['Wed, 21 Oct 2026 07:28:30 GMT, Wednesday, 21-Oct-26 07:28:40 GMT', 40_000],
    // Days, and numbers that are too large: at most an hour.
    ['17280000', 3_600_000], ['3601', 3_600_000], ['9'.repeat(400), 3_600_000], ['Wed, 21 Oct 2099 07:28:30 GMT', 3_600_000],
  ])('reads %j', (value, ms) => {
    expect(parseRetryAfter(value, NOW)).toBe(ms);
  });

  it.each([undefined, '', ' ', '-5', 'soon', 'abc 5', '5s', ',', 'soon, later', 'Infinity', 'NaN', '0x10', 'Wed, 99 Foo 2026 07:28:30 GMT', 'Wed, 21 Oct 2026'])(
    'rejects %j', (value) => {
      expect(parseRetryAfter(value, NOW)).toBeUndefined();
    },
  );

  it('measures a date from the answer\'s own date', () => {
    expect(parseRetryAfter('Wed, 21 Oct 2026 09:00:10 GMT', NOW, 'Wed, 21 Oct 2026 09:00:00 GMT')).toBe(10_000);
    expect(parseRetryAfter('Wed, 21 Oct 2026 07:28:30 GMT', NOW, 'no date')).toBe(30_000);
  });

  it('reads any whole number of seconds up to an hour exactly', () => {
    fc.assert(fc.property(fc.nat(3_600), (seconds) => {
      expect(parseRetryAfter(String(seconds), NOW)).toBe(seconds * 1000);
    }));
  });

  it('reads any date as the time until then', () => {
    fc.assert(fc.property(fc.integer({ min: -1_000_000, max: 1_000_000_000 }), (seconds) => {
      expect(parseRetryAfter(new Date(NOW + seconds * 1000).toUTCString(), NOW)).toBe(Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, seconds * 1000)));
    }));
  });

  it('returns a whole number of milliseconds or undefined, whatever the header', () => {
    const dateLike = fc.stringMatching(/^[A-Za-z]{0,4},? ?\d{0,4}[ -]?[A-Z][a-z]{0,3}[ -]\d{0,5} ?[\d:]{0,8} ?[A-Z+\d]{0,5}$/);
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\d.+e-]{0,30}$/), dateLike), fc.string(), (value, date) => {
      const ms = parseRetryAfter(value, NOW, date);
      expect(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true);
    }), { numRuns: 2000 });
  });
});
