import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { targetKey } from '../../../src/cluster/keys.ts';
import { readTarget } from '../../../src/cluster/records.ts';
import { drain } from '../../../src/cluster/status.ts';
import { clusterWorld, historyFaults, LEASE_MS, targets, type ClusterWorld, type Process } from '../../support/cluster-world.ts';

/** What a step does depends only on numbers, so that a failing sequence can be shrunk. */
type Step = (world: ClusterWorld) => Promise<void>;

const TARGETS = 7;
const MOST_PROCESSES = 5;

const alive = (world: ClusterWorld): Process[] => world.processes.filter(({ isAlive }) => isAlive);

function onOne(number: number, act: (process: Process, world: ClusterWorld) => void | Promise<void>): Step {
  return async (world) => {
    const all = alive(world);
    const process = all[number % Math.max(1, all.length)];
    if (process !== undefined) await act(process, world);
  };
}

const number = fc.nat({ max: 1_000 });
const clocks = fc.constantFrom(-600_000, -1_000, 0, 1_000, 600_000);
const faults = fc.array(fc.constantFrom('answer-lost' as const, 'request-lost' as const), { minLength: 1, maxLength: 4 });

/** Named, so that a counterexample can be read. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 100, max: 2 * LEASE_MS }).map((ms) => named(`advance ${ms}`, (world) => world.advance(ms))) },
  { weight: 2, arbitrary: clocks.map((ahead) => named(`start, ahead ${ahead}`, async (world) => {
    if (alive(world).length < MOST_PROCESSES) await world.start(`p${world.processes.length}`, { ahead });
  })) },
  { weight: 1, arbitrary: number.map((n) => named(`kill ${n}`, onOne(n, (process) => { process.kill(); }))) },
  { weight: 1, arbitrary: number.map((n) => named(`leave ${n}`, onOne(n, (process) => {
    void process.cluster?.leave(2_000).then(() => { process.isAlive = false; });
  }))) },
  { weight: 2, arbitrary: number.map((n) => named(`stop ${n}`, onOne(n, (process) => { process.stop(); }))) },
  { weight: 1, arbitrary: number.map((n) => named(`suspend ${n}`, onOne(n, (process) => { process.suspend(); }))) },
  { weight: 2, arbitrary: number.map((n) => named(`freeze ${n}`, onOne(n, (process) => { process.freeze(); }))) },
  { weight: 3, arbitrary: number.map((n) => named(`continue ${n}`, onOne(n, (process) => { process.continue(); }))) },
  { weight: 2, arbitrary: number.map((n) => named(`cut off ${n}`, onOne(n, ({ client }) => { client.isUnreachable = true; }))) },
  { weight: 2, arbitrary: number.map((n) => named(`reach ${n}`, onOne(n, ({ client }) => { client.isUnreachable = false; }))) },
  { weight: 2, arbitrary: fc.tuple(number, fc.boolean()).map(([n, is]) => named(`${is ? 'deafen' : 'undeafen'} ${n}`, onOne(n, ({ client }) => { client.isDeaf = is; }))) },
  { weight: 3, arbitrary: fc.tuple(number, faults).map(([n, all]) => named(`${all.join(', ')} for ${n}`, onOne(n, ({ client }) => { client.faults.push(...all); }))) },
  { weight: 2, arbitrary: number.map((n) => named(`fail a target of ${n}`, onOne(n, (process) => { process.failing += 1; }))) },
  { weight: 1, arbitrary: fc.tuple(number, clocks).map(([n, byMs]) => named(`set the clock of ${n} by ${byMs}`, onOne(n, (process) => { process.setClock(byMs); }))) },
  { weight: 1, arbitrary: fc.tuple(number, fc.boolean()).map(([n, on]) => named(`drain ${n} ${String(on)}`, onOne(n, async ({ name }, { bucket }) => { await drain(bucket.client(), name, on); }))) },
  { weight: 1, arbitrary: fc.tuple(number, fc.integer({ min: 1, max: TARGETS })).map(([n, count]) => named(`list of ${count} by ${n}`, onOne(n, ({ cluster }) => {
    // A process that ends in the meantime publishes nothing.
    void cluster?.publishList(targets(count), { force: true }).catch(() => undefined);
  }))) },
);

function named(name: string, act: Step): { act: Step; toString: () => string } {
  return { act, toString: () => name };
}

/** The owner of a target according to the bucket. */
function ownerOf({ bucket }: ClusterWorld, target: string): string | undefined {
  const entry = bucket.newest.get(targetKey(target));
  return entry?.value === undefined ? undefined : readTarget(entry.value).owner;
}

describe('the lease protocol', () => {
  it('never lets two owners of a target both report or commit, and gives every target an owner once faults stop', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), fc.nat(), async (steps, seed) => {
      const world = clusterWorld(seed + 1);
      const first = await world.start('p0');
      await world.start('p1');
      await first.cluster!.publishList(targets(TARGETS), { force: false });
      for (const { act } of steps) await act(world);
      expect(world.violations).toEqual([]);
      expect(historyFaults(world.bucket)).toEqual([]);

      // No faults from here on.
      for (const process of alive(world)) {
        process.client.faults.length = 0;
        process.client.isUnreachable = false;
        process.client.isDeaf = false;
        process.failing = 0;
        process.continue();
      }
      for (const { name } of alive(world)) await drain(world.bucket.client(), name, false);
      await world.advance(4 * LEASE_MS);
      if (alive(world).length === 0) await world.start('last');
      // What failed is retried.
      await alive(world)[0]!.cluster!.publishList(targets(listedIn(world).length), { force: true });
      await world.advance(4 * LEASE_MS);
      const listed = listedIn(world);
      const watched = alive(world).flatMap(({ leases }) => [...leases.keys()]);
      expect(watched.sort()).toEqual(listed);
      const shares = alive(world).map(({ leases }) => leases.size);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      expect(listed.filter((target) => ownerOf(world, target) === undefined)).toEqual([]);
      expect(world.violations).toEqual([]);
      expect(historyFaults(world.bucket)).toEqual([]);
      for (const process of alive(world)) process.kill();
    }), { numRuns: Number(process.env.CLUSTER_RUNS ?? 12), seed: process.env.CLUSTER_SEED === undefined ? 20261127 : Number(process.env.CLUSTER_SEED), endOnFailure: process.env.CI === undefined });
  }, 600_000);
});

describe('a virtual machine that was paused together with its clocks', () => {
  it('still believes that it owns its targets, but its write is refused, and it stops', async () => {
    const world = clusterWorld();
    const [paused, other] = [await world.start('p0'), await world.start('p1')];
    await paused.cluster!.publishList(targets(TARGETS), { force: false });
    await world.advance(3_000);
    const leases = [...paused.leases.values()];
    expect(leases.length).toBeGreaterThan(2);
    paused.freeze();
    await world.advance(2 * LEASE_MS);
    expect(other.leases.size).toBe(TARGETS);
    const before = world.bucket.history.length;
    paused.continue();
    expect(leases.map(({ held }) => held)).toEqual(leases.map(() => true));
    // Before its next heartbeat: only its writes can show it.
    await world.advance(800);
    expect(world.bucket.history.slice(before).filter(({ key, value }) => key.startsWith('target.') && value !== undefined && readTarget(value).owner?.startsWith('p0.'))).toEqual([]);
    expect(historyFaults(world.bucket)).toEqual([]);
    expect(leases.map(({ lost }) => lost.aborted)).toEqual(leases.map(() => true));
    expect(world.violations).toEqual([]);
    await world.advance(LEASE_MS);
    expect(paused.events.filter(({ type }) => type === 'fenced')).toHaveLength(1);
  });
});

/** The targets of the current list. */
function listedIn(world: ClusterWorld): string[] {
  const entry = world.bucket.newest.get('shared.list');
  const count = entry?.value === undefined ? 0 : (JSON.parse(Buffer.from(entry.value).toString()) as { targets: number }).targets;
  return targets(count).map(({ target }) => target).sort();
}
