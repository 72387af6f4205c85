import { describe, expect, it } from '@jest/globals';
import { Outlet } from '../../../src/stream/outlet.ts';
import { settle } from '../../support/stepped-clock.ts';

async function all<T>(outlet: Outlet<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of outlet) taken.push(item);
  return taken;
}

describe('an outlet', () => {
  it('hands everything on in order, whoever is first', async () => {
    const outlet = new Outlet<number>();
    outlet.put(1);
    const taken = all(outlet);
    await settle(1);
    outlet.put(2);
    outlet.put(3);
    outlet.end();
    expect(await taken).toEqual([1, 2, 3]);
  });

  it('still hands on what waits when it has ended', async () => {
    const outlet = new Outlet<number>();
    outlet.put(1);
    outlet.end();
    expect(await all(outlet)).toEqual([1]);
    expect(await outlet.next()).toEqual({ done: true, value: undefined });
  });

  it('hands on what waits before it fails, and fails once', async () => {
    const outlet = new Outlet<number>();
    outlet.put(1);
    outlet.fail(new Error('broken'));
    expect(await outlet.next()).toEqual({ done: false, value: 1 });
    await expect(outlet.next()).rejects.toThrow('broken');
    expect(await outlet.next()).toEqual({ done: true, value: undefined });
  });

  it('wakes a consumer that waits when it ends or fails', async () => {
    const ended = new Outlet<number>();
    const next = ended.next();
    ended.end();
    expect(await next).toEqual({ done: true, value: undefined });
    const failed = new Outlet<number>();
    const other = failed.next();
    failed.fail(new Error('broken'));
    await expect(other).rejects.toThrow('broken');
  });

  it('stays as it ended first', async () => {
    const outlet = new Outlet<number>();
    outlet.end();
    outlet.fail(new Error('too late'));
    expect(await outlet.next()).toEqual({ done: true, value: undefined });
  });

  it('has room until a thousand wait, and again when they were taken', async () => {
    const outlet = new Outlet<number>();
    for (let i = 0; i < 999; i += 1) outlet.put(i);
    await outlet.room();
    outlet.put(999);
    let room = false;
    const waiting = outlet.room().then(() => { room = true; });
    await settle();
    expect(room).toBe(false);
    for (let i = 0; i < 1000; i += 1) expect(await outlet.next()).toEqual({ done: false, value: i });
    await waiting;
  });

  it.each(['end', 'fail'] as const)('does not keep a producer waiting after %s', async (how) => {
    const outlet = new Outlet<number>();
    for (let i = 0; i < 1000; i += 1) outlet.put(i);
    const waiting = outlet.room();
    outlet[how](undefined);
    await waiting;
    await outlet.room();
  });

  it('loses and reorders nothing where the consumer is always a little behind', async () => {
    const outlet = new Outlet<number>();
    const taken: number[] = [];
    let put = 0;
    for (let round = 0; round < 50; round += 1) {
      for (let i = 0; i < 100; i += 1) outlet.put(put++);
      while (taken.length < put - 10) {
        const { value } = await outlet.next();
        taken.push(value as number);
      }
    }
    outlet.end();
    taken.push(...(await all(outlet)));
    expect(taken).toEqual([...taken.keys()]);
    expect(taken).toHaveLength(5_000);
  });
});
