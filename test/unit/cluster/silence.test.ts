import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Entry } from '../../../src/cluster/bucket.ts';
import { memberKey } from '../../../src/cluster/keys.ts';
import { encode } from '../../../src/cluster/records.ts';
import { Roster } from '../../../src/cluster/roster.ts';
import { giveUpSilent } from '../../../src/cluster/silence.ts';
import { simulatedBucket, type BucketClient, type SimulatedBucket } from '../../support/simulated-bucket.ts';
import { steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

const LEASE_MS = 15_000;
const KEY = memberKey('b.1');

let clock: SteppedClock;
let bucket: SimulatedBucket;
let client: BucketClient;
let roster: Roster;
let self: { id: string; held: boolean };
let seen: Entry[];
let over: AbortController;

const heartbeat = (): Uint8Array => encode({ name: 'b', generation: 1, leaseMs: LEASE_MS, draining: false, targets: 0, failed: 0, released: 0 });

beforeEach(async () => {
  clock = steppedClock();
  const epoch = clock.now();
  const monotonic = (): number => clock.now() - epoch;
  bucket = simulatedBucket();
  client = bucket.client();
  roster = new Roster();
  self = { id: 'a.1', held: true };
  seen = [];
  over = new AbortController();
  await bucket.client().create(KEY, heartbeat());
  roster.see(bucket.newest.get(KEY)!, 0);
  void giveUpSilent({
    bucket: client, leaseMs: LEASE_MS, clock, monotonic, roster, membership: () => self,
    see: (entry) => {
      seen.push(entry);
      roster.see(entry, monotonic());
    },
  }, over.signal);
});

const isThere = (): boolean => bucket.newest.get(KEY)?.value !== undefined;

describe('a member that is silent for too long', () => {
  it('is given up, and that is seen at once', async () => {
    await clock.advance(12_000);
    expect(isThere()).toBe(true);
    await clock.advance(1_000);
    expect(isThere()).toBe(false);
    expect(seen).toEqual([expect.objectContaining({ key: KEY, value: undefined })]);
    expect(roster.has('b.1')).toBe(false);
  });

  it('is not given up by one that may itself have missed its heartbeats', async () => {
    self.held = false;
    await clock.advance(60_000);
    expect(isThere()).toBe(true);
    self.held = true;
    await clock.advance(5_000);
    expect(isThere()).toBe(false);
  });

  it('is not given up if its heartbeat is only late to arrive, and that heartbeat counts', async () => {
    await bucket.client().update(KEY, heartbeat(), bucket.newest.get(KEY)!.revision);
    await clock.advance(13_000);
    expect(isThere()).toBe(true);
    expect(seen).toEqual([bucket.newest.get(KEY)]);
    await clock.advance(12_000);
    expect(isThere()).toBe(true);
    await clock.advance(5_000);
    expect(isThere()).toBe(false);
  });

  it('counts as gone if another member gave it up first', async () => {
    await bucket.client().delete(KEY, bucket.newest.get(KEY)!.revision);
    await clock.advance(13_000);
    expect(roster.has('b.1')).toBe(false);
  });

  it('is given up later if the bucket cannot be reached', async () => {
    client.isUnreachable = true;
    await clock.advance(20_000);
    expect(seen).toEqual([]);
    expect(roster.has('b.1')).toBe(true);
    client.isUnreachable = false;
    await clock.advance(5_000);
    expect(isThere()).toBe(false);
  });

  it('is left alone once everything is over', async () => {
    over.abort();
    await clock.advance(60_000);
    expect(isThere()).toBe(true);
  });
});
