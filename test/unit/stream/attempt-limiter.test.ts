import { describe, expect, it } from '@jest/globals';
import { AttemptLimiter, LONGEST_HOLD_MS } from '../../../src/stream/attempt-limiter.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';

const never = new AbortController().signal;

describe('AttemptLimiter', () => {
  it('admits as many as there are places, and then the others in order', async () => {
    const limiter = new AttemptLimiter(2, steppedClock());
    const inside: number[] = [];
    const entries = [0, 1, 2, 3].map((n) => limiter.enter(never).then((leave) => {
      inside.push(n);
      return leave;
    }));
    await settle();
    expect(inside).toEqual([0, 1]);
    (await entries[1]!)();
    await settle();
    expect(inside).toEqual([0, 1, 2]);
    (await entries[0]!)();
    await settle();
    expect(inside).toEqual([0, 1, 2, 3]);
  });

  it('does not free a place twice', async () => {
    const limiter = new AttemptLimiter(1, steppedClock());
    const leave = await limiter.enter(never);
    leave();
    leave();
    await limiter.enter(never);
    let third = false;
    void limiter.enter(never).then(() => { third = true; });
    await settle();
    expect(third).toBe(false);
  });

  it('frees the place of an attempt that hangs after a while, and only once', async () => {
    const clock = steppedClock();
    const limiter = new AttemptLimiter(1, clock);
    const leave = await limiter.enter(never);
    const inside: number[] = [];
    for (const n of [1, 2]) void limiter.enter(never).then(() => inside.push(n));
    await clock.advance(LONGEST_HOLD_MS - 1);
    expect(inside).toEqual([]);
    await clock.advance(1);
    expect(inside).toEqual([1]);
    leave();
    await settle();
    expect(inside).toEqual([1]);
  });

  it('does not give a place to a caller that gave up', async () => {
    const limiter = new AttemptLimiter(1, steppedClock());
    const leave = await limiter.enter(never);
    const impatient = new AbortController();
    const gone = limiter.enter(impatient.signal);
    let next = false;
    void limiter.enter(never).then(() => { next = true; });
    impatient.abort();
    (await gone)();
    await settle();
    expect(next).toBe(false);
    leave();
    await settle();
    expect(next).toBe(true);
  });
});
