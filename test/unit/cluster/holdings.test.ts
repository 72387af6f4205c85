import { getEventListeners } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Bucket } from '../../../src/cluster/bucket.ts';
import { Holdings } from '../../../src/cluster/holdings.ts';
import { targetKey } from '../../../src/cluster/keys.ts';
import { LeaseLost, type Lease } from '../../../src/cluster/lease.ts';
import { Membership } from '../../../src/cluster/membership.ts';
import { readTarget, type TargetRecord } from '../../../src/cluster/records.ts';
import { Roster } from '../../../src/cluster/roster.ts';
import { keyOfListed, type ListedTarget } from '../../../src/cluster/target-list.ts';
import { historyFaults, LEASE_MS, targets } from '../../support/cluster-world.ts';
import { simulatedBucket, type SimulatedBucket, type BucketClient } from '../../support/simulated-bucket.ts';
import { settle, steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

const LISTED = new Map<string, ListedTarget>(targets(40).map((listed) => [keyOfListed(listed), listed]));

let clock: SteppedClock;
let bucket: SimulatedBucket;
let client: BucketClient;
let membership: Membership;
let holdings: Holdings;
let taken: Lease[];
/** The updates that the bucket has not answered yet, and the most at any one time. */
let [underWay, most] = [0, 0];

beforeEach(async () => {
  clock = steppedClock();
  bucket = simulatedBucket();
  client = bucket.client();
  taken = [];
  [underWay, most] = [0, 0];
  const slow: Bucket = {
    get: (key) => client.get(key), create: (key, value) => client.create(key, value), delete: (key, revision) => client.delete(key, revision),
    forget: (keys) => client.forget(keys), each: (prefix, onEntry) => client.each(prefix, onEntry), watch: (filter, signal, onEntry) => client.watch(filter, signal, onEntry),
    async update(key, value, revision) {
      underWay += 1;
      most = Math.max(most, underWay);
      await clock.sleep(1);
      return client.update(key, value, revision).finally(() => { underWay -= 1; });
    },
  };
  const roster = new Roster();
  membership = new Membership({
    bucket: slow, roster, name: 'a', generation: 1, drained: false, leaseMs: LEASE_MS, clock, monotonic: clock.now, random: () => 0.5,
    load: () => ({ targets: 0, failed: 0, released: 0 }), onUnsure: () => undefined, onSure: () => undefined, onDraining: () => undefined,
  });
  holdings = new Holdings({ bucket: slow, membership, roster, clock, onTaken: (lease) => { taken.push(lease); }, onSettled: () => undefined });
  await membership.join(new AbortController().signal);
  holdings.want(LISTED, () => 'not wanted');
  await settle();
  expect(taken).toHaveLength(LISTED.size);
});

const recordOf = (lease: Lease): TargetRecord => readTarget(bucket.newest.get(targetKey(keyOfListed(lease.listed)))!.value!);
const stateOf = (lease: Lease): string => recordOf(lease).state;

/** Whether Node has warned of too many listeners: a test cannot see what it prints. */
function wasWarnedOf(signal: AbortSignal): unknown {
  const mark = Object.getOwnPropertySymbols(signal).find(({ description }) => description === 'events.maxEventTargetListenersWarned');
  expect(mark).toBeDefined();
  return Reflect.get(signal, mark!);
}

describe('the targets of a member', () => {
  it('record their state a few at a time, so that a position need not wait for all of them', async () => {
    for (const lease of taken) lease.note('ready');
    const said = holdings.flush();
    await settle();
    const position = taken.at(-1)!.commit({ cursor: 'c', at: 1, drive: 'd' });
    await clock.advance(1);
    await position;
    expect(taken.filter((lease) => stateOf(lease) === 'ready').length).toBeLessThan(20);
    await clock.advance(10);
    await said;
    expect(taken.map(stateOf)).toEqual(taken.map(() => 'ready'));
    expect(most).toBeLessThanOrEqual(8 + 1);
    // Each once.
    expect(bucket.history.filter(({ key }) => key.startsWith('target.'))).toHaveLength(2 * LISTED.size);
  });

  it('are given up one after the other, with no listener left on the limit\'s signal', async () => {
    const limit = new AbortController();
    const over = holdings.giveUpAll('stopped', limit.signal);
    for (const lease of taken) {
      expect(lease.leave.reason).toEqual(new Error('stopped'));
      void lease.release();
      await clock.advance(1);
      expect(getEventListeners(limit.signal, 'abort').length).toBeLessThanOrEqual(1);
    }
    await over;
    expect(holdings.size).toBe(0);
    expect(getEventListeners(limit.signal, 'abort')).toEqual([]);
  });

  it('are no longer waited for when the limit is reached', async () => {
    const limit = new AbortController();
    const over = holdings.giveUpAll('stopped', limit.signal);
    limit.abort();
    await over;
    expect(holdings.size).toBe(LISTED.size);
  });

  it('and are retried after they failed while the bucket was unreachable keep the position of the retry', async () => {
    const [old] = taken;
    const first = old!.commit({ cursor: '1', at: 1, drive: 'd' });
    await clock.advance(1);
    await first;
    client.isUnreachable = true;
    old!.failed('no such drive');
    await clock.advance(500);
    client.isUnreachable = false;
    holdings.revive();
    const again = taken.at(-1)!;
    expect([taken.length, again.listed, again.stored]).toEqual([LISTED.size + 1, old!.listed, { cursor: '1', at: 1, drive: 'd' }]);
    const second = again.commit({ cursor: '2', at: 2, drive: 'd' });
    await clock.advance(2_000);
    await second;
    expect(historyFaults(bucket)).toEqual([]);
    expect(recordOf(again)).toMatchObject({ owner: membership.id, state: 'starting', position: { at: 2 } });
    expect([old!.held, again.held, again.lost.aborted]).toEqual([false, true, false]);
  });

  it('and are retried wait for a write that waits behind another one, too', async () => {
    const [old] = taken;
    const first = old!.commit({ cursor: '1', at: 1, drive: 'd' });
    await clock.advance(1);
    await first;
    client.isUnreachable = true;
    // One write is under way, and another waits for it.
    void old!.commit({ cursor: '2', at: 2, drive: 'd' }).catch(() => undefined);
    await clock.advance(1);
    old!.failed('no such drive');
    await clock.advance(500);
    holdings.revive();
    const again = taken.at(-1)!;
    const newest = again.commit({ cursor: '3', at: 3, drive: 'd' });
    client.isUnreachable = false;
    // The second write from here on, that of the failure, is lost once, and tried again later.
    let writes = 0;
    bucket.onRequest = (kind) => {
      if (kind !== 'write') return;
      writes += 1;
      if (writes === 2) client.faults.push('request-lost');
    };
    await clock.advance(5_000);
    await newest;
    expect(historyFaults(bucket)).toEqual([]);
    expect(recordOf(again)).toMatchObject({ owner: membership.id, state: 'starting', position: { at: 3 } });
  });

  it('and are retried are no longer those of the watch that failed, which gives nothing up', async () => {
    const [old] = taken;
    old!.failed('no such drive');
    await clock.advance(1);
    expect(stateOf(old!)).toBe('failed');
    holdings.revive();
    expect(old!.leave.aborted).toBe(true);
    await old!.release();
    await clock.advance(1);
    expect([holdings.size, holdings.released, recordOf(old!).owner]).toEqual([LISTED.size, 0, membership.id]);
    await expect(old!.commit({ cursor: '1', at: 1, drive: 'd' })).rejects.toThrow(LeaseLost);
  });

  it('all wait for an unreachable bucket without a warning of too many listeners', async () => {
    client.isUnreachable = true;
    const commits = taken.map((lease) => lease.commit({ cursor: 'c', at: 1, drive: 'd' }));
    await clock.advance(500);
    const waiting = getEventListeners(membership.over, 'abort').length;
    expect(waiting).toBeGreaterThan(20);
    expect(wasWarnedOf(membership.over)).toBe(false);
    client.isUnreachable = false;
    await clock.advance(2_000);
    await Promise.all(commits);
    expect(getEventListeners(membership.over, 'abort').length).toBeLessThan(3);
  });
});
