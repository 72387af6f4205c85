import { describe, expect, it } from '@jest/globals';
import { changeOptions, sinceTime } from '../../../../src/watch/options/change-options.ts';

const NOW = Date.UTC(2026, 4, 11, 20);

describe('--poll', () => {
  it.each([1, 500, 999])('is refused below one second: %i ms', (poll) => {
    expect(() => changeOptions({ poll })).toThrow(expect.objectContaining({ category: 'usage', message: `--poll ${poll} ms is too frequent.` }));
  });

  it.each([1_000, 3_600_000])('is accepted from one second: %i ms', (poll) => {
    expect(changeOptions({ poll })).toMatchObject({ poll });
  });
});

describe('--recheck', () => {
  it.each([[{ recheck: 60_000, index: true }, /too frequent/], [{ recheck: 3_600_000 }, /full index/], [{ recheck: 3_600_000, index: true, once: true, since: '1h' }, /--recheck keeps checking/]])('is refused: %j', (flags, message) => {
    expect(() => changeOptions(flags)).toThrow(message);
  });

  it('implies --changes', () => {
    expect(changeOptions({ recheck: 3_600_000, index: true })).toMatchObject({ recheckMs: 3_600_000, index: true });
  });
});

describe('--since', () => {
  it.each([['2h', NOW - 7_200_000], ['2026-05-11T20:00:00Z', NOW], ['36525d', NOW - 36_525 * 86_400_000]])('is a time or a duration: %s', (text, expected) => {
    expect(sinceTime(text, NOW)).toBe(expected);
    expect(changeOptions({ since: text })).toMatchObject({ since: text });
  });

  it.each(['104000000d', '36526d', '99999999999999s', '2026-05-11', '2026-13-45T20:00:00Z', 'yesterday', '-2h', ''])('is refused if it is neither: %j', (text) => {
    expect(() => changeOptions({ since: text })).toThrow(expect.objectContaining({ category: 'usage' }));
  });
});
