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
    /** The next changes of a stream; `a1` and `a2` are about the item `a`. */
    tell: async (name: string, ...changes: string[]): Promise<void> => {
      const stream = of(name);
      for (const change of changes) {
        const event = changeOf(change.slice(0, 1), { target: name }, { eTag: change });
        void it.queue.add({ event, json: '{}' }, { stream, before: stream.last });
        stream.last = event;
      }
      await settle();
    },
    /** How far a stream is done with. */
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

describe('how far a stream is done with', () => {
  it('is the end of it where all was acted on, and nothing where nothing was', async () => {
    const { tell, done, finish } = scene();
    expect(done('me')).toBeUndefined();
    await tell('me', 'a1', 'b1');
    expect(done('me')).toBeUndefined();
    await finish();
    expect(done('me')).toBe('a1');
    await finish();
    expect(done('me')).toBe('b1');
  });

  it('is before what ended everything by its failure, and after a failure that was only reported', async () => {
    for (const [failFast, wanted] of [[true, 'a1'], [false, 'b1']] as const) {
      const { tell, done, finish, queue } = scene({ failFast });
      await tell('me', 'a1', 'b1', 'c1');
      await finish();
      await finish({ message: 'no' });
      expect(done('me')).toBe(wanted);
      expect(queue.undone).toBe(failFast ? 2 : 1);
    }
  });

  it('is before what the end of the watch has cut short, and behind what was finished all the same', async () => {
    const killed = scene();
    await killed.tell('me', 'a1', 'b1');
    await killed.finish();
    await killed.end();
    expect(killed.done('me')).toBe('a1');
    const finished = scene({ free: true });
    await finished.tell('me', 'a1', 'b1');
    await finished.end();
    await finished.tell('me', 'c1');
    expect([finished.done('me'), finished.queue.undone]).toEqual(['b1', 1]);
  });

  it('is before all of a batch that was not finished', async () => {
    const { tell, done, finish, end } = scene({ batch: true });
    await tell('me', 'a1', 'b1', 'c1');
    await finish();
    await end();
    expect(done('me')).toBe('a1');
  });

  it('is behind what was dropped', async () => {
    const { tell, done, finish } = scene({ onBusy: 'drop' });
    await tell('me', 'a1', 'b1');
    expect(done('me')).toBeUndefined();
    await finish();
    expect(done('me')).toBe('b1');
  });

  it('is before what another change has replaced until that one is acted on', async () => {
    const { tell, done, clock, checkpoint, finish, log } = scene({ debounceMs: 1_000 });
    await tell('me', 'z1', 'a1');
    checkpoint('1');
    await tell('me', 'b1', 'a2');
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

  it('is reported for each stream separately', async () => {
    const { tell, done, finish, end } = scene();
    await tell('one', 'a1');
    await tell('two', 'b1');
    await tell('one', 'c1');
    await finish();
    await finish();
    await end();
    expect([done('one'), done('two')]).toEqual(['a1', 'b1']);
  });

  it('is never behind a change that was not acted on, whatever happens when', async () => {
    const step = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c') }, { weight: 2, arbitrary: fc.constantFrom('finish', 'pause') });
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.boolean(), fc.constantFrom(undefined, 1_000), async (steps, batch, debounceMs) => {
      const { tell, done, finish, clock, log } = scene({ batch, debounceMs });
      const told: string[] = [];
      for (const one of steps) {
        if (one === 'finish') await finish();
        else if (one === 'pause') await clock.advance(1_000);
        else await tell('me', one + `${told.push(one)}`);
        const runs = log.flatMap((line) => (line.startsWith('run ') ? [line.slice(4).split('+')] : []));
        const reached = Number((done('me') ?? 'x0').slice(1));
        // Of every item up to there, there was a run.
        const acted = new Set(runs.flat());
        expect(told.slice(0, reached).filter((item) => !acted.has(item))).toEqual([]);
      }
      for (let n = 0; n <= told.length; n += 1) {
        await clock.advance(10_000);
        await finish();
      }
      expect(done('me')).toBe(told.length === 0 ? undefined : `${told.at(-1)}${told.length}`);
    }), { numRuns: 60 });
  });
});
