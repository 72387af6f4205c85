import { describe, expect, it } from '@jest/globals';
import { ceilingOf, spanOf, timelineOf } from '../../../../src/serve/page/browser/model/timeline.ts';

const NOW = Date.parse('2026-11-27T10:30:20.000Z');
const MINUTE = 60_000;
const minute = (ago: number): number => Math.floor(NOW / MINUTE) - ago;
const counts = (counted: ReadonlyMap<number, number>) => ({ changesIn: (at: number): number => counted.get(at) ?? 0 });
const empty = { ...counts(new Map()), shades: [], reconnects: [] };

describe('the timeline', () => {
  it('covers the last hour, with the current minute', () => {
    const { from, to, bars, total, peak } = timelineOf({ ...empty, ...counts(new Map([[minute(0), 2], [minute(59), 3], [minute(60), 9]])) }, { now: NOW });
    expect([to - from, bars.length, total, peak]).toEqual([60 * MINUTE, 60, 5, 3]);
    expect([bars[0]?.count, bars[59]?.count]).toEqual([3, 2]);
  });

  it('is shorter for a watch that has just started', () => {
    expect([undefined, 0, 18.9, 19, 38.9, 39, 5_000].map((ago) => spanOf(ago === undefined ? undefined : NOW - ago * MINUTE, NOW))).toEqual([60, 20, 20, 40, 40, 60, 60]);
    expect(timelineOf(empty, { now: NOW, span: 20 }).bars).toHaveLength(20);
  });

  it('shows how many changes of each minute match the filter', () => {
    const minutes = counts(new Map([[minute(0), 5], [minute(1), 2]]));
    expect(timelineOf({ ...empty, ...minutes }, { now: NOW, passed: new Map([[minute(0), 1]]) }).bars.slice(-2)).toMatchObject([{ count: 2, passed: 0 }, { count: 5, passed: 1 }]);
    expect(timelineOf({ ...empty, ...minutes }, { now: NOW }).bars.at(-1)?.passed).toBe(5);
  });

  it('merges overlapping gaps, cuts them to the hour, and includes one that is still open', () => {
    const at = (ago: number): number => NOW - ago * MINUTE;
    const shades = [{ from: at(20), to: at(10), missing: false }, { from: at(15), to: at(5), missing: true }, { from: at(90), to: at(55), missing: false }, { from: at(200), to: at(100), missing: true }];
    const found = timelineOf({ ...empty, shades }, { now: NOW, open: { from: at(1), to: NOW, missing: true } });
    expect(found.shades).toEqual([
      { from: found.from, to: at(55), missing: false }, { from: at(20), to: at(5), missing: true }, { from: at(1), to: NOW, missing: true },
    ]);
  });

  it('counts reconnects per minute, however many drives there are', () => {
    const { bars, reconnects } = timelineOf({ ...empty, reconnects: [...Array.from({ length: 500 }, () => NOW), NOW - 90 * MINUTE] }, { now: NOW });
    expect([reconnects, bars.at(-1)?.reconnects]).toEqual([500, 500]);
  });

  it.each([[0, 4], [4, 4], [7, 8], [11, 20], [99, 100], [4_321, 5_000]])('has a round number at its top: %d becomes %d', (peak, top) => {
    expect(ceilingOf(peak)).toBe(top);
  });
});
