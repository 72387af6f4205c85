import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { SharedWork } from '../../../src/auth/shared-work.ts';

/** Work that ends on demand, and records the signals that it was given. */
function work() {
  const runs: { signal: AbortSignal; resolve: (value: string) => void; reject: (error: Error) => void }[] = [];
  const start = (signal: AbortSignal): Promise<string> =>
    new Promise((resolve, reject) => {
      runs.push({ signal, resolve, reject });
      signal.addEventListener('abort', () => { reject(new Error('ended')); });
    });
  return { runs, start };
}

describe('shared work', () => {
  it('runs once for all callers that wait at the same time, and again for later ones', async () => {
    const { runs, start } = work();
    const shared = new SharedWork<string>();
    const all = [shared.join(start), shared.join(start)];
    runs[0]?.resolve('a');
    expect(await Promise.all(all)).toEqual(['a', 'a']);
    const later = shared.join(start);
    runs[1]?.resolve('b');
    expect(await later).toBe('b');
    expect(runs.map(({ signal }) => signal.aborted)).toEqual([false, false]);
  });

  it('fails for all callers alike', async () => {
    const { runs, start } = work();
    const shared = new SharedWork<string>();
    const all = [shared.join(start), shared.join(start)];
    const error = new Error('no');
    runs[0]?.reject(error);
    expect(await Promise.allSettled(all)).toMatchObject([{ reason: error }, { reason: error }]);
  });

  it('continues while a caller still waits, and is aborted with the last; the next caller starts it again', async () => {
    const { runs, start } = work();
    const shared = new SharedWork<string>();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = shared.join(start, one.signal);
    const second = shared.join(start, two.signal);
    one.abort(new Error('one'));
    await expect(first).rejects.toThrow('one');
    expect(runs[0]?.signal.aborted).toBe(false);
    two.abort(new Error('two'));
    await expect(second).rejects.toThrow('two');
    expect(runs[0]?.signal.aborted).toBe(true);
    const third = shared.join(start);
    runs[1]?.resolve('c');
    expect(await third).toBe('c');
  });

  it('does not start for a caller that is already aborted, and leaves no listener on a signal', async () => {
    const { runs, start } = work();
    const shared = new SharedWork<string>();
    const reason = new Error('before');
    await expect(shared.join(start, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(runs).toEqual([]);
    const { signal } = new AbortController();
    const done = shared.join(start, signal);
    runs[0]?.resolve('a');
    await done;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
