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
  /** How long a message is on its way between a member and the server, in milliseconds. */
  oneWayMs: number;
  /** How many requests the server carries out in a second, one after the other. */
  requestsPerSecond: number;
  /** How many drives have moved positions per minute, in the part with changes. */
  commitsPerMinute: number;
  /** How long the quiet part lasts, and the part with changes. */
  minutes: number;
  seed: number;
}

/** What went over the wire in some time. */
export interface Traffic {
  /** Requests and answers are one message each, and so is each entry that a watch delivers. */
  messages: number;
  bytes: number;
  writes: number;
  /** The most writes that the server had to carry out in one second. */
  mostWritesPerSecond: number;
}

export interface Phase extends Traffic {
  /** Until every target was watched, and the shares were even, in milliseconds. */
  tookMs: number;
}

export interface SimulatedFleet {
  start: Phase;
  /** What the new owners say of their targets, once these are ready. */
  notes: Traffic;
  /** Both per minute. */
  quiet: Traffic;
  busy: Traffic;
  /** From asking for a position to be moved until the server's answer, the longest. */
  longestCommitMs: number;
  comes: Phase;
  leaves: Phase;
  killed: Phase;
}

/**
 * Bytes besides key and value, as counted between `@nats-io/kv` 3 and nats-server 2.9 for a bucket with a name of 17 characters: a request, and its
 * answer; what a watch delivers. A value that is read is encoded as base64.
 */
const WRITE_BYTES = 131 + 95;
const GET_BYTES = 134 + 300;
const GET_NOTHING_BYTES = 134 + 182;
const DELIVER_BYTES = 181;
/** A delta link of a business drive has about this length. */
const CURSOR = `https://graph.microsoft.com/v1.0/drives/b!${'x'.repeat(64)}/root/delta?token=${'y'.repeat(180)}`;
/** How long after it was taken a target is ready, in milliseconds, at least and at most. */
const READY_MS = [1_000, 10_000] as const;
const LOOK_MS = 50;
/** Nothing here takes as long, unless it does not work. */
const PATIENCE_MS = 600_000;

/** `simulatedFleet` lets members of a cluster share targets, on a clock of its own: all that this program does in a member, but for watching. */
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
    const so = traffic;
    traffic = nothing();
    return so;
  };

  /** One server for all, which has a queue. */
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
    const way = bucket.way();
    const cluster = joinCluster({
      bucket: distant(way), member: name, leaseMs, clock, monotonic: elapsed, random, onEvent: () => undefined,
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
        way.isUnreachable = true;
        way.isStopped = true;
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
    // At random, as changes are: exponentially distributed pauses.
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

/** As long as the id of a business drive. */
function idOf(at: number): string {
  return at.toString(36).padStart(8, '0').repeat(8);
}
