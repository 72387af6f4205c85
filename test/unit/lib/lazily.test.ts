import { describe, expect, it } from '@jest/globals';
import { lazily } from '../../../src/lib/lazily.ts';

describe('work that is done when it is needed', () => {
  it('is done once for all callers, and not before', async () => {
    let done = 0;
    const get = lazily(() => Promise.resolve((done += 1)));
    expect(done).toBe(0);
    expect(await Promise.all([get(), get()])).toEqual([1, 1]);
    expect(await get()).toBe(1);
  });

  it('is done again after a failure, which all who waited are given', async () => {
    let done = 0;
    const get = lazily(() => {
      done += 1;
      return done === 1 ? Promise.reject(new Error('EMFILE')) : Promise.resolve(done);
    });
    const both = await Promise.allSettled([get(), get()]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await get()).toBe(2);
    expect(await get()).toBe(2);
  });
});
