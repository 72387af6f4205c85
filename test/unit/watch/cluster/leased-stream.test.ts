import { describe, expect, it } from '@jest/globals';
import { LeaseLost } from '../../../../src/cluster/lease.ts';
import type { CheckpointEvent, WatchEvent } from '../../../../src/events.ts';
import { BoundedQueue } from '../../../../src/lib/bounded-queue.ts';
import { leasedStream } from '../../../../src/watch/cluster/leased-stream.ts';
import { fakeLease } from '../../../support/fake-lease.ts';
import { change, checkpoint } from '../../../support/session-scene.ts';
import { settle } from '../../../support/stepped-clock.ts';

/** A leased stream of events from the test, read as they come. */
function scene() {
  const lease = fakeLease({ target: 'me' });
  const queue = new BoundedQueue<WatchEvent>();
  const over = new AbortController();
  async function* events(): AsyncGenerator<WatchEvent, void, undefined> {
    yield* queue;
  }
  const settled: WatchEvent[] = [];
  const stream = leasedStream({
    events: events(),
    settle: (last) => (lease.lost.aborted ? Promise.reject(new LeaseLost('gone')) : Promise.resolve(void settled.push(last))),
    close: () => Promise.resolve(),
  }, lease, over.signal);
  const seen: WatchEvent[] = [];
  let isOver = false;
  const reading = (async () => {
    for await (const event of stream.events) seen.push(event);
    isOver = true;
  })();
  return { lease, queue, over, stream, settled, reading, ids: () => seen.map((event) => (event.type === 'change' ? event.item.id : event.type)), seen, isOver: () => isOver };
}

describe('the stream of a leased target', () => {
  it('waits while it is uncertain who owns the target, and continues once that is certain', async () => {
    const s = scene();
    s.queue.put(change('a'));
    await settle();
    s.lease.doubt();
    s.queue.put(change('b'));
    await settle();
    expect([s.ids(), s.stream.held]).toEqual([['a'], false]);
    s.lease.confirm();
    await settle();
    expect([s.ids(), s.stream.held, s.isOver()]).toEqual([['a', 'b'], true, false]);
    s.queue.end();
    await s.reading;
  });

  it('ends without another event once the lease is lost', async () => {
    const s = scene();
    s.lease.doubt();
    s.queue.put(change('a'));
    await settle();
    s.lease.lose();
    await s.reading;
    expect(s.ids()).toEqual([]);
    expect(s.stream.onLost?.aborted).toBe(true);
    expect(await s.stream.untilHeld?.()).toBe(false);
  });

  it('no longer waits for certainty when the watch is over', async () => {
    const s = scene();
    s.lease.doubt();
    s.queue.put(change('a'));
    await settle();
    s.over.abort();
    await s.reading;
    expect(s.ids()).toEqual([]);
  });

  it('moves no position of a lost target, which is not a failure', async () => {
    const s = scene();
    s.queue.put({ ...checkpoint(() => undefined), commit: () => s.lease.commit({ cursor: 'c2', at: 0, drive: 'd' }) });
    await settle();
    s.lease.lose();
    await (s.seen[0] as CheckpointEvent).commit();
    await s.stream.settle(change('a'));
    expect([s.lease.log, s.settled]).toEqual([[], []]);
    s.queue.end();
    await s.reading;
  });

  it('fails if a checkpoint fails for any other reason', async () => {
    const s = scene();
    s.queue.put({ ...checkpoint(() => undefined), commit: () => Promise.reject(new Error('disk full')) });
    await settle();
    await expect((s.seen[0] as CheckpointEvent).commit()).rejects.toThrow('disk full');
    s.queue.end();
    await s.reading;
  });
});
