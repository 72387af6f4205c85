import { beforeEach, describe, expect, it } from '@jest/globals';
import { drain, readStatus } from '../../../src/cluster/status.ts';
import { clusterWorld, historyFaults, targets, type ClusterWorld, type Process } from '../../support/cluster-world.ts';

let w: ClusterWorld;
beforeEach(() => {
  w = clusterWorld();
});

const sizes = (): number[] => w.processes.filter(({ isAlive }) => isAlive).map(({ leases }) => leases.size);

async function started(...names: string[]): Promise<Process[]> {
  const all = [];
  for (const name of names) all.push(await w.start(name));
  await w.processes[0]!.cluster!.publishList(targets(10), { force: false });
  await w.advance(3_000);
  return all;
}

describe('members of a cluster', () => {
  it('watch each target exactly once, in equal shares', async () => {
    await started('a', 'b', 'c');
    expect(sizes().sort()).toEqual([3, 3, 4]);
    await w.advance(60_000);
    expect(sizes().sort()).toEqual([3, 3, 4]);
    expect(w.violations).toEqual([]);
    expect(historyFaults(w.bucket)).toEqual([]);
    expect(w.reported).toBeGreaterThan(800);
  });

  it('hand over targets at once to one that joins', async () => {
    await started('a');
    expect(sizes()).toEqual([10]);
    await w.start('b');
    await w.advance(3_000);
    expect(sizes()).toEqual([5, 5]);
  });

  it('take over the targets at once from one that leaves', async () => {
    const [, b] = await started('a', 'b');
    void b!.cluster!.leave(2_000);
    await w.advance(1_500);
    expect(sizes()).toEqual([10, 0]);
    expect(b!.events.at(-1)).not.toEqual({ type: 'fenced' });
  });

  it('take over the targets within the lease time from one that is killed', async () => {
    const [, b] = await started('a', 'b');
    b!.kill();
    await w.advance(15_000);
    expect(sizes()).toEqual([10]);
    expect(w.violations).toEqual([]);
  });

  it('stay drained when they join again, until that is undone', async () => {
    const [, b] = await started('a', 'b');
    await drain(w.bucket.client(), 'b', true);
    await w.advance(3_000);
    expect(sizes()).toEqual([10, 0]);
    b!.stop();
    await w.advance(30_000);
    b!.continue();
    await w.advance(10_000);
    expect(b!.events.at(-1)).toEqual({ type: 'joined', generation: 2 });
    expect(sizes()).toEqual([10, 0]);
    expect((await readStatus(w.bucket.client())).members).toMatchObject([{ name: 'a', draining: false }, { name: 'b', generation: 2, draining: true }]);
    await drain(w.bucket.client(), 'b', false);
    await w.advance(3_000);
    expect(sizes()).toEqual([5, 5]);
  });

  it('continue with the list that they know when the bucket was lost, and get the next one', async () => {
    const [a] = await started('a', 'b');
    await w.advance(60_000);
    w.bucket.wipe();
    await w.advance(30_000);
    expect(sizes()).toEqual([5, 5]);
    await a!.cluster!.publishList(targets(6), { force: true });
    await w.start('c');
    await w.advance(3_000);
    expect(sizes()).toEqual([2, 2, 2]);
  });

  it('bring their list back when the bucket was lost', async () => {
    await started('a', 'b');
    // The more revisions the lost bucket had, the longer it takes until the new one has as many.
    await w.advance(600_000);
    w.bucket.wipe();
    await w.advance(30_000);
    await w.start('c');
    await w.advance(3_000);
    expect(sizes().sort()).toEqual([3, 3, 4]);
  });

  it.each([11, 14, 20, 31])('do not give each other up after nobody could reach the bucket for %i seconds', async (seconds) => {
    const all = await started('a', 'b', 'c');
    for (const { client } of all) client.isUnreachable = true;
    await w.advance(seconds * 1_000);
    for (const { client } of all) client.isUnreachable = false;
    await w.advance(60_000);
    expect(all.flatMap(({ events }) => events.filter(({ type }) => type === 'fenced'))).toEqual([]);
    expect(sizes().sort()).toEqual([3, 3, 4]);
    expect(w.violations).toEqual([]);
  });
});
