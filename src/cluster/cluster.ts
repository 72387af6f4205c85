import type { Clock } from '../surroundings.ts';
import type { Bucket } from './bucket.ts';
import type { ClusterEvent } from './cluster-events.ts';
import type { Lease } from './lease.ts';
import type { ListedTarget, Published, PublishOptions } from './target-list.ts';

/** How long a member may be silent before others take over its targets, in milliseconds. */
export const DEFAULT_LEASE_MS = 15_000;

export interface ClusterOptions {
  bucket: Bucket;
  /** The name of this process for people; several may share one. */
  member: string;
  leaseMs: number;
  clock: Clock;
  /** A clock that cannot be set, in milliseconds, such as `performance.now`. */
  monotonic: () => number;
  /** Uniform in [0, 1). */
  random: () => number;
  /** Called with each target that this process has taken. Watch it until `lease.leave` or `lease.lost` is aborted; then, or after it failed for good, `release` or `failed`. */
  onTaken: (lease: Lease) => void;
  onEvent: (event: ClusterEvent) => void;
}

/** Cluster is one process's part in sharing the targets of a list. */
export interface Cluster {
  /** How many members are alive, this one included. */
  readonly members: number;
  /** Resolves once the first share was taken, even if it is empty. */
  readonly settled: Promise<void>;
  /** Puts a list in force, unless it is older than the current one; with `force` in any case, with `ifNone` only if there is none. */
  publishList(list: readonly ListedTarget[], options: Omit<PublishOptions, 'by'>): Promise<Published>;
  /** Makes all other members pause, since Graph asked this one to, for this many milliseconds. */
  pause(ms: number): void;
  /** Hands over every target, then leaves the cluster. Resolves when others can take over; `withinMs` limits the wait for the watches to finish, and for the bucket. */
  leave(withinMs: number): Promise<void>;
}
