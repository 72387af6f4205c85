import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EventSource, WatchEvent } from '../../../src/events.ts';
import { settle } from '../../support/stepped-clock.ts';
import { queueScene } from './queue-scene.ts';
import { changeOf } from './support.ts';

type Options = Parameters<typeof queueScene>[0];

/** A queue, and streams of changes that go through it. */
function scene(options: Options = {}) {
  const it = queueScene(options);
  const streams = new Map<string, EventSource & { last: WatchEvent | undefined }>();
  const of = (name: string) => {
    const stream = streams.get(name) ?? { last: undefined };
    streams.set(name, stream);
    return stream;
  };
  return {
    ...it,
    /** Adds changes to a stream; `a1` and `a2` both change the item `a`. */
    send: async (name: string, ...changes: string[]): Promise<void> => {
      const stream = of(name);
      for (const change of changes) {
        const event = changeOf(change.slice(0, 1), { target: name }, { eTag: change });
        void it.queue.add({ event, json: '{}' }, { stream, before: stream.last });
        stream.last = event;
      }
      await settle();
    },
    /** The last change of a stream that is handled, or undefined. */
    done: (name: string): string | undefined => {
      const event = it.queue.doneUpTo(of(name), of(name).last);
      return event?.type === 'change' ? event.item.eTag : undefined;
    },
    end: async (): Promise<void> => {
      it.stop.abort();
      await it.queue.drain();
    },
  };
}

describe('how far a stream has been handled', () => {
  it('is undefined at first, then the last change whose run has finished', async () => {
    const { send, done, finish } = scene();
    expect(done('me')).toBeUndefined();
    await send('me', 'a1', 'b1');
    expect(done('me')).toBeUndefined();
    await finish();
    expect(done('me')).toBe('a1');
    await finish();
    expect(done('me')).toBe('b1');
  });

  it('stops before a failure that ends the watch, and moves past one that is only reported', async () => {
    for (const [failFast, wanted] of [[true, 'a1'], [false, 'b1']] as const) {
      const { send, done, finish, queue } = scene({ failFast });
      await send('me', 'a1', 'b1', 'c1');
      await finish();
      await finish({ message: 'no' });
      expect(done('me')).toBe(wanted);
      expect(queue.undone).toBe(failFast ? 2 : 1);
    }
  });

  it('stops before a run that the end of the watch cut short, and includes one that finished anyway', async () => {
    const killed = scene();
    await killed.send('me', 'a1', 'b1');
    await killed.finish();
    await killed.end();
    expect(killed.done('me')).toBe('a1');
    const finished = scene({ free: true });
    await finished.send('me', 'a1', 'b1');
    await finished.end();
    await finished.send('me', 'c1');
    expect([finished.done('me'), finished.queue.undone]).toEqual(['b1', 1]);
  });

  it('stops before a batch that did not finish', async () => {
    const { send, done, finish, end } = scene({ batch: true });
    await send('me', 'a1', 'b1', 'c1');
    await finish();
    await end();
    expect(done('me')).toBe('a1');
  });

  it('includes changes that were dropped', async () => {
    const { send, done, finish } = scene({ onBusy: 'drop' });
    await send('me', 'a1', 'b1');
    expect(done('me')).toBeUndefined();
    await finish();
    expect(done('me')).toBe('b1');
  });

  it('stops before a change that a later one replaced, until the later one is handled', async () => {
    const { send, done, clock, checkpoint, finish, log } = scene({ debounceMs: 1_000 });
    await send('me', 'z1', 'a1');
    checkpoint('1');
    await send('me', 'b1', 'a2');
    checkpoint('2');
    await clock.advance(1_000);
    await finish();
    await finish();
    expect(log).toEqual(['run z', 'run b', 'run a']);
    expect(done('me')).toBe('z1');
    await finish();
    expect(done('me')).toBe('a2');
    expect(log.slice(3)).toEqual(['commit 1', 'commit 2']);
  });

  it('is tracked for each stream separately', async () => {
    const { send, done, finish, end } = scene();
    await send('one', 'a1');
    await send('two', 'b1');
    await send('one', 'c1');
    await finish();
    await finish();
    await end();
    expect([done('one'), done('two')]).toEqual(['a1', 'b1']);
  });

  it('never passes a change that was not handled, in whatever order things happen', async () => {
    const step = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c') }, { weight: 2, arbitrary: fc.constantFrom('finish', 'pause') });
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.boolean(), fc.constantFrom(undefined, 1_000), async (steps, batch, debounceMs) => {
      const { send, done, finish, clock, log } = scene({ batch, debounceMs });
      const sent: string[] = [];
      for (const one of steps) {
        if (one === 'finish') await finish();
        else if (one === 'pause') await clock.advance(1_000);
        else await send('me', one + `${sent.push(one)}`);
        const runs = log.flatMap((line) => (line.startsWith('run ') ? [line.slice(4).split('+')] : []));
        const reached = Number((done('me') ?? 'x0').slice(1));
        // Every item up to there has had a run.
        const acted = new Set(runs.flat());
        expect(sent.slice(0, reached).filter((item) => !acted.has(item))).toEqual([]);
      }
      for (let n = 0; n <= sent.length; n += 1) {
        await clock.advance(10_000);
        await finish();
      }
      expect(done('me')).toBe(sent.length === 0 ? undefined : `${sent.at(-1)}${sent.length}`);
    }), { numRuns: 60 });
  });
});
