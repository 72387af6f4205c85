import { percentile } from './judge.mjs';

/** The outcome of a run, as Markdown. */
export function fleetTable({ seed, drives, members, lease, thrown, writer, stored, result, owners, counts, memory, fleet, elapsedMs, alone }) {
  const faults = new Map();
  for (const { name } of thrown) faults.set(name, (faults.get(name) ?? 0) + 1);
  const leaving = [...fleet.leaving].sort((a, b) => a - b);
  const failover = (name) => {
    const list = owners.failovers?.get(name) ?? [];
    return list.length === 0 ? '' : `${seconds(percentile(list, 0.5))} / ${seconds(percentile(list, 1))}`;
  };
  return [
    `| fault | injected | until the member's drives had another owner: median / longest |`,
    `|---|---:|---:|`,
    ...[...faults].sort(([, a], [, b]) => b - a).map(([name, count]) => `| ${name} | ${count} | ${failover(name)} |`),
    `| **all** | **${thrown.length}** | |`,
    '',
    `| ${drives} drives, ${members} members${alone ? ' without a cluster' : `, lease ${lease / 1_000} s`}, ${(elapsedMs / 60_000).toFixed(1)} minutes (seed ${seed}) | |`,
    `|---|---:|`,
    `| changes made | ${number(writer.total)} |`,
    `| stored in the stream | ${number(stored.length)} |`,
    `| **lost** | **${number(result.lost.length)}** |`,
    `| **out of order within a drive** | **${number(result.reordered.length)}** |`,
    `| **stored twice** | **${number(result.duplicates.length)}** |`,
    ...Object.entries(owners.violations).map(([what, list]) => `| **${what}** | **${number(list.length)}** |`),
    `| **members that ended on their own, or reported a bug** | **${number(fleet.unexpected.length)}** |`,
    `| **secrets in the output** | **${counts.leaks}** |`,
    `| printed by the members, including those that JetStream dropped as duplicates | ${number(counts.changes)} |`,
    `| reported as anything but \`created\` | ${number(result.misnamed.length)} |`,
    ...(owners.rows ?? []).map(([what, value]) => `| ${what} | ${value} |`),
    `| from a change to its message in the stream: median / 99th percentile / longest | ${[0.5, 0.99, 1].map((share) => seconds(percentile(result.delays, share))).join(' / ')} |`,
    `| from SIGTERM to a member's exit: median / longest | ${[0.5, 1].map((share) => seconds(percentile(leaving, share))).join(' / ')} |`,
    `| memory of the members at the end | ${memory.join(' / ')} MB |`,
    '',
  ].join('\n');
}

function seconds(ms) {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function number(value) {
  return value.toLocaleString('en-US');
}
