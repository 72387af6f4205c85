import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { TapSignal } from '../../../src/changes/tap-signal.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';

describe('a tap signal', () => {
  it('is taken once, however often it was raised, with its most important cause', async () => {
    const taps = new TapSignal();
    const { signal } = new AbortController();
    taps.raise('renewed');
    taps.raise('ready');
    taps.raise('notification');
    const clock = steppedClock();
    expect([await taps.wait(1_000, clock, signal), taps.take(), taps.take()]).toEqual(['tap', 'ready', undefined]);
    taps.end();
    expect(await taps.wait(undefined, clock, signal)).toBe('over');
  });

  it('can still be taken after its end', async () => {
    const taps = new TapSignal();
    taps.raise('notification');
    taps.end();
    const { signal } = new AbortController();
    expect([await taps.wait(undefined, steppedClock(), signal), taps.take(), await taps.wait(undefined, steppedClock(), signal)]).toEqual(['tap', 'notification', 'over']);
  });

  it.each([undefined, 1_000])('leaves no listener on the signal of a watch that runs for weeks (pause %p)', async (withinMs) => {
    const taps = new TapSignal();
    const { signal } = new AbortController();
    for (let tap = 0; tap < 3; tap += 1) {
      const waiting = taps.wait(withinMs, steppedClock(), signal);
      await settle();
      taps.raise('notification');
      expect([await waiting, taps.take()]).toEqual(['tap', 'notification']);
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('is over as soon as the watch is stopped', async () => {
    const taps = new TapSignal();
    const watch = new AbortController();
    const waiting = taps.wait(undefined, steppedClock(), watch.signal);
    watch.abort();
    expect(await waiting).toBe('over');
  });
});
