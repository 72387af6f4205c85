import { Conflict, type Bucket } from './bucket.ts';
import { CLOCK_KEY, LIST_KEY, memberOfKey, MEMBERS, PAUSE_KEY, targetKey, TARGETS } from './keys.ts';
import { encode, readMember, readPause, readTarget, type LeasePosition, type LeaseState, type MemberRecord } from './records.ts';
import { fetchList, keyOfListed, type ListedTarget } from './target-list.ts';

/** MemberStatus is a member according to its latest heartbeat. */
export interface MemberStatus extends MemberRecord {
  id: string;
  /** How old its latest heartbeat is, by the server's clock, in milliseconds: up to a third of its lease, unless it is in trouble. */
  silentMs: number;
}

export interface TargetStatus {
  listed: ListedTarget;
  /** The name of the member that watches it; `undefined` if nobody does. */
  owner: string | undefined;
  /** How often it has changed hands. */
  generation: number;
  state: LeaseState;
  reason: string | undefined;
  position: LeasePosition | undefined;
  /** How long ago its position, or its state, was last written, by the server's clock, in milliseconds; `undefined` if never. */
  writtenMs: number | undefined;
}

export interface ClusterStatus {
  members: MemberStatus[];
  /** `undefined` if no list was published. */
  list: { revision: number; by: string; publishedMs: number } | undefined;
  /** How much of a pause that Graph asked for is left, in milliseconds. */
  pausedMs: number;
  targets: TargetStatus[];
}

/** `readStatus` reads which members there are, and which of them watches what. Only the server's clock counts: it is read from a key that is written for this. */
export async function readStatus(bucket: Bucket): Promise<ClusterStatus> {
  const now = await serverNow(bucket);
  const members: MemberStatus[] = [];
  await bucket.each(MEMBERS, ({ key, value, at }) => {
    const [id, record] = [memberOfKey(key), value === undefined ? undefined : readMember(value)];
    if (id !== undefined && record !== undefined) members.push({ id, ...record, silentMs: Math.max(0, now - at) });
  });
  members.sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : one.generation - other.generation));
  const [entry, pauseEntry] = [await bucket.get(LIST_KEY), await bucket.get(PAUSE_KEY)];
  const pause = pauseEntry?.value === undefined ? undefined : readPause(pauseEntry.value);
  const list = entry === undefined ? undefined : await fetchList(bucket, entry);
  return {
    members,
    list: entry === undefined || list === undefined ? undefined : { revision: entry.revision, by: list.record.by, publishedMs: Math.max(0, now - entry.at) },
    pausedMs: pause === undefined || pauseEntry === undefined ? 0 : Math.max(0, pause.ms - Math.max(0, now - pauseEntry.at)),
    targets: await targetsOf(bucket, list?.targets ?? [], new Map(members.map(({ id, name }) => [id, name])), now),
  };
}

/** Returns the server's time, in milliseconds since the epoch: that of a write. */
async function serverNow(bucket: Bucket): Promise<number> {
  while (true) {
    const entry = await bucket.get(CLOCK_KEY);
    try {
      await (entry === undefined ? bucket.create(CLOCK_KEY, Buffer.from('{}')) : bucket.update(CLOCK_KEY, Buffer.from('{}'), entry.revision));
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
    const written = await bucket.get(CLOCK_KEY);
    if (written !== undefined) return written.at;
  }
}

/** `drain` marks every member of this name, so that it gives up its targets and takes none, or removes the mark. Returns how many there are. */
export async function drain(bucket: Bucket, name: string, on: boolean): Promise<number> {
  const keys: string[] = [];
  await bucket.each(MEMBERS, ({ key, value }) => { if (value !== undefined && readMember(value)?.name === name) keys.push(key); });
  const marked = await Promise.all(keys.map((key) => mark(bucket, key, on)));
  return marked.filter((isThere) => isThere).length;
}

/** Returns whether the member is still there. */
async function mark(bucket: Bucket, key: string, on: boolean): Promise<boolean> {
  while (true) {
    const entry = await bucket.get(key);
    const record = entry?.value === undefined ? undefined : readMember(entry.value);
    if (entry === undefined || record === undefined) return false;
    if (record.draining === on) return true;
    try {
      await bucket.update(key, encode({ ...record, draining: on }), entry.revision);
      return true;
    } catch (error) {
      // A heartbeat was faster.
      if (!(error instanceof Conflict)) throw error;
    }
  }
}

async function targetsOf(bucket: Bucket, listed: readonly ListedTarget[], names: ReadonlyMap<string, string>, now: number): Promise<TargetStatus[]> {
  const wanted = new Map(listed.map((each) => [targetKey(keyOfListed(each)), each]));
  const found = new Map<string, TargetStatus>();
  await bucket.each(TARGETS, ({ key, value, at }) => {
    const target = wanted.get(key);
    if (target === undefined || value === undefined) return;
    const { owner, ...record } = readTarget(value);
    const name = owner === undefined ? undefined : names.get(owner);
    // If its member is gone, nobody watches it.
    found.set(key, { listed: target, ...record, owner: name, state: name === undefined ? 'starting' : record.state, writtenMs: Math.max(0, now - at) });
  });
  return [...wanted].map(([key, target]) => found.get(key) ?? { listed: target, owner: undefined, generation: 0, state: 'starting', reason: undefined, position: undefined, writtenMs: undefined });
}
