import { Chalk } from 'chalk';
import { describeDuration } from '../lib/duration.ts';
import { safeText } from './safe-text.ts';
import { tableText } from './table.ts';

/** ClusterSummary is a cluster as a whole, as its record. Counts are those of targets. */
export interface ClusterSummary {
  type: 'cluster';
  cluster: string;
  members: number;
  targets: number;
  ready: number;
  starting: number;
  reconnecting: number;
  failed: number;
  /** Without an owner: about to be taken, or there is nobody to take them. */
  unwatched: number;
  /** Of the list in force. */
  revision: number | null;
  publishedBy: string | null;
  /** RFC 3339. */
  publishedAt: string | null;
  /** How much of a pause that Graph asked for is left. */
  pausedMs: number;
}

export interface ShownMember {
  type: 'member';
  member: string;
  generation: number;
  draining: boolean;
  targets: number;
  failed: number;
  leaseMs: number;
  silentMs: number;
}

export interface ShownTarget {
  type: 'target';
  target: string;
  below?: string;
  label?: string;
  owner: string | null;
  state: string;
  reason?: string;
  generation: number;
  /** RFC 3339: up to when its changes have been handled, by Graph's clock. */
  positionAt: string | null;
  writtenMs: number | null;
}

export interface ClusterShown {
  summary: ClusterSummary;
  members: readonly ShownMember[];
  targets: readonly ShownTarget[];
}

/** `clusterText` lays out the state of a cluster for a terminal of this width. */
export function clusterText({ summary, members, targets }: ClusterShown, { width = 80, color = true, now }: { width?: number | undefined; color?: boolean | undefined; now: number }): string {
  const chalk = new Chalk({ level: color ? 1 : 0 });
  const options = { width: width === 0 ? 80 : width, heading: (text: string) => chalk.bold(text) };
  const blocks = [
    summaryText(summary, now),
    tableText(MEMBER_COLUMNS, members.map(({ member, targets: count, failed, silentMs, draining }) => [String(count), String(failed), `${describeDuration(silentMs)} ago`, draining ? 'draining' : '', member]), options),
    tableText(TARGET_COLUMNS, targets.map(({ target, below = '', label, owner, state, reason, positionAt }) => [
      owner ?? '-', reason === undefined ? state : `${state}: ${reason}`, positionAt === null ? '-' : `${describeDuration(Math.max(0, now - Date.parse(positionAt)))} ago`, label ?? '', `${target}${below}`,
    ]), { ...options, lastWhole: true }),
  ];
  return blocks.filter((block) => block !== '').join('\n');
}

const MEMBER_COLUMNS = [{ title: 'TARGETS', align: 'right' }, { title: 'FAILED', align: 'right' }, { title: 'LAST SEEN', align: 'right' }, { title: 'STATE' }, { title: 'MEMBER', least: 8 }] as const;
const TARGET_COLUMNS = [{ title: 'OWNER', least: 6 }, { title: 'STATE', least: 8 }, { title: 'POSITION' }, { title: 'LABEL', least: 6 }, { title: 'TARGET' }];

function summaryText({ cluster, members, targets, publishedBy, publishedAt, pausedMs, ...counts }: ClusterSummary, now: number): string {
  const states = (['ready', 'starting', 'reconnecting', 'failed', 'unwatched'] as const).filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  const lines = [
    `${cluster}: ${members} ${members === 1 ? 'member' : 'members'}, ${targets} ${targets === 1 ? 'target' : 'targets'}${states.length === 0 ? '' : ` (${states.join(', ')})`}`,
    publishedAt === null ? 'No list of targets has been published.' : `The list was published by ${publishedBy ?? 'nobody'} ${describeDuration(Math.max(0, now - Date.parse(publishedAt)))} ago.`,
    ...(pausedMs > 0 ? [`Graph asked for a pause: requests wait for another ${describeDuration(pausedMs)}.`] : []),
  ];
  return lines.map((line) => `${safeText(line)}\n`).join('');
}
