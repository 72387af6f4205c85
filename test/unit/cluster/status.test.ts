import { beforeEach, describe, expect, it } from '@jest/globals';
import { Conflict } from '../../../src/cluster/bucket.ts';
import { memberKey, PAUSE_KEY, targetKey } from '../../../src/cluster/keys.ts';
import { encode, readMember, type MemberRecord, type TargetRecord } from '../../../src/cluster/records.ts';
import { drain, readStatus } from '../../../src/cluster/status.ts';
import { publishList } from '../../../src/cluster/target-list.ts';
import { targets } from '../../support/cluster-world.ts';
import { simulatedBucket, type SimulatedBucket, type BucketClient } from '../../support/simulated-bucket.ts';

let now: number;
let bucket: SimulatedBucket;
let client: BucketClient;
beforeEach(() => {
  now = 1_000_000;
  bucket = simulatedBucket({ now: () => now });
  client = bucket.client();
});

const member = (id: string, record: Partial<MemberRecord> = {}): Promise<number> =>
  client.create(memberKey(id), encode({ name: id.split('.')[0]!, generation: 1, leaseMs: 15_000, draining: false, targets: 0, failed: 0, released: 0, ...record }));
const target = (name: string, record: Partial<TargetRecord>): Promise<number> =>
  client.create(targetKey(name), encode({ owner: undefined, generation: 1, state: 'ready', reason: undefined, position: undefined, ...record }));

describe('the status of a cluster', () => {
  it('is empty if there is nothing yet', async () => {
    expect(await readStatus(client)).toEqual({ members: [], list: undefined, pausedMs: 0, targets: [] });
  });

  it('shows members ordered by name, and how long each has been silent, by the server\'s clock alone', async () => {
    await member('b.1', { targets: 3, failed: 1 });
    now += 4_000;
    await member('a.2', { generation: 2 });
    await member('a.1', { draining: true });
    now += 500;
    const { members } = await readStatus(client);
    expect(members.map(({ id, silentMs }) => [id, silentMs])).toEqual([['a.1', 500], ['a.2', 500], ['b.1', 4_500]]);
    expect(members[2]).toMatchObject({ name: 'b', targets: 3, failed: 1, draining: false, leaseMs: 15_000 });
    now += 1_000;
    // The mark that gives the server's time is written again.
    expect((await readStatus(client)).members[2]!.silentMs).toBe(5_500);
  });

  it('shows the owner of each listed target, and none if the owner is gone, whatever it recorded', async () => {
    await member('a.1');
    await publishList(client, targets(4), { by: 'a', force: false });
    const position = { cursor: 'c', at: 5, drive: 'd' };
    await target('drive:b!0', { owner: 'a.1', generation: 3, position });
    await target('drive:b!1', { owner: 'gone.1', generation: 2, position });
    await target('drive:b!2', { owner: 'a.1', state: 'failed', reason: 'no such drive' });
    await target('not on the list', { owner: 'a.1' });
    now += 2_000;
    const status = await readStatus(client);
    expect(status.list).toMatchObject({ by: 'a', publishedMs: 2_000 });
    expect(status.targets).toEqual([
      { listed: { target: 'drive:b!0' }, owner: 'a', generation: 3, state: 'ready', reason: undefined, position, writtenMs: 2_000 },
      { listed: { target: 'drive:b!1' }, owner: undefined, generation: 2, state: 'starting', reason: undefined, position, writtenMs: 2_000 },
      { listed: { target: 'drive:b!2' }, owner: 'a', generation: 1, state: 'failed', reason: 'no such drive', position: undefined, writtenMs: 2_000 },
      { listed: { target: 'drive:b!3' }, owner: undefined, generation: 0, state: 'starting', reason: undefined, position: undefined, writtenMs: undefined },
    ]);
  });

  it('shows what is left of a pause, and nothing once it is over', async () => {
    await client.create(PAUSE_KEY, encode({ ms: 30_000, by: 'a.1' }));
    now += 10_000;
    expect((await readStatus(client)).pausedMs).toBe(20_000);
    now += 30_000;
    expect((await readStatus(client)).pausedMs).toBe(0);
  });

  it('ignores records that no version of this program wrote', async () => {
    await client.create(memberKey('x.1'), Buffer.from('{"name":'));
    await client.create(PAUSE_KEY, Buffer.from('[]'));
    await client.create('shared.list', Buffer.from('{"hash":1}'));
    expect(await readStatus(client)).toEqual({ members: [], list: undefined, pausedMs: 0, targets: [] });
  });

  it('can be read by two at once, and fails if the bucket is unreachable', async () => {
    await member('a.1');
    const [one, other] = await Promise.all([readStatus(client), readStatus(bucket.client())]);
    expect(one).toEqual(other);
    client.isUnreachable = true;
    await expect(readStatus(client)).rejects.toThrow('timeout');
  });
});

describe('draining', () => {
  const draining = (id: string): boolean | undefined => readMember(bucket.newest.get(memberKey(id))!.value!)?.draining;

  it('marks each member of that name and no other, and can be undone', async () => {
    await member('a.1', { targets: 7 });
    await member('a.2');
    await member('ab.1');
    expect(await drain(client, 'a', true)).toBe(2);
    expect(['a.1', 'a.2', 'ab.1'].map(draining)).toEqual([true, true, false]);
    expect(readMember(bucket.newest.get(memberKey('a.1'))!.value!)?.targets).toBe(7);
    expect(await drain(client, 'a', false)).toBe(2);
    expect(draining('a.1')).toBe(false);
    expect(await drain(client, 'nobody', true)).toBe(0);
  });

  it('writes nothing if the mark is already there', async () => {
    await member('a.1', { draining: true });
    expect(await drain(client, 'a', true)).toBe(1);
    expect(bucket.history).toHaveLength(1);
  });

  it('retries if a heartbeat comes first, and does not count a member that leaves meanwhile', async () => {
    const revision = await member('a.1');
    await member('b.1');
    const other = bucket.client();
    let isFirst = true;
    const raced = { ...client, update: async (key: string, value: Uint8Array, expected: number) => {
      if (isFirst) await other.update(key, encode({ ...readMember(bucket.newest.get(key)!.value!)!, targets: 9 }), revision);
      isFirst = false;
      return client.update(key, value, expected);
    } };
    expect(await drain(raced, 'a', true)).toBe(1);
    expect(readMember(bucket.newest.get(memberKey('a.1'))!.value!)).toMatchObject({ draining: true, targets: 9 });
    const gone = { ...client, update: async (key: string, _: Uint8Array, expected: number) => {
      await other.delete(key, expected);
      throw new Conflict('wrong last sequence');
    } };
    expect(await drain(gone, 'b', true)).toBe(0);
    client.isUnreachable = true;
    await expect(drain(client, 'a', false)).rejects.toThrow('timeout');
  });
});
