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
      const either = linked(longLived.signal, short.signal);
      if (n % 3 === 0) either.release();
      else if (n % 3 === 1) short.abort();
      else {
        either.abort();
        either.release();
      }
    }
    expect(getEventListeners(longLived.signal, 'abort')).toHaveLength(0);
  });

  it('does not abort once it is released', () => {
    const source = new AbortController();
    const following = linked(source.signal);
    following.release();
    source.abort();
    expect(following.signal.aborted).toBe(false);
  });

  it('aborts alone when it is told to', () => {
    const source = new AbortController();
    const following = linked(source.signal);
    following.abort();
    expect([following.signal.aborted, source.signal.aborted]).toEqual([true, false]);
  });
});
