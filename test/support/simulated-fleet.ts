import type { Bucket, Entry } from '../../src/cluster/bucket.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { joinCluster } from '../../src/cluster/join.ts';
import { LeaseLost, type Lease } from '../../src/cluster/lease.ts';
import { keyOfListed, type ListedTarget } from '../../src/cluster/target-list.ts';
import { chance, EventClock } from './event-clock.ts';
import { simulatedBucket } from './simulated-bucket.ts';

export interface SimulatedFleetOptions {
  targets: number;
  members: number;
  leaseMs: number;
  /** The latency between a member and the server in one direction, in milliseconds. */
  oneWayMs: number;
  /** How many requests per second the server handles, one after the other. */
  requestsPerSecond: number;
  /** How many positions are moved per minute, in the busy phase. */
  commitsPerMinute: number;
  /** How many minutes the quiet phase lasts, and the busy one. */
  minutes: number;
  seed: number;
}

/** The traffic in a period. */
export interface Traffic {
  /** A request and its answer are one message each, and so is each entry delivered by a watch. */
  messages: number;
  bytes: number;
  writes: number;
  /** The most writes that the server handled in one second. */
  mostWritesPerSecond: number;
}

export interface Phase extends Traffic {
  /** The time until every target was watched and the shares were even, in milliseconds. */
  tookMs: number;
}

export interface SimulatedFleet {
  start: Phase;
  /** The states that the new owners record for their targets once these are ready. */
  notes: Traffic;
  /** Both are per minute. */
  quiet: Traffic;
  busy: Traffic;
  /** The longest time from a commit to the server's answer. */
  longestCommitMs: number;
  comes: Phase;
  leaves: Phase;
  killed: Phase;
}

/**
 * Bytes in addition to key and value, as counted between `@nats-io/kv` 3 and nats-server 2.9 for a bucket with a name of 17 characters: a request, and its
 * answer; what a watch delivers. A value that is read is encoded as base64.
 */
const WRITE_BYTES = 131 + 95;
const GET_BYTES = 134 + 300;
const GET_NOTHING_BYTES = 134 + 182;
const DELIVER_BYTES = 181;
/** A delta link of a business drive is about this long. */
const CURSOR = `https://graph.microsoft.com/v1.0/drives/b!${'x'.repeat(64)}/root/delta?token=${'y'.repeat(180)}`;
/** How long it takes for a target to be ready, in milliseconds: at least, at most. */
const READY_MS = [1_000, 10_000] as const;
const LOOK_MS = 50;
/** Nothing here takes this long if it works. */
const PATIENCE_MS = 600_000;

/** `simulatedFleet` lets members of a cluster share targets, with a simulated clock: everything that this program does in a member except watching. */
export async function simulatedFleet({ targets: count, members, leaseMs, oneWayMs, requestsPerSecond, commitsPerMinute, minutes, seed }: SimulatedFleetOptions): Promise<SimulatedFleet> {
  const clock = new EventClock();
  const began = clock.now();
  const elapsed = (): number => clock.now() - began;
  const random = chance(seed);
  const bucket = simulatedBucket({ now: elapsed, keepHistory: false });

  let traffic = nothing();
  let second = { at: 0, writes: 0 };
  bucket.onRequest = (kind, key, bytes) => {
    traffic.messages += kind === 'deliver' ? 1 : 2;
    if (kind === 'deliver') traffic.bytes += DELIVER_BYTES + key.length + bytes;
    else if (kind === 'get') traffic.bytes += bytes === 0 ? GET_NOTHING_BYTES + key.length : GET_BYTES + 2 * key.length + 4 * Math.ceil(bytes / 3);
    else {
      traffic.bytes += WRITE_BYTES + key.length + bytes;
      traffic.writes += 1;
      const at = Math.floor(elapsed() / 1_000);
      second = { at, writes: at === second.at ? second.writes + 1 : 1 };
      traffic.mostWritesPerSecond = Math.max(traffic.mostWritesPerSecond, second.writes);
    }
  };
  const counted = (): Traffic => {
    const current = traffic;
    traffic = nothing();
    return current;
  };

  /** A single server, with a queue. */
  let freeAt = 0;
  const distant = (near: Bucket): Bucket => {
    const request = async <T>(carryOut: () => Promise<T>): Promise<T> => {
      freeAt = Math.max(freeAt, elapsed() + oneWayMs) + 1_000 / requestsPerSecond;
      await clock.sleep(freeAt - elapsed());
      try {
        return await carryOut();
      } finally {
        await clock.sleep(oneWayMs);
      }
    };
    const late = (onEntry: (entry: Entry) => void) => (entry: Entry): void => { void clock.sleep(oneWayMs).then(() => { onEntry(entry); }); };
    return {
      get: (key) => request(() => near.get(key)),
      create: (key, value) => request(() => near.create(key, value)),
      update: (key, value, revision) => request(() => near.update(key, value, revision)),
      delete: (key, revision) => request(() => near.delete(key, revision)),
      forget: (keys) => request(() => near.forget(keys)),
      each: (prefix, onEntry) => request(() => near.each(prefix, onEntry)),
      watch: (filter, signal, onEntry) => request(() => near.watch(filter, signal, late(onEntry))),
    };
  };

  const fleet = new Set<SimulatedMember>();
  const start = async (name: string): Promise<SimulatedMember> => {
    const over = new AbortController();
    const leases = new Map<string, Lease>();
    const client = bucket.client();
    const cluster = joinCluster({
      bucket: distant(client), member: name, leaseMs, clock, monotonic: elapsed, random, onEvent: () => undefined,
      onTaken: (lease) => {
        const key = keyOfListed(lease.listed);
        leases.set(key, lease);
        const done = (): void => {
          leases.delete(key);
          void lease.release();
        };
        lease.leave.addEventListener('abort', done, { once: true });
        lease.lost.addEventListener('abort', done, { once: true });
        void clock.sleep(READY_MS[0] + random() * (READY_MS[1] - READY_MS[0])).then(() => { lease.note('ready'); });
      },
    }, over.signal);
    const member: SimulatedMember = {
      leases, name,
      cluster: undefined,
      kill: () => {
        client.isUnreachable = true;
        client.isStopped = true;
        over.abort();
      },
    };
    fleet.add(member);
    void cluster.then((joined) => { member.cluster = joined; });
    return Promise.resolve(member);
  };

  const isEven = (): boolean => {
    const sizes = [...fleet].map(({ leases }) => leases.size);
    return sizes.reduce((sum, size) => sum + size, 0) === count && Math.max(...sizes) - Math.min(...sizes) <= 1;
  };
  const run = (ms: number): Promise<void> => clock.run(clock.now() + ms);
  const phase = async (from: number): Promise<Phase> => {
    do {
      await run(LOOK_MS);
      if (elapsed() - from > PATIENCE_MS) throw new Error('the shares do not become even');
    } while (!isEven());
    return { ...counted(), tookMs: elapsed() - from };
  };
  const perMinute = async (): Promise<Traffic> => {
    counted();
    await run(minutes * 60_000);
    const { messages, bytes, writes, mostWritesPerSecond } = counted();
    return { messages: messages / minutes, bytes: bytes / minutes, writes: writes / minutes, mostWritesPerSecond };
  };
  const calmDown = (): Promise<void> => run(READY_MS[1] + 2 * leaseMs);

  const list: ListedTarget[] = Array.from({ length: count }, (_, at) => ({ target: `drive:b!${idOf(at)}` }));
  for (let at = 0; at < members; at += 1) await start(`host-${at}`);
  await run(100);
  counted();
  const startedAt = elapsed();
  void [...fleet][0]?.cluster?.publishList(list, { force: false });
  const started = await phase(startedAt);
  await calmDown();
  const notes = counted();
  const quiet = await perMinute();

  let longestCommitMs = 0;
  const busyOver = new AbortController();
  const change = async (): Promise<void> => {
    const all = [...fleet];
    const leases = [...(all[Math.floor(random() * all.length)]?.leases.values() ?? [])];
    const asked = elapsed();
    await leases[Math.floor(random() * leases.length)]?.commit({ cursor: CURSOR, at: clock.now(), drive: 'b!x' }).catch((error: unknown) => {
      if (!(error instanceof LeaseLost)) throw error;
    });
    longestCommitMs = Math.max(longestCommitMs, elapsed() - asked);
  };
  const changeAgain = (): void => {
    if (busyOver.signal.aborted) return;
    // At random, like real changes: with exponentially distributed pauses.
    void clock.sleep(-Math.log(1 - random()) * 60_000 / commitsPerMinute).then(() => {
      void change();
      changeAgain();
    });
  };
  changeAgain();
  const busy = await perMinute();
  busyOver.abort();
  await run(1_000);
  counted();

  const another = await start(`host-${members}`);
  const comes = await phase(elapsed());
  await calmDown();
  counted();
  fleet.delete(another);
  const [leftAt] = [elapsed(), another.cluster?.leave(10_000)];
  const leaves = await phase(leftAt);
  await calmDown();
  counted();
  const victim = [...fleet][Math.floor(members / 2)];
  if (victim !== undefined) {
    fleet.delete(victim);
    victim.kill();
  }
  const killed = await phase(elapsed());
  for (const { kill } of fleet) kill();
  return { start: started, notes, quiet, busy, longestCommitMs, comes, leaves, killed };
}

interface SimulatedMember {
  name: string;
  leases: Map<string, Lease>;
  cluster: Cluster | undefined;
  kill: () => void;
}

function nothing(): Traffic {
  return { messages: 0, bytes: 0, writes: 0, mostWritesPerSecond: 0 };
}

/** An id as long as that of a business drive. */
function idOf(at: number): string {
  return at.toString(36).padStart(8, '0').repeat(8);
}
