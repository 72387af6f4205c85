import { describe, expect, it } from '@jest/globals';
import { ACTIVE_MS, AUTO_LEAST_MS, fixedPace, PollSchedule, type PollPace } from '../../../src/changes/poll-schedule.ts';
import { steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

function scene(drives: number, unitsPerMinute = 312): { clock: SteppedClock; schedule: PollSchedule; paces: PollPace[] } {
  const clock = steppedClock();
  const schedule = new PollSchedule({ clock, random: () => 0.5, unitsPerMinute: () => unitsPerMinute });
  return { clock, schedule, paces: Array.from({ length: drives }, () => schedule.join()) };
}

/** Queries per minute if this many drives are active. */
function perMinute({ active, asleep }: { active: number; asleep: number }, drives: number, activeDrives: number): number {
  return (activeDrives * 60_000) / active + ((drives - activeDrives) * 60_000) / asleep;
}

describe('--poll auto', () => {
  it('queries a single drive every five seconds, whatever the budget leaves room for', () => {
    const { schedule } = scene(1, 100_000);
    expect(schedule.intervals().asleep).toBe(AUTO_LEAST_MS);
  });

  it.each([[100, 0], [100, 1], [100, 50], [100, 100], [1_000, 0], [1_000, 10], [1_000, 500], [1_000, 1_000], [3, 3]])('with %d drives, %d of which changed lately, stays within four fifths of the budget', (drives, active) => {
    for (const budget of [10, 312, 1_250]) {
      const { schedule, paces } = scene(drives, budget);
      for (const pace of paces.slice(0, active)) pace.next(true);
      expect(perMinute(schedule.intervals(), drives, active)).toBeLessThanOrEqual(budget * 0.8 + 1e-6);
    }
  });

  it('uses all of those four fifths if there are enough drives', () => {
    const { schedule, paces } = scene(1_000);
    expect(perMinute(schedule.intervals(), 1_000, 0)).toBeCloseTo(249.6, 3);
    for (const pace of paces.slice(0, 100)) pace.next(true);
    expect(perMinute(schedule.intervals(), 1_000, 100)).toBeCloseTo(249.6, 3);
  });

  it('queries drives that changed lately more often, and no other less than half as often as with equal shares', () => {
    const { schedule, paces } = scene(1_000);
    const alike = schedule.intervals().asleep;
    for (let active = 1; active < 1_000; active += 1) {
      paces[active - 1]?.next(true);
      const intervals = schedule.intervals();
      expect(intervals.active).toBeLessThanOrEqual(intervals.asleep);
      expect(intervals.asleep).toBeLessThanOrEqual(2 * alike + 1);
    }
  });

  it('counts a drive as active for ten minutes after a change', async () => {
    const { clock, schedule, paces } = scene(1_000);
    const [pace] = paces as [PollPace];
    const asleep = pace.next(false);
    expect(pace.next(true)).toBe(AUTO_LEAST_MS);
    expect(pace.next(false)).toBe(AUTO_LEAST_MS);
    await clock.advance(ACTIVE_MS);
    expect(pace.next(false)).toBe(asleep);
    expect(Math.round(schedule.intervals().asleep)).toBe(asleep);
  });

  it('does not keep a drive active for longer because the clock was set back', () => {
    const { clock, paces } = scene(1_000);
    const [pace] = paces as [PollPace];
    const asleep = pace.next(false);
    pace.next(true);
    clock.jump(-3_600_000);
    expect(pace.next(false)).toBe(asleep);
  });

  it('spreads drives that start together, and keeps them apart', () => {
    let chance = 0;
    const schedule = new PollSchedule({ clock: steppedClock(), random: () => chance, unitsPerMinute: () => 312 });
    const pace = schedule.join();
    for (const [value, first, later] of [[0, 0, 4_500], [0.5, 2_500, 5_000], [0.999, 4_995, 5_499]] as const) {
      chance = value;
      expect([pace.next(), pace.next(false)]).toEqual([first, later]);
    }
  });

  it('gives the share of drives that left to the others', () => {
    const { schedule, paces } = scene(100);
    const before = schedule.intervals().asleep;
    for (const pace of paces.slice(0, 50)) pace.leave();
    expect(schedule.intervals().asleep).toBeCloseTo(before / 2, 6);
  });
});

it('a fixed interval never changes', () => {
  const pace = fixedPace(30_000);
  expect([pace.next(), pace.next(true), pace.next(false)]).toEqual([30_000, 30_000, 30_000]);
});
