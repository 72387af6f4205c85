import { DEFAULT_LEASE_MS } from '../../cluster/cluster.ts';
import { isClusterName } from '../../cluster/keys.ts';
import { usageError } from '../../errors.ts';
import { describeDuration } from '../../lib/duration.ts';
import { natsOptions, type NatsFlags, type NatsOptions } from './nats-options.ts';
import type { WatchFlags } from './watch-options.ts';

/** ClusterFlags are the flags of `watch many` about sharing, as commander gives them. */
export interface ClusterFlags {
  cluster?: string;
  /** Milliseconds. */
  lease?: number;
  member?: string;
}

/** ClusterOptions say which cluster a process joins, and how. */
export interface ClusterOptions {
  name: string;
  member: string;
  leaseMs: number;
  nats: NatsOptions;
}

/** A shorter lease would be lost in any hiccup of the network; with a longer one, it would take minutes to notice that a member is gone. */
const LEASE_BOUNDS_MS = { least: 2_000, most: 10 * 60_000 };
const MEMBER = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** `checkClusterName` throws a usage error for what cannot be the name of a cluster. */
export function checkClusterName(name: string): string {
  if (isClusterName(name)) return name;
  throw usageError(`"${name}" is not a valid cluster name.`, 'Use letters, digits, - and _.');
}

/** `checkMemberName` throws a usage error for what cannot be the name of a member. */
export function checkMemberName(name: string): string {
  if (MEMBER.test(name)) return name;
  throw usageError(`"${name}" is not a valid member name.`, 'Use letters, digits, dots, - and _, beginning with a letter or a digit.');
}

/** `defaultMember` makes a member's name from that of its host: two on one host can be told apart. */
export function defaultMember(host: string, random: () => number): string {
  const plain = host.replace(/\..*$/, '').replace(/[^A-Za-z0-9-]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40);
  const suffix = Math.floor(random() * 36 ** 4).toString(36).padStart(4, '0');
  return `${plain === '' ? 'member' : plain}-${suffix}`;
}

/** Why an option cannot be used in a cluster, and what to do instead. */
const NOT_SHARED: readonly [given: (flags: WatchFlags) => boolean, option: string, why: string, instead: string][] = [
  [({ resume }) => resume !== undefined, '--resume', 'the cluster keeps the positions, where every member finds them', 'Remove --resume.'],
  [({ after }) => after !== undefined, '--after', 'a cursor belongs to one drive', 'Remove --after; --since 2h says where to start with targets that are new to the cluster.'],
  [({ once }) => once === true, '--once', 'a cluster watches until it is stopped', 'Without --cluster: watch many <file> --once --resume.'],
  [({ count }) => count !== undefined, '--count', 'each member would count its own events', 'Remove --count.'],
  [({ notifications }) => notifications === true, '--notifications', 'notifications have no position, so a handover would lose some', 'Remove --notifications: changes are still reported in full.'],
];

/** `checkSharedFlags` throws a usage error for options that make no sense where several processes share the work. */
function checkSharedFlags(flags: WatchFlags): void {
  for (const [given, option, why, instead] of NOT_SHARED) if (given(flags)) throw usageError(`${option} cannot be used with --cluster: ${why}.`, instead);
}

/** `wantsCluster` says whether the flags are about a cluster. */
export function wantsCluster({ cluster, lease, member }: ClusterFlags): boolean {
  return cluster !== undefined || lease !== undefined || member !== undefined;
}

/** `clusterOptions` checks how to join a cluster. Throws a usage error. */
export function clusterOptions({ cluster, lease = DEFAULT_LEASE_MS, ...flags }: WatchFlags & ClusterFlags, nats: NatsOptions | undefined, nameless: () => string): ClusterOptions {
  if (cluster === undefined) {
    const option = flags.member !== undefined ? '--member' : '--lease';
    throw usageError(`${option} needs --cluster.`, 'Add --cluster <name>.');
  }
  const { least, most } = LEASE_BOUNDS_MS;
  if (lease < least || lease > most) throw usageError(`--lease ${describeDuration(lease)} is too ${lease < least ? 'short' : 'long'}.`, `Use ${describeDuration(least)} to ${describeDuration(most)}.`);
  checkClusterName(cluster);
  checkSharedFlags(flags);
  if (nats === undefined) throw usageError('--cluster needs --nats: the members of a cluster share a bucket in NATS.', 'Add --nats <url>, or set NATS_URL.');
  return { name: cluster, member: flags.member === undefined ? nameless() : checkMemberName(flags.member), leaseMs: lease, nats };
}

/** BucketFlags are the flags of the commands below `cluster`, as commander gives them. */
export interface BucketFlags extends NatsFlags {
  cluster?: string;
}

/** `bucketOptions` checks which cluster is meant. Throws a usage error. */
export function bucketOptions({ cluster, ...flags }: BucketFlags, env: Readonly<Record<string, string | undefined>>): { cluster: string; nats: NatsOptions } {
  if (cluster === undefined) throw usageError('Missing --cluster.', 'Add --cluster <name>, the name that the members were started with.');
  checkClusterName(cluster);
  const nats = natsOptions(flags, env);
  if (nats === undefined) throw usageError('Missing --nats.', 'Add --nats <url>, or set NATS_URL: the state of a cluster is in NATS.');
  return { cluster, nats };
}
