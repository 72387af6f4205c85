import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BoundedQueue } from '../../../src/lib/bounded-queue.ts';
import { settle } from '../../support/stepped-clock.ts';

async function all<T>(queue: BoundedQueue<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of queue) taken.push(item);
  return taken;
}

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

describe('a queue', () => {
  it('passes everything on in order, whether the producer or the consumer comes first', async () => {
    const queue = new BoundedQueue<number>();
    queue.put(1);
    const taken = all(queue);
    await settle(1);
    queue.put(2);
    queue.put(3);
    queue.end();
    expect(await taken).toEqual([1, 2, 3]);
  });

  it('still passes on what is queued when it has ended', async () => {
    const queue = new BoundedQueue<number>();
    queue.put(1);
    queue.end();
    expect(await all(queue)).toEqual([1]);
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('passes on what is queued before it fails, and fails once', async () => {
    const queue = new BoundedQueue<number>();
    queue.put(1);
    queue.fail(new Error('broken'));
    expect(await queue.next()).toEqual({ done: false, value: 1 });
    await expect(queue.next()).rejects.toThrow('broken');
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('wakes a waiting consumer when it ends or fails', async () => {
    const ended = new BoundedQueue<number>();
    const next = ended.next();
    ended.end();
    expect(await next).toEqual({ done: true, value: undefined });
    const failed = new BoundedQueue<number>();
    const other = failed.next();
    failed.fail(new Error('broken'));
    await expect(other).rejects.toThrow('broken');
  });

  it('keeps its first ending', async () => {
    const queue = new BoundedQueue<number>();
    queue.end();
    queue.fail(new Error('too late'));
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('has room until a thousand items are queued, and again once they are taken', async () => {
    const queue = new BoundedQueue<number>();
    for (let i = 0; i < 999; i += 1) queue.put(i);
    await queue.room();
    queue.put(999);
    let room = false;
    const waiting = queue.room().then(() => { room = true; });
    await settle();
    expect(room).toBe(false);
    for (let i = 0; i < 1000; i += 1) expect(await queue.next()).toEqual({ done: false, value: i });
    await waiting;
  });

  it.each(['end', 'fail'] as const)('does not keep a producer waiting after %s', async (how) => {
    const queue = new BoundedQueue<number>();
    for (let i = 0; i < 1000; i += 1) queue.put(i);
    const waiting = queue.room();
    queue[how](undefined);
    await waiting;
    await queue.room();
  });

  it('loses and reorders nothing if the consumer is always a little behind', async () => {
    const queue = new BoundedQueue<number>();
    const taken: number[] = [];
    let put = 0;
    for (let round = 0; round < 50; round += 1) {
      for (let i = 0; i < 100; i += 1) queue.put(put++);
      while (taken.length < put - 10) {
        const { value } = await queue.next();
        taken.push(value as number);
      }
    }
    queue.end();
    taken.push(...(await all(queue)));
    expect(taken).toEqual([...taken.keys()]);
    expect(taken).toHaveLength(5_000);
  });

  it('has room until 16 MB are queued, by the given sizes, and again once they are taken', async () => {
    const MB = 1024 * 1024;
    const queue = new BoundedQueue<number>((item) => item);
    queue.put(8 * MB);
    await queue.room();
    queue.put(8 * MB);
    let room = false;
    const waiting = queue.room().then(() => { room = true; });
    await settle();
    expect(room).toBe(false);
    await queue.next();
    await queue.next();
    await waiting;
    queue.put(15 * MB);
    await queue.room();
  });

  it('offers each item to its taker while the consumer waits, and hands on what that refuses', async () => {
    const queue = new BoundedQueue<number>();
    const log: string[] = [];
    queue.passTo((item) => {
      log.push(`offered ${item}`);
      return item % 2 === 0;
    });
    queue.put(0);
    expect([queue.isAwaited, log]).toEqual([false, []]);
    const first = queue.next();
    await settle(1);
    expect([queue.isAwaited, log.splice(0)]).toEqual([true, ['offered 0']]);
    queue.put(2);
    queue.put(3);
    queue.put(4);
    expect([queue.isAwaited, log.splice(0)]).toEqual([false, ['offered 2', 'offered 3']]);
    expect(await first).toEqual({ done: false, value: 3 });
    expect(log.splice(0)).toEqual(['offered 3']);
    const second = queue.next();
    queue.put(5);
    expect(await second).toEqual({ done: false, value: 5 });
    expect(log).toEqual(['offered 4', 'offered 5', 'offered 5']);
    queue.end();
    expect(queue.isAwaited).toBe(false);
  });

  it('fails with what its taker throws, for the consumer and not for whoever puts', async () => {
    for (const waits of [true, false]) {
      const queue = new BoundedQueue<number>();
      queue.passTo(() => { throw new Error('broken'); });
      if (!waits) queue.put(1);
      const next = queue.next();
      if (waits) queue.put(1);
      await expect(next).rejects.toThrow('broken');
    }
  });

  it('passes everything on once and in order, whatever the taker refuses and whenever the consumer comes', async () => {
    const steps = fc.array(fc.oneof(fc.constant('put' as const), fc.constant('settle' as const), fc.constant('toggle' as const), fc.constant('take' as const)), { maxLength: 60 });
    await fc.assert(fc.asyncProperty(steps, async (script) => {
      const queue = new BoundedQueue<number>();
      const seen: number[] = [];
      let accepts = true;
      let put = 0;
      let ready: (() => void) | undefined;
      queue.passTo((item) => {
        if (accepts) seen.push(item);
        return accepts;
      });
      const closing = new AbortController();
      const consumer = (async () => {
        for await (const item of queue) {
          seen.push(item);
          if (!closing.signal.aborted) await new Promise<void>((resolve) => { ready = resolve; });
        }
      })();
      for (const step of script) {
        if (step === 'put') queue.put(put++);
        else if (step === 'toggle') accepts = !accepts;
        else if (step === 'take') ready?.();
        else await settle(2);
      }
      closing.abort();
      queue.end();
      await settle(2);
      ready?.();
      await consumer;
      expect(seen).toEqual([...Array(put).keys()]);
    }));
  });

  it('keeps no reference to what was taken, even if it is never empty', async () => {
    const queue = new BoundedQueue<object>();
    let taken: WeakRef<object> | undefined;
    const put = (): void => {
      const item = {};
      taken ??= new WeakRef(item);
      queue.put(item);
    };
    put();
    put();
    await queue.next();
    await settle();
    gc();
    expect(taken?.deref()).toBeUndefined();
    for (let n = 0; n < 5_000; n += 1) {
      put();
      await queue.next();
    }
    expect(queue.held).toBeLessThanOrEqual(1_001);
  });
});
