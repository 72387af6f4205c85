import { describe, expect, it } from '@jest/globals';
import { QUERY_FLOOR_MS, QueryFloor } from '../../../src/changes/query-floor.ts';

/** Queries as often as the floor allows between these times; returns the pauses. */
function busy(floor: QueryFloor, from: number, until: number): number[] {
  const pauses: number[] = [];
  for (let now = from; now < until;) {
    floor.queried(now, true);
    pauses.push(floor.leftMs(now));
    now += floor.leftMs(now);
  }
  return pauses;
}

describe('the floor between two queries of a drive', () => {
  it('grows from one second to ten while notifications keep coming', () => {
    const pauses = busy(new QueryFloor(), 0, 120_000);
    expect(pauses[0]).toBe(1_000);
    expect(pauses.at(-1)).toBe(10_000);
    expect(pauses).toEqual([...pauses].sort((one, other) => one - other));
    expect(pauses.length).toBeGreaterThan(15);
    expect(pauses.length).toBeLessThan(30);
  });

  it('is a second again after a pause of twice its length', () => {
    const floor = new QueryFloor();
    busy(floor, 0, 120_000);
    floor.queried(129_000, false);
    expect(floor.ms).toBe(10_000);
    floor.queried(160_000, false);
    expect(floor.ms).toBe(QUERY_FLOOR_MS);
    busy(floor, 170_000, 200_000);
    expect(floor.ms).toBeGreaterThan(QUERY_FLOOR_MS);
    floor.queried(300_000, true);
    expect(floor.ms).toBe(QUERY_FLOOR_MS);
  });

  it('does not grow with single notifications, or with the queries that follow one', () => {
    const floor = new QueryFloor();
    for (let now = 0; now < 600_000; now += 15_000) {
      floor.queried(now, true);
      for (const later of [1_000, 3_000, 7_000]) floor.queried(now + later, false);
      expect(floor.ms).toBe(QUERY_FLOOR_MS);
    }
  });

  it('is not prolonged by a clock that is set back', () => {
    const floor = new QueryFloor();
    floor.queried(3_600_000, true);
    expect(floor.leftMs(0)).toBe(1_000);
    expect(floor.leftMs(3_600_400)).toBe(600);
    expect(floor.leftMs(7_200_000)).toBe(0);
  });
});
