import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Inbox } from '../../../src/stream/inbox.ts';
import { settle } from '../../support/stepped-clock.ts';

function start() {
  const log: string[] = [];
  const inbox = new Inbox<number>({
    pause: () => log.push('pause'),
    resume: () => log.push('resume'),
    keepAlive: () => log.push('keep alive'),
    keepAliveEveryMs: 10_000,
  });
  return { log, inbox };
}

const HIGH_WATER = 2_000;
const fill = (inbox: Inbox<number>, count: number): void => {
  for (let i = 0; i < count; i += 1) inbox.put(i);
};

afterEach(() => {
  jest.useRealTimers();
});

describe('an inbox', () => {
  it('returns everything that waits, again and again, until its end', async () => {
    const { inbox } = start();
    const taken: number[][] = [];
    const done = (async () => {
      for await (const some of inbox.take()) taken.push(some);
    })();
    inbox.put(1);
    inbox.put(2);
    await settle(1);
    inbox.put(3);
    await settle(1);
    inbox.put(4);
    inbox.end();
    await done;
    expect(taken.flat()).toEqual([1, 2, 3, 4]);
    expect(taken.length).toBeGreaterThan(1);
  });

  it('still returns what is there when it has ended', async () => {
    const { inbox } = start();
    fill(inbox, 3);
    inbox.end();
    const taken = inbox.take();
    expect(await taken.next()).toEqual({ done: false, value: [0, 1, 2] });
    expect(await taken.next()).toEqual({ done: true, value: undefined });
  });

  it('pauses its source at the high-water mark, keeps it alive, and resumes once everything was taken', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    const { log, inbox } = start();
    fill(inbox, HIGH_WATER - 1);
    expect(log).toEqual([]);
    inbox.put(0);
    expect(log).toEqual(['pause', 'keep alive']);
    jest.advanceTimersByTime(20_000);
    expect(log).toEqual(['pause', 'keep alive', 'keep alive', 'keep alive']);

    const taken = inbox.take();
    expect((await taken.next()).value).toHaveLength(HIGH_WATER);
    expect(log.at(-1)).toBe('keep alive');
    const next = taken.next();
    await settle(1);
    expect(log.at(-1)).toBe('resume');
    const before = log.length;
    jest.advanceTimersByTime(60_000);
    expect(log).toHaveLength(before);
    inbox.end();
    await next;
  });

  it('keeps what arrives even while paused, and pauses only once', () => {
    jest.useFakeTimers();
    const { log, inbox } = start();
    fill(inbox, 3 * HIGH_WATER);
    expect(log).toEqual(['pause', 'keep alive']);
    inbox.end();
  });

  it('neither keeps its source alive nor pauses it after the end', () => {
    jest.useFakeTimers();
    const { log, inbox } = start();
    fill(inbox, HIGH_WATER);
    inbox.end();
    jest.advanceTimersByTime(60_000);
    expect(log).toEqual(['pause', 'keep alive']);
    const other = start();
    other.inbox.end();
    fill(other.inbox, HIGH_WATER);
    expect(other.log).toEqual([]);
  });
});

describe('an item that is offered', () => {
  it('is taken only while the taker of batches waits, and nothing is before it', async () => {
    const { inbox } = start();
    const taken: number[] = [];
    let accepts = true;
    inbox.passTo((item) => {
      if (accepts) taken.push(item);
      return accepts;
    });
    expect(inbox.offer(1)).toBe(false);
    const batches = inbox.take();
    const first = batches.next();
    await settle(1);
    expect(inbox.offer(2)).toBe(true);
    accepts = false;
    expect(inbox.offer(3)).toBe(false);
    accepts = true;
    inbox.put(3);
    expect(inbox.offer(4)).toBe(false);
    inbox.put(4);
    expect((await first).value).toEqual([3, 4]);
    expect(inbox.offer(5)).toBe(false);
    const second = batches.next();
    await settle(1);
    inbox.end();
    expect(inbox.offer(6)).toBe(false);
    expect((await second).done).toBe(true);
    expect(taken).toEqual([2]);
  });
});

describe('an inbox of bytes', () => {
  const MB = 1024 * 1024;
  const arrive = (inbox: Inbox<number>, bytes: number): void => {
    inbox.arrived(bytes);
    inbox.put(0);
  };

  it('pauses its source at 16 MB, however few items that is, and resumes once they were taken', async () => {
    const { inbox, log } = start();
    arrive(inbox, 8 * MB);
    expect(log).toEqual([]);
    arrive(inbox, 8 * MB);
    expect(log).toEqual(['pause', 'keep alive']);
    const taking = inbox.take();
    expect((await taking.next()).value).toHaveLength(2);
    const next = taking.next();
    await settle(1);
    expect(log).toEqual(['pause', 'keep alive', 'resume']);
    arrive(inbox, 15 * MB);
    expect((await next).value).toHaveLength(1);
    arrive(inbox, 1 * MB);
    expect(log).toEqual(['pause', 'keep alive', 'resume']);
    inbox.end();
  });

  it('does not count bytes that arrived while nothing was waiting', () => {
    const { inbox, log } = start();
    for (let pings = 0; pings < 100; pings += 1) inbox.arrived(MB);
    arrive(inbox, MB);
    expect(log).toEqual([]);
    inbox.end();
  });
});
