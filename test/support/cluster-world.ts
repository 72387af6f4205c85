import { joinCluster } from '../../src/cluster/join.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import type { ClusterEvent } from '../../src/cluster/cluster-events.ts';
import { MEMBERS, targetKey } from '../../src/cluster/keys.ts';
import { LeaseLost, type Lease } from '../../src/cluster/lease.ts';
import { readTarget } from '../../src/cluster/records.ts';
import { keyOfListed, type ListedTarget } from '../../src/cluster/target-list.ts';
import { aborted } from '../../src/lib/abort.ts';
import { simulatedBucket, type SimulatedBucket, type BucketClient } from './simulated-bucket.ts';
import { settle, steppedClock, type SteppedClock } from './stepped-clock.ts';

export const LEASE_MS = 15_000;
/** How often each watched target has something to report, in milliseconds. */
const REPORT_EVERY_MS = 700;

/** How long after a paused virtual machine continues its watches continue. */
const NEWS_AFTER_MS = 2_000;

/** One simulated process. */
export interface Process {
  readonly name: string;
  readonly client: BucketClient;
  readonly events: ClusterEvent[];
  readonly leases: Map<string, Lease>;
  cluster: Cluster | undefined;
  isAlive: boolean;
  /** How many of its targets will fail for good, each instead of reporting something. */
  failing: number;
  /** SIGSTOP: its timers wait, too. */
  stop(): void;
  continue(): void;
  /** The machine sleeps: like `stop`, and its monotonic clock stands still. */
  suspend(): void;
  /** A virtual machine is paused: like `suspend`, and its wall clock stands still, too. Afterwards it cannot know how long it was away. */
  freeze(): void;
  /** Sets its wall clock. */
  setClock(byMs: number): void;
  kill(): void;
}

/** Several processes that share targets, on a single clock. */
export interface ClusterWorld {
  readonly clock: SteppedClock;
  readonly bucket: SimulatedBucket;
  readonly processes: Process[];
  /** What happened although it must never happen. */
  readonly violations: string[];
  /** How many events were reported. */
  reported: number;
  start(name: string, options?: { leaseMs?: number; ahead?: number }): Promise<Process>;
  advance(ms: number): Promise<void>;
}

/** Each target has numbered events, and its position is the number of reported ones. Its owner reports and commits. */
export function clusterWorld(seed = 1): ClusterWorld {
  const clock = steppedClock();
  const epoch = clock.now();
  const elapsed = (): number => clock.now() - epoch;
  const bucket = simulatedBucket({ now: elapsed });
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
  const world: ClusterWorld = {
    clock, bucket, processes: [], violations: [], reported: 0,
    async start(name, { leaseMs = LEASE_MS, ahead = 0 } = {}) {
      let aheadMs = ahead;
      /** How long its monotonic clock has stood still. */
      let stoodMs = 0;
      let suspendedAt: number | undefined;
      /** The same for its wall clock, and when that last continued. */
      let [wallStoodMs, resumedAt] = [0, -Infinity];
      let frozenAt: number | undefined;
      let waiting: (() => void)[] = [];
      const over = new AbortController();
      const monotonic = (): number => (suspendedAt ?? elapsed()) - stoodMs;
      const wakes = async (): Promise<void> => {
        while (process.client.isStopped) await new Promise<void>((resolve) => { waiting.push(resolve); });
      };
      const process: Process = {
        name, client: bucket.client(), events: [], leases: new Map(), cluster: undefined, isAlive: true, failing: 0,
        stop() { process.client.isStopped = true; },
        continue() {
          if (suspendedAt !== undefined) stoodMs += elapsed() - suspendedAt;
          suspendedAt = undefined;
          if (frozenAt !== undefined) {
            wallStoodMs += elapsed() - frozenAt;
            resumedAt = elapsed();
            // It has to reconnect, so its requests are answered before it learns what happened meanwhile.
            process.client.isDeaf = true;
            void clock.sleep(NEWS_AFTER_MS).then(() => { process.client.isDeaf = false; });
          }
          frozenAt = undefined;
          process.client.isStopped = false;
          for (const resolve of waiting.splice(0)) resolve();
        },
        suspend() {
          process.stop();
          suspendedAt ??= elapsed();
        },
        freeze() {
          process.suspend();
          frozenAt ??= elapsed();
        },
        setClock(byMs) { aheadMs += byMs; },
        kill() {
          process.isAlive = false;
          process.client.isStopped = true;
          waiting = [];
          over.abort();
        },
      };
      world.processes.push(process);
      const own = {
        now: () => epoch + (frozenAt ?? elapsed()) - wallStoodMs + aheadMs,
        sleep: async (ms: number, signal?: AbortSignal) => {
          // A timer uses the monotonic clock: while that stands still, no timer becomes due.
          const until = monotonic() + ms;
          do {
            await clock.sleep(until - monotonic(), signal);
            await wakes();
          } while (monotonic() < until && signal?.aborted !== true);
        },
      };
      /** Whether no heartbeat got through since both its clocks stood still. Until then it cannot know that it lost its targets: it may report one event of each, and then its write is refused. */
      const isDeceived = (): boolean => resumedAt > -Infinity
        && ![...bucket.newest].some(([key, { value, at }]) => key.startsWith(`${MEMBERS}.${name}.`) && value !== undefined && at > resumedAt);
      const watch = async (lease: Lease): Promise<void> => {
        const key = keyOfListed(lease.listed);
        if (process.leases.has(key)) world.violations.push(`${name} was given ${key} twice`);
        process.leases.set(key, lease);
        let count = lease.stored?.at ?? 0;
        let wasDeceived = false;
        while (!lease.leave.aborted && !lease.lost.aborted) {
          if (process.failing > 0) {
            process.failing -= 1;
            process.leases.delete(key);
            lease.failed('no such drive');
            await aborted(AbortSignal.any([lease.leave, lease.lost]));
            await lease.release();
            return;
          }
          if (lease.held) {
            const entry = bucket.newest.get(targetKey(key));
            const record = entry?.value === undefined ? undefined : readTarget(entry.value);
            // The simulation knows what the process cannot: who owns the target at this moment.
            if (record?.generation !== lease.generation && !wasDeceived && isDeceived()) wasDeceived = true;
            else if (record?.generation !== lease.generation) world.violations.push(`${name} reported ${key} as generation ${lease.generation}, but ${String(record?.owner)} has generation ${String(record?.generation)}`);
            world.reported += 1;
            count += 1;
            await lease.commit({ cursor: String(count), at: count, drive: 'd' }).catch((error: unknown) => {
              if (!(error instanceof LeaseLost)) throw error;
            });
          } else if (!(await lease.untilHeld())) break;
          await own.sleep(REPORT_EVERY_MS, AbortSignal.any([lease.leave, lease.lost]));
        }
        process.leases.delete(key);
        await lease.release();
      };
      void joinCluster({
        bucket: process.client, member: name, leaseMs, clock: own, monotonic, random,
        onTaken: (lease) => { void watch(lease); },
        onEvent: (event) => { process.events.push(event); },
      }, over.signal).then((cluster) => { process.cluster = cluster; });
      await settle();
      return process;
    },
    advance: (ms) => clock.advance(ms),
  };
  return world;
}

/** Checks the whole history of the bucket: an empty list if no two members wrote in the same generation of a target, and no position went back. */
export function historyFaults(bucket: SimulatedBucket): string[] {
  const faults: string[] = [];
  const latest = new Map<string, { generation: number; owner: string | undefined; at: number }>();
  for (const { key, value, revision } of bucket.history) {
    if (!key.startsWith('target.') || value === undefined) continue;
    const { generation, owner, position } = readTarget(value);
    const before = latest.get(key);
    const at = position?.at ?? 0;
    if (before !== undefined) {
      if (generation < before.generation || generation > before.generation + 1) faults.push(`${revision}: ${key} went from generation ${before.generation} to ${generation}`);
      if (generation === before.generation && owner !== undefined && owner !== before.owner) faults.push(`${revision}: ${String(before.owner)} and ${owner} both wrote generation ${generation} of ${key}`);
      if (at < before.at) faults.push(`${revision}: the position of ${key} went back from ${before.at} to ${at}`);
    }
    latest.set(key, { generation, owner, at });
  }
  return faults;
}

export function targets(count: number): ListedTarget[] {
  return Array.from({ length: count }, (_, at) => ({ target: `drive:b!${at}` }));
}
