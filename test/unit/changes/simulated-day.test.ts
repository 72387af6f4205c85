import { describe, expect, it } from '@jest/globals';
import { percentile, simulatedDay } from '../../support/simulated-day.ts';

// A short version of scripts/simulate-polling.mjs, which has the numbers of docs/performance.md.
describe('many polled drives', () => {
  it.each([[30, 40], [120, 40]])('%d drives, polled for an hour with %d units per minute, cost no unit more in any minute, and every change is found', async (drives, budget) => {
    const day = await simulatedDay({ drives, hours: 1, budget, seed: 20261127 });
    expect(day.mostPerMinute).toBeLessThanOrEqual(budget);
    expect(day.made).toBeGreaterThan(10);
    expect(day.reported).toBe(day.made);
    // None is asked more rarely than half as often as if all were alike, give or take a tenth and what waits for the budget.
    const fairMs = (drives * 60_000) / (budget * 0.8);
    expect(day.longestPauseMs).toBeLessThan(2 * fairMs * 1.1 + 60_000);
    // Those that change are asked more often: half of the changes are found within the time that delta takes and a part of the fair interval.
    expect(percentile(day.delaysMs, 0.5)).toBeLessThan(60_000 + fairMs / 2);
  });
});
