import { describe, expect, it } from '@jest/globals';
import { summary } from '../../../src/watch/summary.ts';
import type { WatchEvent } from '../../../src/events.ts';
import { steppedClock } from '../../support/stepped-clock.ts';

const event = (type: WatchEvent['type']): WatchEvent => ({ type, time: 0, target: 'me', reason: '', message: '', data: 1 }) as unknown as WatchEvent;

describe('the summary', () => {
  it('counts events and reconnects, and shows the duration', async () => {
    const clock = steppedClock();
    const tally = summary(clock, ['notification']);
    expect(tally.line()).toBe('0 events in 0 ms, no reconnects');
    expect(tally.connected).toBe(false);
    for (const type of ['ready', 'notification', 'warning', 'renewed'] as const) tally.note(event(type));
    await clock.advance(65_000);
    expect(tally.line()).toBe('1 event in 1 m 05 s, no reconnects');
    for (const type of ['reconnecting', 'reconnecting', 'gap', 'ready', 'notification'] as const) tally.note(event(type));
    expect(tally.line()).toBe('2 events in 1 m 05 s, 1 reconnect');
    // Two gaps of one outage count as one reconnect.
    for (const type of ['gap', 'gap', 'ready', 'gap'] as const) tally.note(event(type));
    expect(tally.line()).toBe('2 events in 1 m 05 s, 2 reconnects');
    expect([tally.events, tally.connected]).toEqual([2, true]);
  });

  it('counts each target separately, and not one that starts again', () => {
    const tally = summary(steppedClock(), ['notification']);
    const of = (target: string, type: WatchEvent['type']): WatchEvent => ({ ...event(type), target });
    for (const [target, type] of [['a', 'ready'], ['b', 'ready'], ['b', 'reconnecting'], ['b', 'ready'], ['a', 'end'], ['a', 'ready']] as const) tally.note(of(target, type));
    expect(tally.line()).toContain('1 reconnect');
  });

  it('counts targets of the same name separately', () => {
    const tally = summary(steppedClock(), ['notification']);
    for (const key of ['drive:b/Reports', 'drive:b/Specs']) tally.note({ ...event('ready'), target: 'drive:b', key });
    expect(tally.line()).toContain('no reconnects');
    tally.note({ ...event('end'), target: 'drive:b', key: 'drive:b/Reports' });
    tally.note({ ...event('ready'), target: 'drive:b', key: 'drive:b/Specs' });
    expect(tally.line()).toContain('1 reconnect');
  });

  it('does not mention reconnects with --once', () => {
    const tally = summary(steppedClock(), ['change'], { once: true });
    expect(tally.line()).toBe('0 changes in 0 ms');
    tally.note(event('change'));
    expect(tally.line()).toBe('1 change in 0 ms');
  });

  it('counts changes if changes are watched', () => {
    const tally = summary(steppedClock(), ['change']);
    for (const type of ['notification', 'change', 'change'] as const) tally.note(event(type));
    expect(tally.events).toBe(2);
  });
});
