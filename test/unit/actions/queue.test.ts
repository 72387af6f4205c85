import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HIGH_WATER_SIZE } from '../../../src/lib/bounded-queue.ts';
import { QUEUE_LIMIT } from '../../../src/actions/queue.ts';
import { WatchError } from '../../../src/errors.ts';
import { settle } from '../../support/stepped-clock.ts';
import { queueScene as scene } from './queue-scene.ts';
import { itemOf, notificationOf } from './support.ts';

describe('the queue of an action', () => {
  it('runs one at a time, in order', async () => {
    const { add, finish, log } = scene();
    await add('a', 'b', 'c');
    expect(log).toEqual(['run a']);
    await finish();
    await finish();
    expect(log).toEqual(['run a', 'run b', 'run c']);
  });

  it('with batch, passes everything that arrived meanwhile to one run', async () => {
    const { add, finish, log } = scene({ batch: true });
    await add('a', 'b', 'c');
    await finish();
    expect(log).toEqual(['run a', 'run b+c']);
  });

  it('with onBusy drop, drops what arrives during a run, and reports how much', async () => {
    const { add, finish, log } = scene({ onBusy: 'drop' });
    await add('a', 'b', 'c');
    await finish();
    await add('d');
    await finish();
    expect(log).toEqual(['run a', 'dropped 2, last c', 'run d']);
  });

  it('commits a checkpoint only once everything before it is handled', async () => {
    const { add, checkpoint, finish, log } = scene();
    checkpoint('nothing yet');
    await settle();
    await add('a', 'b');
    checkpoint('after b');
    await add('c');
    checkpoint('after c');
    await finish();
    expect(log).toEqual(['commit nothing yet', 'run a', 'run b']);
    await finish();
    expect(log.slice(3)).toEqual(['commit after b', 'run c']);
    await finish();
    expect(log.at(-1)).toBe('commit after c');
  });

  it('commits every checkpoint: each stores only what came since the one before', async () => {
    const { add, checkpoint, finish, log } = scene();
    await add('a');
    checkpoint('1');
    checkpoint('2');
    await finish();
    expect(log).toEqual(['run a', 'commit 1', 'commit 2']);
  });

  it('commits after a failure that was only reported', async () => {
    const { add, checkpoint, finish, log, queue } = scene();
    await add('a');
    checkpoint('after a');
    await finish({ message: 'exit code 1' });
    expect(log).toEqual(['run a', 'failed exit code 1', 'commit after a']);
    expect(queue.failed.aborted).toBe(false);
  });

  it('with fail-fast, ends at the first failure and commits nothing more', async () => {
    const { add, checkpoint, finish, log, queue } = scene({ failFast: true });
    await add('a', 'b');
    checkpoint('after b');
    await finish({ message: 'exit code 1' });
    await queue.drain();
    await add('c');
    expect(queue.undone).toBe(3);
    expect(log).toEqual(['run a', 'failed exit code 1']);
    expect(queue.failed.reason).toMatchObject({ category: 'action', message: 'exit code 1' });
  });

  it('fails with the error of a checkpoint that could not be written', async () => {
    const { queue } = scene();
    await queue.checkpoint(() => Promise.reject(new WatchError('usage', 'the disk is full')));
    await settle();
    expect(queue.failed.reason).toMatchObject({ message: 'the disk is full' });
  });

  it('makes the stream wait while the queue is full', async () => {
    const { queue, finish } = scene();
    let added = 0;
    const adding = (async () => {
      for (let n = 0; n <= QUEUE_LIMIT + 1; n += 1) {
        await queue.add(itemOf(`${n}`));
        added += 1;
      }
    })();
    await settle();
    // One runs, and the queue is full.
    expect(added).toBe(QUEUE_LIMIT);
    await finish();
    expect(added).toBe(QUEUE_LIMIT + 1);
    await finish();
    await finish();
    await adding;
  });

  it.each([{}, { batch: true }, { debounceMs: 1_000 }])('makes the stream wait once the queued events are large, however few they are (%j)', async (options) => {
    const { queue, stop, finish } = scene(options);
    const json = 'x'.repeat(HIGH_WATER_SIZE / 4);
    let added = 0;
    const adding = (async () => {
      for (let n = 0; n < 20; n += 1) {
        await queue.add({ ...itemOf(`${n}`), json });
        added += 1;
      }
    })();
    await settle();
    const first = added;
    expect(first).toBeLessThan(10);
    await finish();
    expect(added).toBeGreaterThan(first);
    stop.abort();
    await adding;
  });

  it('releases the stream when it is stopped while full, and starts nothing more', async () => {
    const { queue, stop, log } = scene();
    const adding = (async () => {
      for (let n = 0; n < QUEUE_LIMIT + 10; n += 1) await queue.add(itemOf(`${n}`));
    })();
    await settle();
    stop.abort();
    await adding;
    await queue.drain();
    expect(queue.undone).toBe(QUEUE_LIMIT + 10);
    expect(log).toEqual(['run 0', 'ended early']);
  });

  it('runs everything that is queued before it ends', async () => {
    const { add, checkpoint, finish, queue, log } = scene();
    await add('a', 'b');
    checkpoint('after b');
    let ended = false;
    const ending = queue.drain().then(() => { ended = true; });
    await finish();
    expect(ended).toBe(false);
    await finish();
    await ending;
    expect(log).toEqual(['run a', 'run b', 'commit after b']);
    expect(ended).toBe(true);
  });

  it('drains what was added before, not what others add meanwhile', async () => {
    const { add, finish, queue } = scene();
    await add('a');
    const draining = queue.drain();
    await add('b');
    await finish();
    await draining;
    expect(queue.undone).toBe(1);
  });
});

describe('a debounced queue', () => {
  it('waits for a pause, then passes on each item\'s last event', async () => {
    const { add, clock, finish, log, queue } = scene({ debounceMs: 1_000 });
    await queue.add(itemOf('a', { change: 'created' }));
    await clock.advance(900);
    await add('b', 'a');
    await clock.advance(900);
    expect(log).toEqual([]);
    await clock.advance(100);
    await finish();
    await finish();
    expect(log).toEqual(['run b', 'run a']);
  });

  it('with batch, passes the whole burst to one run', async () => {
    const { add, clock, log } = scene({ debounceMs: 1_000, batch: true });
    await add('a', 'b', 'a', 'c');
    await clock.advance(1_000);
    expect(log).toEqual(['run b+a+c']);
  });

  it('reduces many notifications to one, since none says what changed', async () => {
    const { queue, clock, log } = scene({ debounceMs: 1_000 });
    for (let n = 0; n < 5; n += 1) await queue.add(notificationOf(n));
    await clock.advance(1_000);
    expect(log).toEqual(['run notification']);
  });

  it('does not wait forever for a drive that is never quiet', async () => {
    const { add, clock, log } = scene({ debounceMs: 1_000, batch: true });
    for (let n = 0; n < 11; n += 1) {
      await add('a');
      await clock.advance(990);
    }
    expect(log).toEqual(['run a']);
  });

  it('does not wait for a pause once it drains', async () => {
    const { add, queue, log } = scene({ debounceMs: 60_000, free: true });
    await add('a', 'b');
    await queue.drain();
    expect(log).toEqual(['run a', 'run b']);
  });

  it('commits no checkpoint before the pause, and is not delayed by one', async () => {
    const { add, checkpoint, clock, finish, log } = scene({ debounceMs: 1_000 });
    await add('a');
    await clock.advance(600);
    checkpoint('after a');
    await clock.advance(399);
    expect(log).toEqual([]);
    await clock.advance(1);
    await finish();
    expect(log).toEqual(['run a', 'commit after a']);
  });

  it('drops only during a run, not during a pause', async () => {
    const { add, clock, finish, log } = scene({ debounceMs: 1_000, onBusy: 'drop' });
    await add('a', 'b');
    await clock.advance(1_000);
    await add('c');
    await finish();
    await add('d');
    await finish();
    expect(log).toEqual(['run a', 'dropped 1, last c', 'run b', 'dropped 1, last d']);
  });
});

describe('any queue', () => {
  it('passes on every event exactly once and in order, and commits only what is handled, in whatever order things happen', async () => {
    const step = fc.oneof({ weight: 3, arbitrary: fc.constant<'event' | 'checkpoint' | 'finish'>('event') }, fc.constant<'checkpoint'>('checkpoint'), { weight: 2, arbitrary: fc.constant<'finish'>('finish') });
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.boolean(), async (steps, batch) => {
      const { add, checkpoint, finish, log, queue } = scene({ batch });
      let events = 0;
      for (const one of steps) {
        if (one === 'event') await add(`${(events += 1)}`);
        else if (one === 'checkpoint') checkpoint(`${events}`);
        else await finish();
      }
      const ending = queue.drain();
      for (let n = 0; n <= events; n += 1) await finish();
      await ending;
      const ran: string[] = [];
      for (const line of log) {
        const [what, which = ''] = line.split(' ');
        if (what === 'run') ran.push(...which.split('+'));
        else expect(ran.length).toBeGreaterThanOrEqual(Number(which));
      }
      expect(ran).toEqual(Array.from({ length: events }, (_value, index) => `${index + 1}`));
    }), { numRuns: 60 });
  });
});

describe('a forgotten stream', () => {
  it('has none of its queued events handled and none of its checkpoints committed', async () => {
    const { queue, log, finish } = scene();
    const [stream, other] = [{}, {}];
    for (const [id, of] of [['a', stream], ['b', stream], ['c', other]] as const) void queue.add(itemOf(id), { stream: of, before: undefined });
    for (const [label, of] of [['old', stream], ['other', other]] as const) void queue.checkpoint(() => Promise.resolve(void log.push(`commit ${label}`)), of);
    queue.forget(stream);
    await finish();
    await finish();
    expect(log).toEqual(['run a', 'run c', 'commit other']);
  });

  it('has no run at the end of the pause if nothing else waits', async () => {
    const { queue, clock, log } = scene({ debounceMs: 1_000, free: true });
    const stream = {};
    void queue.add(itemOf('a'), { stream, before: undefined });
    await clock.advance(500);
    queue.forget(stream);
    await clock.advance(1_000);
    expect([log, queue.undone]).toEqual([[], 0]);
  });

  it('has no run in the middle of a pause if only checkpoints are left', async () => {
    const { queue, clock, log, checkpoint } = scene({ debounceMs: 1_000, free: true });
    const stream = {};
    void queue.add(itemOf('a'), { stream, before: undefined });
    checkpoint('other');
    await clock.advance(500);
    const drained = queue.drain();
    queue.forget(stream);
    await drained;
    expect(log).toEqual(['commit other']);
  });
});

describe('a stream that another process may have taken over', () => {
  /** A stream whose process is unsure whether it still has it; `decide` says whether it does. */
  function unsure() {
    const waiting: ((held: boolean) => void)[] = [];
    const stream = { held: false, untilHeld: () => new Promise<boolean>((resolve) => { waiting.push(resolve); }) };
    return {
      origin: { stream, before: undefined },
      decide: async (held: boolean): Promise<void> => {
        stream.held = held;
        for (const resolve of waiting.splice(0)) resolve(held);
        await settle();
      },
    };
  }

  it.each([{}, { batch: true }, { debounceMs: 1_000 }])('runs nothing for its events until it is certain that no other process has them (%j)', async (options) => {
    const { queue, clock, log } = scene({ ...options, free: true });
    const { origin, decide } = unsure();
    await queue.add(itemOf('a'), origin);
    await queue.add(itemOf('b'), origin);
    await clock.advance(1_000);
    expect([log, queue.undone]).toEqual([[], 2]);
    await decide(true);
    await clock.advance(1_000);
    expect(log).toEqual('batch' in options ? ['run a+b'] : ['run a', 'run b']);
  });

  it('runs and commits nothing if another process has taken it over; others continue', async () => {
    const { queue, log, add } = scene({ free: true });
    const { origin, decide } = unsure();
    for (const id of ['a', 'b']) await queue.add(itemOf(id), origin);
    void queue.checkpoint(() => Promise.resolve(void log.push('commit')), origin.stream);
    await add('c');
    expect(log).toEqual([]);
    await decide(false);
    expect([log, queue.undone]).toEqual([['run c'], 0]);
  });

  it('is asked again after each run: the process may have been suspended meanwhile', async () => {
    const { queue, log, finish } = scene();
    const { origin, decide } = unsure();
    origin.stream.held = true;
    for (const id of ['a', 'b']) await queue.add(itemOf(id), origin);
    origin.stream.held = false;
    await finish();
    expect(log).toEqual(['run a']);
    await decide(true);
    expect(log).toEqual(['run a', 'run b']);
  });

  it('and is forgotten meanwhile has nothing run', async () => {
    const { queue, log } = scene({ free: true });
    const { origin, decide } = unsure();
    await queue.add(itemOf('a'), origin);
    queue.forget(origin.stream);
    await decide(true);
    expect([log, queue.undone]).toEqual([[], 0]);
  });

  it('with debounce, has only the last event of an item passed on, also of those that came meanwhile, and with onBusy drop has none dropped', async () => {
    const { queue, clock, log } = scene({ debounceMs: 1_000, batch: true, onBusy: 'drop', free: true });
    const { origin, decide } = unsure();
    await queue.add(itemOf('a'), origin);
    await clock.advance(1_000);
    for (const id of ['b', 'a']) await queue.add(itemOf(id), origin);
    await decide(true);
    await clock.advance(1_000);
    expect(log).toEqual(['run b+a']);
  });

  it('does not keep the end of the watch waiting', async () => {
    const { queue, stop, log } = scene();
    await queue.add(itemOf('a'), unsure().origin);
    stop.abort();
    await queue.drain();
    expect([log, queue.undone]).toEqual([[], 1]);
  });
});
