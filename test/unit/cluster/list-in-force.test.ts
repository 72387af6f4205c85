import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Bucket, Entry } from '../../../src/cluster/bucket.ts';
import { LIST_KEY } from '../../../src/cluster/keys.ts';
import { ListInForce } from '../../../src/cluster/list-in-force.ts';
import { publishList } from '../../../src/cluster/target-list.ts';
import { targets } from '../../support/cluster-world.ts';
import { simulatedBucket, type BucketClient, type SimulatedBucket } from '../../support/simulated-bucket.ts';
import { settle, steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

let clock: SteppedClock;
let bucket: SimulatedBucket;
let client: BucketClient;
let over: AbortController;
let lists: { revision: number; targets: number; by: string }[];

beforeEach(() => {
  clock = steppedClock();
  bucket = simulatedBucket();
  client = bucket.client();
  over = new AbortController();
  lists = [];
});

function follow(through: Bucket = client): ListInForce {
  return new ListInForce({ bucket: through, clock, member: 'self', signal: over.signal, onList: (list) => { lists.push(list); } });
}

async function published(count: number): Promise<Entry> {
  await publishList(bucket.client(), targets(count), { by: 'other', force: true });
  return bucket.newest.get(LIST_KEY)!;
}

describe('the list in force', () => {
  it('is fetched once its entry is seen', async () => {
    const list = follow();
    expect(list.known).toBeUndefined();
    const entry = await published(3);
    await list.see(entry);
    expect(lists).toEqual([{ revision: entry.revision, targets: 3, by: 'other' }]);
    expect([...list.known!.listed.values()]).toEqual(targets(3));
  });

  it('is fetched again and again while the bucket is unreachable', async () => {
    const list = follow();
    const entry = await published(3);
    client.isUnreachable = true;
    const seen = list.see(entry);
    await clock.advance(3_500);
    expect(lists).toEqual([]);
    client.isUnreachable = false;
    await clock.advance(500);
    await seen;
    expect(lists).toHaveLength(1);
  });

  it('is the newest, even if an older one arrives after it', async () => {
    let deliver = (): void => undefined;
    let isFirst = true;
    const late: Bucket = {
      ...client,
      get: async (key) => {
        const entry = await client.get(key);
        if (isFirst) {
          isFirst = false;
          await new Promise<void>((resolve) => { deliver = resolve; });
        }
        return entry;
      },
    };
    const list = follow(late);
    const older = list.see(await published(3));
    await settle();
    await list.see(await published(5));
    deliver();
    await older;
    expect(lists.map((each) => each.targets)).toEqual([5]);
    expect(list.known!.listed.size).toBe(5);
  });

  it('stays if an older entry is seen after it', async () => {
    const list = follow();
    const older = await published(3);
    await list.see(await published(5));
    await list.see(older);
    expect(list.known!.listed.size).toBe(5);
  });
});

describe('a list that is published', () => {
  it('is tried again until the bucket takes it, and given up when everything is over', async () => {
    client.isUnreachable = true;
    const list = follow();
    const first = list.publish(targets(2), { force: false });
    await clock.advance(2_500);
    client.isUnreachable = false;
    await clock.advance(1_000);
    await expect(first).resolves.toBe('published');

    client.isUnreachable = true;
    const second = list.publish(targets(4), { force: false });
    const refused = expect(second).rejects.toThrow('timeout');
    await settle();
    over.abort();
    await refused;
  });
});

describe('a bucket that is watched anew', () => {
  it('gets the known list if it has none', async () => {
    const list = follow();
    await list.see(await published(3));
    bucket.wipe();
    list.startOver();
    list.restore();
    await settle();
    expect(bucket.newest.get(LIST_KEY)).toBeDefined();
    // Its revisions are lower than those of the lost bucket.
    await list.see(await published(5));
    expect(list.known!.listed.size).toBe(5);
  });

  it('keeps its list, and costs no request if nothing is missing', async () => {
    const list = follow();
    const entry = await published(3);
    await list.see(entry);
    list.startOver();
    void list.see(entry);
    const requests: string[] = [];
    bucket.onRequest = (kind, key) => { if (key === LIST_KEY) requests.push(kind); };
    list.restore();
    await settle();
    expect(requests).toEqual([]);
    expect(bucket.newest.get(LIST_KEY)).toBe(entry);
  });

  it('gets nothing from a process that never knew a list', async () => {
    const list = follow();
    list.startOver();
    list.restore();
    await settle();
    expect(bucket.history).toEqual([]);
  });
});
