import { join } from 'node:path';
import { BEFORE, NO_SLOWER } from '../lib/contenders.mjs';
import { KNOWN_CLI } from '../lib/known-cli.mjs';
import { wallTime } from '../lib/process.mjs';
import { alternate, median } from '../lib/stats.mjs';
import { ms, row } from '../lib/table.mjs';

/** The scheduler matters much to a process of 50 ms: more runs than in other parts. */
const RUNS_FACTOR = 3;
/** It takes seconds. */
const KNOWN_CLI_RUNS = 3;

export async function measure(bench) {
  // The usual environment. With NODE_EXTRA_CA_CERTS Node reads all root certificates first, which takes about as
  // long as the rest of its start.
  const { NODE_EXTRA_CA_CERTS: extraCa, ...env } = bench.env;
  const withExtraCa = { ...env, NODE_EXTRA_CA_CERTS: extraCa };
  const results = await alternate(bench.runs * RUNS_FACTOR, {
    floor: () => wallTime(['-e', '0'], env),
    module: () => wallTime([bench.emptyModule], env),
    help: () => wallTime([bench.tool, '--help'], env),
    version: () => wallTime([bench.tool, '--version'], env),
    floorWithCa: () => wallTime(['-e', '0'], withExtraCa),
    versionWithCa: () => wallTime([bench.tool, '--version'], withExtraCa),
    ...(bench.before === undefined ? {} : { helpBefore: () => wallTime([bench.before, '--help'], env), versionBefore: () => wallTime([bench.before, '--version'], env) }),
  });
  const peer = { name: '`node -e 0`', value: median(results.floor) };
  const rows = [
    row({ what: '`--help`', ours: median(results.help), peer, show: ms, atMost: 1.25 }),
    row({ what: '`--version`', ours: median(results.version), peer, show: ms, atMost: 1.25 }),
    row({
      what: '`--version`, with `NODE_EXTRA_CA_CERTS` set',
      ours: median(results.versionWithCa), peer: { name: '`node -e 0`, likewise', value: median(results.floorWithCa) }, show: ms, atMost: 1.25,
    }),
    row({ what: '`--version`', ours: median(results.version), peer: { name: 'an empty ES module', value: median(results.module) }, show: ms }),
  ];
  if (bench.before !== undefined) {
    rows.push(
      row({ what: '`--help`', ours: median(results.help), peer: { name: BEFORE, value: median(results.helpBefore) }, show: ms, ...NO_SLOWER }),
      row({ what: '`--version`', ours: median(results.version), peer: { name: BEFORE, value: median(results.versionBefore) }, show: ms, ...NO_SLOWER }),
    );
  }
  const known = bench.knownCli();
  if (known === undefined) return { rows };
  const script = join(known.modules, KNOWN_CLI, 'dist', 'index.js');
  // It looks for updates at every start, which would measure the network and not the CLI.
  const quietEnv = { ...env, CLIMICROSOFT365_NOUPDATE: '1' };
  const times = await alternate(KNOWN_CLI_RUNS, {
    ours: () => wallTime([bench.tool, '--help'], env),
    known: () => wallTime([script, '--help'], quietEnv),
  });
  rows.push(row({
    what: `\`--help\`, CLI for Microsoft 365 (${KNOWN_CLI_RUNS} runs)`, ours: median(times.ours), peer: { name: KNOWN_CLI, value: median(times.known) }, show: ms,
  }));
  return { rows };
}
