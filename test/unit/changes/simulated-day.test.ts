import { describe, expect, it } from '@jest/globals';
import { percentile, simulatedDay } from '../../support/simulated-day.ts';

// A short version of scripts/simulate-polling.mjs, which has the numbers of docs/performance.md.
describe('many polled drives', () => {
  it.each([[30, 40], [120, 40]])('%d of them, polled for an hour with %d units per minute, cost no more than that in any minute, and every change is found', async (drives, budget) => {
    const day = await simulatedDay({ drives, hours: 1, budget, seed: 20261127 });
    expect(day.mostPerMinute).toBeLessThanOrEqual(budget);
    expect(day.made).toBeGreaterThan(10);
    expect(day.reported).toBe(day.made);
    // None is queried less than half as often as with equal shares, give or take a tenth and the wait for the budget.
    const fairMs = (drives * 60_000) / (budget * 0.8);
    expect(day.longestPauseMs).toBeLessThan(2 * fairMs * 1.1 + 60_000);
    // Drives that change are queried more often: half of the changes are found within delta's lag and half of the fair interval.
    expect(percentile(day.delaysMs, 0.5)).toBeLessThan(60_000 + fairMs / 2);
  });
});
