import { Conflict, type Bucket, type Entry } from './bucket.ts';
import type { ClusterOptions } from './cluster.ts';
import { memberKey } from './keys.ts';
import { BEAT_EVERY, type Membership } from './membership.ts';
import type { Roster } from './roster.ts';

/** The shortest time between two checks, in milliseconds. */
const LOOK_AGAIN_MS = 250;

export interface SilenceOptions extends Pick<ClusterOptions, 'bucket' | 'leaseMs' | 'clock' | 'monotonic'> {
  roster: Roster;
  /** This process's own membership, which changes when it joins again. */
  membership: () => Pick<Membership, 'id' | 'held'>;
  /** Called with the entries that this finds, or makes. */
  see: (entry: Entry) => void;
}

/** `giveUpSilent` gives up other members that have been silent for too long, as long as this process holds its own lease. Resolves when `signal` aborts. */
export async function giveUpSilent({ bucket, leaseMs, clock, monotonic, roster, membership, see }: SilenceOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { nextMs, silent } = roster.silence(monotonic(), membership().id);
    for (const { id, revision } of silent) if (membership().held) await giveUp(bucket, id, revision, see);
    await clock.sleep(Math.max(LOOK_AGAIN_MS, Math.min(nextMs, leaseMs * BEAT_EVERY)), signal);
  }
}

/** Deletes a member's key under the revision that was seen last: if it is alive after all, its key has a newer revision, and nothing happens. */
async function giveUp(bucket: Bucket, id: string, revision: number, see: (entry: Entry) => void): Promise<void> {
  const key = memberKey(id);
  const gone: Entry = { key, value: undefined, revision: Infinity, at: 0 };
  try {
    await bucket.delete(key, revision);
    see(gone);
  } catch (error) {
    // Another member was faster, or a newer heartbeat is still on its way here. After any other error, the next check tries again.
    if (error instanceof Conflict) await bucket.get(key).then((entry) => { see(entry ?? gone); }, () => undefined);
  }
}
