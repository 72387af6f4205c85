import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { WebSocket } from 'ws';
import { LifeSigns } from '../../../src/stream/life-signs.ts';

/** A WebSocket that has only pings and pongs. */
class Pinged extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  readonly pings: string[] = [];
  ping(data: string): void {
    this.pings.push(data);
  }
  /** Answers the latest ping, as a peer may do after several. */
  pong(): void {
    this.emit('pong', Buffer.from(this.pings.at(-1) ?? ''));
  }
}

let socket: Pinged;
let signs: LifeSigns;
beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
  socket = new Pinged();
  signs = new LifeSigns(socket as unknown as WebSocket, Date.now);
});
afterEach(() => {
  jest.useRealTimers();
});

/** The value of a promise, if it has one by now. */
async function byNow(promise: Promise<boolean>): Promise<boolean | 'open'> {
  await jest.advanceTimersByTimeAsync(0);
  return Promise.race([promise, Promise.resolve('open' as const)]);
}

describe('the time until which everything has arrived', () => {
  it('is the time of the first ping of a check, once the second pong is here', () => {
    jest.advanceTimersByTime(5_000);
    signs.heard();
    expect(signs.completeUntil).toBe(1_000_000);
    jest.advanceTimersByTime(50);
    socket.pong();
    // A server's queue may let the first pong overtake what it holds.
    expect(signs.completeUntil).toBe(1_000_000);
    socket.pong();
    expect(signs.completeUntil).toBe(1_005_050);
  });

  it('does not advance with frames that may have waited in a buffer', () => {
    signs.heard();
    jest.advanceTimersByTime(60_000);
    for (let n = 0; n < 100; n += 1) signs.heard();
    expect(signs.completeUntil).toBe(1_000_000);
  });

  it('is checked once the frame has been handled', () => {
    signs.heard();
    expect(socket.pings).toEqual([]);
    jest.advanceTimersByTime(50);
    expect(socket.pings).toHaveLength(1);
  });

  it('is checked at most once per second, and never twice at the same time', () => {
    for (let n = 0; n < 100; n += 1) signs.heard();
    jest.advanceTimersByTime(50);
    expect(socket.pings).toHaveLength(1);
    socket.pong();
    socket.pong();
    signs.heard();
    expect(socket.pings).toHaveLength(2);
    jest.advanceTimersByTime(1_000);
    signs.heard();
    jest.advanceTimersByTime(50);
    expect(socket.pings).toHaveLength(3);
  });

  it('does not advance with a pong to a ping that was never sent', () => {
    signs.heard();
    socket.emit('pong', Buffer.from(''));
    socket.emit('pong', Buffer.from('who knows'));
    socket.emit('pong', Buffer.from('0'));
    expect(signs.completeUntil).toBe(1_000_000);
  });
});

describe('a check for a sign of life', () => {
  it('succeeds with the second pong', async () => {
    const answered = signs.answers(5_000);
    socket.pong();
    expect(await byNow(answered)).toBe('open');
    socket.pong();
    await jest.advanceTimersByTimeAsync(1);
    expect(await byNow(answered)).toBe(true);
  });

  it('fails without a pong in time', async () => {
    const answered = signs.answers(5_000);
    await jest.advanceTimersByTimeAsync(4_999);
    expect(await byNow(answered)).toBe('open');
    await jest.advanceTimersByTimeAsync(2);
    expect(await byNow(answered)).toBe(false);
  });

  it('does not count the time in which nothing is read', async () => {
    signs.reading(false);
    const answered = signs.answers(5_000);
    await jest.advanceTimersByTimeAsync(3_600_000);
    expect(await byNow(answered)).toBe('open');
    signs.reading(true);
    await jest.advanceTimersByTimeAsync(4_000);
    signs.reading(false);
    await jest.advanceTimersByTimeAsync(3_600_000);
    signs.reading(true);
    await jest.advanceTimersByTimeAsync(4_999);
    expect(await byNow(answered)).toBe('open');
    await jest.advanceTimersByTimeAsync(2);
    expect(await byNow(answered)).toBe(false);
  });

  it.each(['a connection that ends', 'a connection that has ended'])('fails for %s', async (which) => {
    if (which.endsWith('ended')) socket.readyState = 3;
    const answered = signs.answers(5_000);
    if (!which.endsWith('ended')) socket.emit('close');
    await jest.advanceTimersByTimeAsync(1);
    expect(await byNow(answered)).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });
});
