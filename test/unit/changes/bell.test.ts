import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Bell } from '../../../src/changes/bell.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';

describe('a bell', () => {
  it('is heard once, however often it was rung, for the weightiest cause', async () => {
    const bell = new Bell();
    const { signal } = new AbortController();
    bell.ring('renewed');
    bell.ring('ready');
    bell.ring('notification');
    const clock = steppedClock();
    expect(await bell.heard(1_000, clock, signal)).toBe('ready');
    bell.end();
    expect(await bell.heard(undefined, clock, signal)).toBe('over');
  });

  it.each([undefined, 1_000])('leaves nothing behind at the signal of a watch that runs for weeks (pause %p)', async (withinMs) => {
    const bell = new Bell();
    const { signal } = new AbortController();
    for (let tap = 0; tap < 3; tap += 1) {
      const heard = bell.heard(withinMs, steppedClock(), signal);
      await settle();
      bell.ring('notification');
      expect(await heard).toBe('notification');
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('is over as soon as the watch is stopped', async () => {
    const bell = new Bell();
    const watch = new AbortController();
    const heard = bell.heard(undefined, steppedClock(), watch.signal);
    watch.abort();
    expect(await heard).toBe('over');
  });
});
