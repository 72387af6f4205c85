import { describe, expect, it } from '@jest/globals';
import { Deadline, Stopwatch } from '../../../src/lib/deadline.ts';
import { steppedClock } from '../../support/stepped-clock.ts';

const HOUR = 3_600_000;

describe('a deadline', () => {
  it('approaches as the clock advances, and stays passed', () => {
    const clock = steppedClock(0);
    const deadline = new Deadline(10_000, clock.now);
    expect([deadline.at, deadline.leftMs]).toEqual([10_000, 10_000]);
    clock.jump(4_000);
    expect(deadline.leftMs).toBe(6_000);
    clock.jump(HOUR);
    expect(deadline.leftMs).toBe(0);
    clock.jump(-2 * HOUR);
    expect(deadline.leftMs).toBe(0);
  });

  it('is no further away than when last read if the clock is set back', () => {
    const clock = steppedClock(HOUR);
    const deadline = new Deadline(10_000, clock.now);
    clock.jump(4_000);
    expect(deadline.leftMs).toBe(6_000);
    clock.jump(-HOUR);
    expect(deadline.leftMs).toBe(6_000);
    expect(deadline.at).toBe(clock.now() + 6_000);
    clock.jump(6_000);
    expect(deadline.leftMs).toBe(0);
  });

  it('is never further away than at first, even if it was not read in between', () => {
    const clock = steppedClock(HOUR);
    const deadline = new Deadline(10_000, clock.now);
    clock.jump(-HOUR);
    expect(deadline.leftMs).toBe(10_000);
  });

  it('moves with a clock change that it is told of', () => {
    const clock = steppedClock(HOUR);
    const deadline = new Deadline(10_000, clock.now);
    clock.jump(4_000);
    clock.jump(-HOUR);
    deadline.clockSet(-HOUR);
    expect(deadline.leftMs).toBe(6_000);
  });
});

describe('a stopwatch', () => {
  it('measures from its start, and starts again if the clock is set back', () => {
    const clock = steppedClock(HOUR);
    const watch = new Stopwatch(clock.now);
    clock.jump(5_000);
    expect(watch.elapsedMs).toBe(5_000);
    clock.jump(-HOUR);
    expect(watch.elapsedMs).toBe(0);
    clock.jump(3_000);
    expect(watch.elapsedMs).toBe(3_000);
  });
});
