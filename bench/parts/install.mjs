import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { coldInstall, KNOWN_CLI } from '../lib/known-cli.mjs';
import { median } from '../lib/stats.mjs';
import { count, limit, mb, row, seconds } from '../lib/table.mjs';

/** CLI for Microsoft 365 takes hundreds of downloads each time, and the difference is large. */
const RUNS = 3;
const GOAL = { atMost: 0.1 };
const OWN_BYTES = 4_000_000;

export async function measure(bench) {
  const first = bench.knownCli();
  if (first === undefined) return { rows: [], notes: [`Installing was not measured: ${KNOWN_CLI} could not be downloaded from npm.`] };
  const [{ filename, unpackedSize }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', bench.place], { cwd: bench.root, encoding: 'utf8' }));
  const ours = [];
  const known = [first];
  for (let run = 0; run < RUNS; run++) {
    ours.push(coldInstall(join(bench.place, `ours-${run}`), join(bench.place, filename)));
    if (known.length < RUNS) known.push(coldInstall(join(bench.place, `known-${run}`), KNOWN_CLI));
  }
  const compare = (what, which, show) => row({
    what, ours: median(ours.map((one) => one[which])), peer: { name: KNOWN_CLI, value: median(known.map((one) => one[which])) }, show, ...GOAL,
  });
  return {
    rows: [
      compare('installed size', 'bytes', mb),
      limit({ what: 'graph-watch itself, without the optional package for key stores', ours: unpackedSize, show: mb, atMost: OWN_BYTES }),
      compare('installed packages', 'packages', count),
      compare(`cold \`npm i\` (${RUNS} runs)`, 'installMs', seconds),
    ],
  };
}
