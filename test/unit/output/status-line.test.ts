import { describe, expect, it } from '@jest/globals';
import type { WatchEvent } from '../../../src/events.ts';
import type { People } from '../../../src/output/people.ts';
import { createStatusLine } from '../../../src/output/status-line.ts';
import { steppedClock } from '../../support/stepped-clock.ts';

function start({ shown = true } = {}) {
  const clock = steppedClock();
  const texts: string[] = [];
  let stops = 0;
  const people = {
    waiting: (text: string) => {
      texts.push(text);
      return { shown, update: (next: string) => texts.push(next), stop: () => { stops += 1; } };
    },
  } as unknown as People;
  const status = createStatusLine(people, clock);
  const event = (type: string, more: object = {}): void => {
    status.follow({ type, time: clock.now(), target: 'me', ...more } as WatchEvent);
  };
  return { clock, status, event, last: () => texts.at(-1), texts, stops: () => stops };
}

describe('the status line', () => {
  it('shows the state of the connection, updated every second', async () => {
    const s = start();
    expect(s.last()).toBe('connecting');
    s.event('ready', { renewAt: s.clock.now() + 3_600_000 });
    await s.clock.advance(3_000);
    expect(s.last()).toBe('connected for 3 s · 0 events · renews in 59 m 57 s');
    s.event('notification', { data: 1 });
    await s.clock.advance(2_000);
    expect(s.last()).toBe('connected for 5 s · 1 event · last 2 s ago · renews in 59 m 55 s');
    s.event('notification', { data: 2 });
    s.event('renewed', { renewAt: s.clock.now() + 60_000 });
    await s.clock.advance(1_000);
    expect(s.last()).toBe('connected for 6 s · 2 events · last 1 s ago · renews in 59 s');
    s.event('reconnecting', { reason: 'lost', delayMs: 10_000 });
    await s.clock.advance(4_000);
    expect(s.last()).toBe('reconnecting in 6 s · 2 events · last 5 s ago');
    await s.clock.advance(10_000);
    expect(s.last()).toBe('reconnecting in 0 ms · 2 events · last 15 s ago');
    s.event('ready');
    await s.clock.advance(1_000);
    expect(s.last()).toBe('connected for 1 s · 2 events · last 16 s ago');
  });

  it('is silent once it is closed, and keeps no timer', async () => {
    const s = start();
    s.event('ready');
    s.event('end', { reason: 'done', failed: false });
    s.status.close();
    await s.clock.advance(1);
    const before = s.texts.length;
    await s.clock.advance(60_000);
    expect(s.texts.length).toBe(before);
    expect(s.stops()).toBe(1);
  });

  it('counts the connected targets if there are several', async () => {
    const s = start();
    s.event('ready', { target: 'drive:1', renewAt: s.clock.now() + 60_000 });
    s.event('ready', { target: 'drive:2', renewAt: s.clock.now() + 30_000 });
    s.event('reconnecting', { target: 'drive:3', reason: 'lost', delayMs: 10_000 });
    await s.clock.advance(1_000);
    expect(s.last()).toBe('2 of 3 connected · 0 events · renews in 29 s');
  });

  it('counts targets of the same name separately', async () => {
    const s = start();
    for (const key of ['drive:b/Reports', 'drive:b/Specs']) s.event('ready', { target: 'drive:b', key });
    await s.clock.advance(1_000);
    expect(s.last()).toBe('2 of 2 connected · 0 events');
    s.event('reconnecting', { target: 'drive:b', key: 'drive:b/Specs', reason: 'lost', delayMs: 10_000 });
    await s.clock.advance(1_000);
    expect(s.last()).toBe('1 of 2 connected · 0 events');
  });

  it('shows the progress of an enumeration, before and after connecting', async () => {
    const s = start();
    expect(s.status.progress('me', { items: 1, done: false })).toBe(true);
    await s.clock.advance(1_000);
    expect(s.last()).toBe('indexing: 1 item');
    s.event('ready');
    s.status.progress('me', { items: 12_000, done: false });
    await s.clock.advance(1_000);
    expect(s.last()).toBe('connected for 1 s · indexing: 12,000 items · 0 events');
    s.status.progress('me', { items: 12_345, done: true });
    await s.clock.advance(1_000);
    expect(s.last()).toBe('connected for 2 s · 0 events');
    s.status.progress('me', { items: 5, done: false });
    s.status.progress('drive:2', { items: 7, done: false });
    await s.clock.advance(1_000);
    expect(s.last()).toContain('indexing: 12 items');
  });

  it('leaves progress to other lines if nothing is drawn', () => {
    expect(start({ shown: false }).status.progress('me', { items: 1, done: false })).toBe(false);
  });

  it('shows the progress of a background enumeration until it is done', async () => {
    const s = start();
    s.event('ready');
    s.event('indexing', { stage: 'listing', items: 12_000, unnamed: 0, elapsedMs: 1 });
    expect(s.last()).toBe('connected for 0 ms · indexing: 12,000 items · 0 events');
    s.event('indexing', { stage: 'done', items: 12_345, unnamed: 0, elapsedMs: 1 });
    expect(s.last()).toBe('connected for 0 ms · 0 events');
    await s.clock.advance(0);
  });

  it('starts no timer if nothing is drawn', async () => {
    const s = start({ shown: false });
    await s.clock.advance(10_000);
    expect(s.clock.sleeps).toEqual([]);
    expect(s.texts).toEqual(['connecting']);
  });
});
