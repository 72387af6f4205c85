import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { TapSignal } from '../../../src/changes/tap-signal.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';

describe('a bell', () => {
  it('is heard once, however often it was rung, for the weightiest cause', async () => {
    const bell = new TapSignal();
    const { signal } = new AbortController();
    bell.raise('renewed');
    bell.raise('ready');
    bell.raise('notification');
    const clock = steppedClock();
    expect(await bell.next(1_000, clock, signal)).toBe('ready');
    bell.end();
    expect(await bell.next(undefined, clock, signal)).toBe('over');
  });

  it.each([undefined, 1_000])('leaves nothing behind at the signal of a watch that runs for weeks (pause %p)', async (withinMs) => {
    const bell = new TapSignal();
    const { signal } = new AbortController();
    for (let tap = 0; tap < 3; tap += 1) {
      const heard = bell.next(withinMs, steppedClock(), signal);
      await settle();
      bell.raise('notification');
      expect(await heard).toBe('notification');
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('is over as soon as the watch is stopped', async () => {
    const bell = new TapSignal();
    const watch = new AbortController();
    const heard = bell.next(undefined, steppedClock(), watch.signal);
    watch.abort();
    expect(await heard).toBe('over');
  });
});
