import { afterEach, describe, expect, it } from '@jest/globals';
import { WatchError } from '../../../src/errors.ts';
import { renewalDelay, renewalRetryDelay } from '../../../src/stream/renewal.ts';
import { startStream, type ScriptOptions } from '../../support/stream-script.ts';
import { settle } from '../../support/stepped-clock.ts';

const MINUTE = 60_000;

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

async function start(options?: ScriptOptions) {
  const stream = await startStream(options);
  stop = () => stream.stop();
  return stream;
}

describe('renewalDelay', () => {
  it.each([
    [60 * MINUTE, 58 * MINUTE],
    [10 * MINUTE, 8 * MINUTE],
    [5 * MINUTE, 4 * MINUTE],
    [10_000, 8_000],
    [undefined, 20 * MINUTE],
    [0, 20 * MINUTE],
    [-5, 20 * MINUTE],
    [Number.NaN, 20 * MINUTE],
  ])('renews a lifetime of %p ms after %p ms', (lifetime, delay) => {
    expect(renewalDelay(lifetime)).toBe(delay);
  });
});

describe('renewalRetryDelay', () => {
  it.each([
    ['far from expiry, once a minute', 10 * MINUTE, undefined, MINUTE],
    ['near expiry, sooner', 40_000, undefined, 20_000],
    ['at the very end, not in a storm', 100, undefined, 1_000],
    ['past it, once a minute', -5_000, undefined, MINUTE],
    ['without an expiry, once a minute', Infinity, undefined, MINUTE],
    ['as Retry-After says', 10 * MINUTE, 300_000, 300_000],
  ])('%s', (_name, left, retryAfter, delay) => {
    expect(renewalRetryDelay(left, retryAfter)).toBe(delay);
  });
});

describe('renewal', () => {
  it('renews before the endpoint expires without losing notifications', async () => {
    const s = await start();
    const [old] = s.connections;
    await s.clock.advance(58 * MINUTE);
    const renewed = s.current;
    expect(renewed).not.toBe(old);
    renewed.notify('new');
    await s.clock.advance(0);
    expect(s.history()).toEqual(['ready', 'renewed', '"new"']);
    expect(old?.closedFor).toBeDefined();
    expect(s.asked()).toBe(2);
  });

  it('closes the old connection only after everything on its way has arrived', async () => {
    const s = await start();
    const [old] = s.connections;
    let answer: (alive: boolean) => void = () => undefined;
    old!.answers = () => new Promise((resolve) => { answer = resolve; });
    await s.clock.advance(58 * MINUTE);
    s.current.notify('over the new');
    old!.notify('late over the old');
    await settle();
    expect(old?.closedFor).toBeUndefined();
    answer(true);
    await settle();
    expect(s.history()).toEqual(['ready', '"late over the old"', 'renewed', '"over the new"']);
  });

  it('holds at most two connections however long the reader stalls, and reports what was missed', async () => {
    const s = await start();
    const [old] = s.connections;
    // Its answer waits unread, as behind a paused socket.
    let answer: (alive: boolean) => void = () => undefined;
    old!.answers = () => new Promise((resolve) => { answer = resolve; });
    await s.clock.advance(10 * 60 * MINUTE);
    expect(s.connections.length).toBe(2);
    s.current.lose('expired');
    s.current.alive = false;
    await s.clock.advance(10 * 60 * MINUTE);
    expect(s.connections.length).toBe(2);
    answer(true);
    await s.clock.advance(0);
    expect(s.history()).toEqual(['ready', 'renewed', 'gap', 'ready']);
    expect(s.connections.length).toBe(3);
  });

  it('keeps the old connection when a renewal fails, warns, and retries at most once a minute', async () => {
    const s = await start();
    s.endpoints.push({ lifetimeMs: 60 * MINUTE });
    s.endpoints.length = 0;
    s.endpoints.push(new WatchError('network', 'x'), new WatchError('network', 'y'));
    await s.clock.advance(58 * MINUTE);
    expect(s.history()).toEqual(['ready', 'warning']);
    s.current.notify('still here');
    await s.clock.advance(59_999);
    expect(s.asked()).toBe(2);
    await s.clock.advance(2 * MINUTE);
    expect(s.history()).toEqual(['ready', 'warning', '"still here"', 'warning', 'renewed']);
  });

  it('does not end on a 403 during a renewal while the old connection holds', async () => {
    const s = await start();
    s.endpoints.push(...Array.from({ length: 20 }, () => new WatchError('refused', 'forbidden', { status: 403 })));
    await s.clock.advance(58 * MINUTE);
    s.current.notify('still here');
    await s.clock.advance(0);
    expect(s.history()).toEqual(['ready', 'warning', '"still here"']);
    s.current.lose('expired');
    await s.clock.advance(6 * MINUTE);
    expect(await s.over).toMatchObject({ status: 403 });
  });

  it('retries a proxy that wants another password rarely, even if the link is lost meanwhile', async () => {
    const s = await start();
    s.endpoints.push(...Array.from({ length: 3 }, () => new WatchError('network', 'the proxy returned 407', { status: 407 })));
    await s.clock.advance(58 * MINUTE);
    expect(s.asked()).toBe(2);
    s.current.lose('expired');
    await s.clock.advance(4 * MINUTE);
    expect(s.asked()).toBe(2);
    await s.clock.advance(60 * MINUTE);
    expect(s.history().slice(-2)).toEqual(['gap', 'ready']);
  });

  it('reports a gap when the old connection is lost while the new one is being made', async () => {
    const s = await start();
    s.connects.push('hang');
    await s.clock.advance(58 * MINUTE);
    s.current.lose('expired early');
    await s.clock.advance(30_000);
    // The hanging attempt failed; the loss is found and repaired.
    await s.clock.advance(MINUTE);
    expect(s.history().filter((type) => type !== 'warning')).toEqual(['ready', 'reconnecting', 'gap', 'ready']);
  });

  it('reports a gap, not renewed, when the old connection turns out to be dead', async () => {
    const s = await start();
    const [old] = s.connections;
    const heard = old!.completeUntil;
    old!.alive = false;
    await s.clock.advance(58 * MINUTE);
    expect(s.history()).toEqual(['ready', 'gap', 'ready']);
    expect(s.events[1]).toMatchObject({ from: heard });
  });

  it('reports a gap from the expiry on if that came before the renewal, although the old connection answers', async () => {
    const s = await start();
    const started = s.clock.now();
    s.endpoints.push(...Array.from({ length: 12 }, () => new WatchError('network', 'unreachable')));
    await s.clock.advance(80 * MINUTE);
    const history = s.history().filter((type) => type !== 'warning');
    expect(history).toEqual(['ready', 'gap', 'ready']);
    expect(s.events.find(({ type }) => type === 'gap')).toMatchObject({ reason: 'the endpoint expired before it could be renewed', from: started + 60 * MINUTE });
  });

  it('takes a lifetime that is over already for an unknown one', async () => {
    const s = await start({ endpoints: [{ lifetimeMs: -60_000 }] });
    await s.clock.advance(20 * MINUTE);
    expect(s.history()).toEqual(['ready', 'renewed']);
  });

  it('reports no gap if the renewal is late by no more than the expiry is known', async () => {
    const s = await start();
    s.endpoints.push(...Array.from({ length: 12 }, () => new WatchError('network', 'unreachable')));
    await s.clock.advance(60 * MINUTE);
    s.endpoints.length = 0;
    await s.clock.advance(4_000);
    expect(s.history().filter((type) => type !== 'warning')).toEqual(['ready', 'renewed']);
  });

  it('reports a gap from the expiry on if the connection is lost after it, although something was heard since', async () => {
    const s = await start();
    const started = s.clock.now();
    s.endpoints.push(...Array.from({ length: 12 }, () => new WatchError('network', 'unreachable')));
    await s.clock.advance(64 * MINUTE);
    s.current.notify('late');
    await s.clock.advance(0);
    expect(s.current.completeUntil).toBeGreaterThan(started + 60 * MINUTE);
    s.endpoints.length = 0;
    s.current.lose('the connection was closed (1006)');
    await s.clock.advance(5 * MINUTE);
    expect(s.events.find(({ type }) => type === 'gap')).toMatchObject({ from: started + 60 * MINUTE });
  });

  it('reports a gap when the old connection ends without an answer, since that may have been before the new one was up', async () => {
    const s = await start();
    const [old] = s.connections;
    old!.answers = () => {
      old!.lose('the server ended the session');
      return Promise.resolve(false);
    };
    await s.clock.advance(58 * MINUTE);
    expect(s.history()).toEqual(['ready', 'gap', 'ready']);
  });

  it('keeps renewing while nobody reads', async () => {
    const s = await start({ stalled: true });
    await s.clock.advance(58 * MINUTE);
    await s.clock.advance(58 * MINUTE);
    expect(s.asked()).toBe(3);
    s.unstall();
    await settle();
    expect(s.history()).toEqual(['ready', 'renewed', 'renewed']);
  });

  it('renews however short the lifetime is', async () => {
    const s = await start();
    for (let n = 0; n < 50; n += 1) s.endpoints.push({ lifetimeMs: 1_000 });
    await s.clock.advance(58 * MINUTE);
    await s.clock.advance(8_000);
    expect(new Set(s.history())).toEqual(new Set(['ready', 'renewed']));
    expect(s.asked()).toBeGreaterThanOrEqual(11);
  });
});

describe('after a sleep of the machine', () => {
  it('finds a dead link within seconds and reconnects', async () => {
    const s = await start();
    s.current.alive = false;
    s.clock.jump(10 * MINUTE);
    await s.clock.advance(4_000);
    expect(s.history()).toEqual(['ready', 'reconnecting', 'gap', 'ready']);
  });

  it('retries at once if the delay passed during the sleep', async () => {
    const s = await start();
    s.endpoints.push(new WatchError('network', 'throttled', { retryAfterMs: 10 * MINUTE }));
    s.current.lose('gone');
    await s.clock.advance(1_000);
    s.clock.jump(9 * MINUTE);
    await s.clock.advance(4_000);
    expect(s.history()).toEqual(['ready', 'reconnecting', 'reconnecting']);
    s.clock.jump(2 * MINUTE);
    await s.clock.advance(4_000);
    expect(s.history()).toEqual(['ready', 'reconnecting', 'reconnecting', 'gap', 'ready']);
  });

  it('keeps a link that answers', async () => {
    const s = await start();
    s.clock.jump(10 * MINUTE);
    await s.clock.advance(4_000);
    expect(s.history()).toEqual(['ready']);
    expect(s.asked()).toBe(1);
  });

  it('renews at once if the clock was set to a time after the expiry, which a link that still answers shows', async () => {
    const s = await start();
    s.clock.jump(2 * 60 * MINUTE);
    await s.clock.advance(4_000);
    expect(s.history()).toEqual(['ready', 'renewed']);
  });

  it('reports a gap from the expiry on if that came during a short sleep that the link survived', async () => {
    const s = await start();
    const started = s.clock.now();
    s.endpoints.push(...Array.from({ length: 5 }, () => new WatchError('network', 'unreachable')));
    await s.clock.advance(59.5 * MINUTE);
    s.endpoints.length = 0;
    s.clock.jump(MINUTE);
    await s.clock.advance(4_000);
    expect(s.history().filter((type) => type !== 'warning')).toEqual(['ready', 'gap', 'ready']);
    expect(s.events.find(({ type }) => type === 'gap')).toMatchObject({ from: started + 60 * MINUTE });
  });

  it('does not let a gap begin after its end if the clock was set back', async () => {
    const s = await start();
    s.clock.jump(-5 * 60 * MINUTE);
    s.current.lose('gone');
    await s.clock.advance(1_000);
    const gap = s.events.find(({ type }) => type === 'gap') as { from: number; to: number };
    expect(gap.from).toBeLessThanOrEqual(gap.to);
  });

  it('does not wait longer than Retry-After if the clock is set back meanwhile', async () => {
    const s = await start();
    s.endpoints.push(new WatchError('network', 'busy', { retryAfterMs: 10_000 }));
    await s.clock.advance(58 * MINUTE);
    s.clock.jump(-60 * MINUTE);
    s.current.lose('gone');
    await s.clock.advance(0);
    expect(s.events.at(-1)).toMatchObject({ type: 'reconnecting', delayMs: 10_000 });
    await s.clock.advance(10_000);
    expect(s.history().slice(-2)).toEqual(['gap', 'ready']);
  });

  it.each([-60, -20 * 60])('retries a failed renewal in time if the clock is set by %i minutes meanwhile', async (minutes) => {
    const s = await start();
    s.endpoints.push(new WatchError('network', 'busy', { retryAfterMs: 30_000 }), new WatchError('network', 'busy'));
    await s.clock.advance(58 * MINUTE);
    s.clock.jump(minutes * MINUTE);
    await s.clock.advance(30_000);
    expect(s.asked()).toBe(3);
    // At 90 s before its expiry, the next try comes after half of that.
    await s.clock.advance(45_000);
    expect(s.history().at(-1)).toBe('renewed');
  });

  it('renews in time if the clock is set back', async () => {
    const s = await start();
    s.clock.jump(-5 * 60 * MINUTE);
    await s.clock.advance(59 * MINUTE);
    expect(s.history()).toEqual(['ready', 'renewed']);
  });
});

describe('a reader that stalls', () => {
  it('loses nothing, reorders nothing, and pauses the socket meanwhile', async () => {
    const s = await start({ stalled: true });
    for (let n = 0; n < 20_000; n += 1) s.current.notify(String(n));
    await settle();
    expect(s.current.paused).toBe(true);
    s.unstall();
    await settle(200);
    expect(s.history()).toEqual(['ready', ...Array.from({ length: 20_000 }, (_, n) => String(n))]);
    expect(s.current.paused).toBe(false);
  });
});
