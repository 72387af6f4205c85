/** The outcome of a soak run, as Markdown. */
export function soakTable({ seed, elapsedMs, thrown, result, account, memory, leaks }) {
  const faults = [...thrown].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
  const total = faults.reduce((sum, [, count]) => sum + count, 0);
  return [
    `| fault | injected |`,
    `|---|---:|`,
    ...faults.map(([name, count]) => `| ${name} | ${count} |`),
    `| **all** | **${total}** |`,
    '',
    `| in ${(elapsedMs / 60_000).toFixed(1)} minutes (seed ${seed}) | |`,
    `|---|---:|`,
    `| notifications sent | ${number(result.sent)} |`,
    `| of these, while no connection was up | ${number(result.toNobody)} |`,
    `| received | ${number(result.received)} |`,
    `| not received, covered by a \`gap\` | ${number(result.covered)} |`,
    `| **lost without a \`gap\`** | **${number(result.lost.length)}** |`,
    `| out of order | ${number(result.reordered)} |`,
    `| received twice, while a renewal overlapped | ${number(result.duplicates)} |`,
    `| connections lost and restored (\`gap\`) | ${number(account.count('gap'))} |`,
    `| renewals without a gap | ${number(account.count('renewed'))} |`,
    `| longest gap | ${(result.longestGapMs / 1000).toFixed(1)} s |`,
    `| memory at the start / at the end / highest | ${memory.start} / ${memory.end} / ${memory.highest} MB |`,
    `| secrets in the output | ${leaks} |`,
    '',
  ].join('\n');
}

function number(value) {
  return value.toLocaleString('en-US');
}
