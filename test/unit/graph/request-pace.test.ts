import { describe, expect, it } from '@jest/globals';
import { DEFAULT_BUDGET, RequestPace } from '../../../src/graph/request-pace.ts';
import { resourceUnits } from '../../../src/graph/resource-units.ts';
import { settle, steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

interface Sent {
  at: number;
  units: number;
}

function start(unitsPerMinute = 60): { clock: SteppedClock; pace: RequestPace; sent: Sent[]; reports: string[]; send: (units?: number, urgent?: boolean, signal?: AbortSignal) => Promise<boolean>; most: () => number } {
  const clock = steppedClock();
  const reports: string[] = [];
  const pace = new RequestPace({ clock, onDelay: (message) => reports.push(message) });
  pace.limitTo(unitsPerMinute);
  const sent: Sent[] = [];
  return {
    clock, pace, sent, reports,
    async send(units = 1, urgent = false, signal) {
      const waited = await pace.admit({ units, urgent, signal });
      sent.push({ at: clock.now(), units });
      return waited;
    },
    /** The most units that any 60 seconds cost. */
    most: () => Math.max(...sent.map(({ at }) => sent.filter((other) => other.at >= at && other.at < at + 60_000).reduce((sum, { units }) => sum + units, 0))),
  };
}

describe('a budget', () => {
  it('is 312 units a minute unless it is set', () => {
    expect(new RequestPace({ clock: steppedClock(), onDelay: () => undefined }).unitsPerMinute).toBe(312);
  });

  it('lets the first requests pass at once', async () => {
    const s = start();
    const waited = await Promise.all(Array.from({ length: 30 }, () => s.send()));
    expect(waited).toEqual(waited.map(() => false));
    expect(s.clock.sleeps).toEqual([]);
  });

  it('is never exceeded in any minute, and is used up if there is enough to do', async () => {
    const s = start(60);
    for (let count = 0; count < 600; count += 1) void s.send(count % 3 === 0 ? 5 : 1);
    await s.clock.advance(10 * 60_000);
    expect(s.most()).toBeLessThanOrEqual(60);
    expect(s.sent.reduce((sum, { units }) => sum + units, 0)).toBeGreaterThan(9 * 58);
  });

  it('spreads requests beyond its first half, so that no minute is used up in its first second', async () => {
    const s = start(60);
    for (let count = 0; count < 90; count += 1) void s.send();
    await s.clock.advance(20_000);
    expect(s.sent.length).toBeGreaterThanOrEqual(30 + 19);
    expect(s.sent.length).toBeLessThanOrEqual(30 + 21);
  });

  // A page costs as much as any delta request with a token, and the next one is requested when it has arrived.
  it.each([[1_000, 15_000], [200, 200_000]])('allows 200,000 items to be listed in pages of %d within %d ms', async (pageSize, withinMs) => {
    const { clock, pace } = start(DEFAULT_BUDGET);
    const began = clock.now();
    let doneAt: number | undefined;
    void (async () => {
      for (let page = 0; page < 200_000 / pageSize; page += 1) {
        const url = `https://graph.microsoft.com/v1.0/me/drive/root/delta?${page === 0 ? `$top=${pageSize}` : `token=${page}`}`;
        await pace.admit({ units: resourceUnits(new URL(url)), urgent: false, signal: undefined });
      }
      doneAt = clock.now();
    })();
    await clock.advance(withinMs);
    expect(doneAt).toBeDefined();
    expect((doneAt ?? Infinity) - began).toBeLessThan(withinMs);
  });

  it('admits waiting requests in order, and tells them that they waited', async () => {
    const s = start(10);
    const order: number[] = [];
    for (let count = 0; count < 20; count += 1) void s.send().then((waited) => { order.push(count); expect(waited).toBe(count >= 5); });
    await s.clock.advance(5 * 60_000);
    expect(order).toEqual(Array.from({ length: 20 }, (_value, index) => index));
  });

  it('lets an urgent request overtake waiting ones on credit, which the others pay back', async () => {
    const s = start(10);
    for (let count = 0; count < 12; count += 1) void s.send();
    await settle();
    const urgent = await Promise.all(Array.from({ length: 30 }, () => s.send(1, true)));
    expect(urgent).toEqual(urgent.map(() => false));
    expect(s.sent).toHaveLength(35);
    await s.clock.advance(59_000);
    expect(s.sent).toHaveLength(35);
    await s.clock.advance(60_000);
    expect(s.sent).toHaveLength(42);
  });

  it('limits urgent requests too', async () => {
    const s = start(10);
    for (let count = 0; count < 100; count += 1) void s.send(1, true);
    await s.clock.advance(59_000);
    expect(s.sent).toHaveLength(40);
    await s.clock.advance(62_000);
    expect(s.most()).toBeLessThanOrEqual(40);
  });

  it('wakes up for an urgent request that comes while others sleep', async () => {
    const s = start(10);
    for (let count = 0; count < 20; count += 1) void s.send();
    for (let count = 0; count < 36; count += 1) void s.send(1, true);
    await s.clock.advance(1_000);
    // 5 at once and 35 on credit; the last one waits ahead of all the others.
    expect(s.sent).toHaveLength(40);
    await s.clock.advance(59_300);
    expect(s.sent.length).toBeGreaterThan(40);
  });

  it('admits a single request that costs more than all of it', async () => {
    const s = start(10);
    await s.send(25);
    const second = s.send(1);
    await s.clock.advance(59_000);
    expect(s.sent).toHaveLength(1);
    await s.clock.advance(2_000);
    expect(await second).toBe(true);
  });

  it('is no longer waited for by an aborted request, and leaves no timer behind', async () => {
    const s = start(10);
    for (let count = 0; count < 5; count += 1) void s.send();
    const stop = new AbortController();
    const stopped = s.send(1, false, stop.signal).catch((error: unknown) => error);
    const later = s.send();
    await settle();
    stop.abort(new Error('stopped'));
    expect(await stopped).toMatchObject({ message: 'stopped' });
    await s.clock.advance(60_000);
    expect(await later).toBe(true);
    expect(await s.send(1, false, AbortSignal.abort(new Error('never'))).catch((error: unknown) => error)).toBe(false);
  });

  it('does not delay longer if the clock is set back, and counts a machine\'s sleep', async () => {
    const s = start(10);
    for (let count = 0; count < 20; count += 1) void s.send();
    await s.clock.advance(10_000);
    s.clock.jump(-3_600_000);
    await s.clock.advance(3 * 60_000);
    expect(s.sent).toHaveLength(20);
    s.clock.jump(60_000);
    expect(await s.send(5)).toBe(false);
  });

  it('is reported once if it delays noticeably', async () => {
    const s = start(10);
    for (let count = 0; count < 30; count += 1) void s.send();
    await s.clock.advance(5 * 60_000);
    expect(s.reports).toEqual(['budget of 10 resource units per minute used up; delaying requests to Graph, the next by 6 s (see --budget)']);
  });
});

describe('an answer\'s headers', () => {
  it('hold everything for Retry-After or RateLimit-Reset, whichever is longer', () => {
    const s = start();
    expect(s.pace.heard({ headers: { 'retry-after': '10', 'ratelimit-remaining': '0', 'ratelimit-reset': '31' }, failed: true })).toBe(31_000);
    expect(s.pace.heldMs).toBe(31_000);
    expect(s.pace.heard({ headers: { 'retry-after': '40', 'ratelimit-remaining': '0', 'ratelimit-reset': '31' }, failed: true })).toBe(40_000);
    expect(s.pace.heard({ headers: { 'retry-after': '2' }, failed: true })).toBe(2_000);
    expect(s.pace.heldMs).toBe(40_000);
  });

  it('leave only the units that Graph says are left until its limit is reset', async () => {
    const s = start(600);
    s.pace.heard({ headers: { 'ratelimit-limit': '1250', 'ratelimit-remaining': '3', 'ratelimit-reset': '20' }, failed: false });
    for (let count = 0; count < 6; count += 1) void s.send(1, count > 3);
    await settle();
    expect(s.sent).toHaveLength(3);
    await s.clock.advance(19_000);
    expect(s.sent).toHaveLength(3);
    await s.clock.advance(1_000);
    expect(s.sent).toHaveLength(6);
    expect(s.pace.heldMs).toBe(0);
  });

  it.each([
    { 'ratelimit-remaining': '-1', 'ratelimit-reset': '20' }, { 'ratelimit-remaining': 'few', 'ratelimit-reset': '20' }, { 'ratelimit-remaining': '0' },
    { 'ratelimit-remaining': '0', 'ratelimit-reset': 'soon' }, { 'ratelimit-remaining': '1e9', 'ratelimit-reset': '-5' }, { 'retry-after': '20' },
  ])('are ignored if they are not valid, or if nothing failed: %j', async (headers) => {
    const s = start();
    expect(s.pace.heard({ headers, failed: false })).toBeUndefined();
    expect(await s.send()).toBe(false);
    expect(s.pace.heldMs).toBe(0);
  });

  it('hold for at most an hour', async () => {
    const s = start();
    s.pace.heard({ headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': '999999999' }, failed: false });
    const late = s.send();
    await s.clock.advance(3_600_000);
    expect(await late).toBe(true);
  });
});

describe('a pause that several processes share', () => {
  it('is passed on once for each longer one that Graph asks for', () => {
    const s = start();
    const passed: number[] = [];
    s.pace.onPause = (ms) => { passed.push(ms); };
    for (const seconds of ['30', '10', '40']) s.pace.heard({ headers: { 'retry-after': seconds }, failed: true });
    expect(passed).toEqual([30_000, 40_000]);
  });

  it('from another process holds this one, and is not passed on', () => {
    const s = start();
    let passed = 0;
    s.pace.onPause = () => { passed += 1; };
    s.pace.hold(20_000);
    s.pace.hold(5_000);
    expect([s.pace.heldMs, passed]).toEqual([20_000, 0]);
  });
});

it('counts the units spent, the time that Graph asked to wait, and the time waited for the budget', async () => {
  const { clock, pace } = start(10);
  void pace.admit({ units: 5, kind: 'delta', urgent: false, signal: undefined });
  void pace.admit({ units: 2, kind: 'endpoint', urgent: false, signal: undefined });
  await settle();
  expect(pace.spent).toMatchObject({ requests: { delta: 1, endpoint: 0, other: 0 }, units: 5, unitsPerMinute: 10, waitedMs: 0 });
  await clock.advance(60_000);
  expect(pace.spent).toMatchObject({ requests: { delta: 1, endpoint: 1, other: 0 }, units: 7, waitedMs: 12_000 });
  pace.heard({ headers: { 'retry-after': '10' }, failed: true });
  pace.heard({ headers: { 'retry-after': '30' }, failed: true });
  // Where the two pauses overlap counts once.
  expect(pace.spent).toMatchObject({ throttled: 2, throttledMs: 30_000 });
});
