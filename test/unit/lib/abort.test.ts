import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { linked } from '../../../src/lib/abort.ts';

describe('a linked signal', () => {
  it('aborts with the first of its sources, and with its reason', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const { signal } = linked(one.signal, other.signal);
    const reason = new Error('enough');
    other.abort(reason);
    one.abort();
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(reason);
  });

  it('is aborted from the start if a source is', () => {
    expect(linked(new AbortController().signal, AbortSignal.abort('early')).signal.reason).toBe('early');
  });

  it('leaves no listener on its sources, whether released or aborted', () => {
    const longLived = new AbortController();
    for (let n = 0; n < 100; n += 1) {
      const short = new AbortController();
      const { release } = linked(longLived.signal, short.signal);
      if (n % 2 === 0) release();
      else short.abort();
    }
    expect(getEventListeners(longLived.signal, 'abort')).toHaveLength(0);
  });

  it('does not abort once it is released', () => {
    const source = new AbortController();
    const { signal, release } = linked(source.signal);
    release();
    source.abort();
    expect(signal.aborted).toBe(false);
  });
});
