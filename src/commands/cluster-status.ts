import type { CommandContext } from '../app/context.ts';
import { printAll } from '../app/printing.ts';
import { readStatus, type ClusterStatus } from '../cluster/status.ts';
import type { ClusterSummary, ShownMember, ShownTarget } from '../output/cluster-table.ts';
import { askBucket } from '../watch/cluster/cluster-bucket.ts';
import { bucketOptions, type BucketFlags } from '../watch/options/cluster-options.ts';

export interface ClusterStatusFlags extends BucketFlags {
  /** Every target, too. */
  targets?: boolean;
  /** NDJSON even on a terminal. */
  json?: boolean;
}

/**
 * `runClusterStatus` is `graph-watch cluster status`: it prints who is in a cluster, and what each member watches; with `--targets`
 * every target. Tables on a terminal, elsewhere one record per line: the cluster, its members, its targets.
 */
export async function runClusterStatus(context: CommandContext, { targets = false, json = false, ...flags }: ClusterStatusFlags): Promise<void> {
  const { surroundings: { stdout, clock, env }, settings: { color } } = context;
  const options = bucketOptions(flags, env);
  const status = await askBucket(context, options, readStatus);
  const shown = { summary: summaryOf(options.cluster, status, clock.now()), members: status.members.map(memberOf), targets: targets ? status.targets.map(targetOf) : [] };
  if (json || stdout.isTTY !== true) {
    await printAll(stdout, [shown.summary, ...shown.members, ...shown.targets].map((record) => `${JSON.stringify(record)}\n`));
    return;
  }
  const { clusterText } = await import('../output/cluster-table.ts');
  await context.print(clusterText(shown, { width: stdout.columns, color, now: clock.now() }));
}

function summaryOf(cluster: string, { members, list, pausedMs, targets }: ClusterStatus, now: number): ClusterSummary {
  const count = (state: string): number => targets.filter((target) => target.owner !== undefined && target.state === state).length;
  return {
    type: 'cluster', cluster, members: members.length, targets: targets.length,
    ready: count('ready'), starting: count('starting'), reconnecting: count('reconnecting'), failed: count('failed'), unwatched: targets.filter(({ owner }) => owner === undefined).length,
    revision: list?.revision ?? null, publishedBy: list?.by ?? null, publishedAt: list === undefined ? null : new Date(now - list.publishedMs).toISOString(), pausedMs,
  };
}

function memberOf({ name, generation, draining, targets, failed, leaseMs, silentMs }: ClusterStatus['members'][number]): ShownMember {
  return { type: 'member', member: name, generation, draining, targets, failed, leaseMs, silentMs };
}

function targetOf({ listed, owner, state, reason, generation, position, writtenMs }: ClusterStatus['targets'][number]): ShownTarget {
  return { type: 'target', ...listed, owner: owner ?? null, state, ...(reason === undefined ? {} : { reason }), generation, positionAt: timeOf(position?.at), writtenMs: writtenMs ?? null };
}

/** A position may hold any number. */
function timeOf(at: number | undefined): string | null {
  const date = new Date(at ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
