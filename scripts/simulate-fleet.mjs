// Many members of a cluster share many drives, on a simulated clock and with a bucket in memory: what goes to NATS, and how long
// it takes until the shares are even again. The numbers are those of docs/fleet.md.
//   node scripts/simulate-fleet.mjs [--targets 100000] [--members 40] [--lease 15] [--commits 6000] [--minutes 10] [--one-way 0.5] [--rate 5000] [--seed 20261127]
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values } = parseArgs({ options: {
  targets: { type: 'string', default: '100000' }, members: { type: 'string', default: '40' }, lease: { type: 'string', default: '15' }, commits: { type: 'string', default: '6000' },
  minutes: { type: 'string', default: '10' }, 'one-way': { type: 'string', default: '0.5' }, rate: { type: 'string', default: '5000' }, seed: { type: 'string', default: '20261127' },
} });
const { outputFiles } = await build({
  entryPoints: [new URL('../test/support/simulated-fleet.ts', import.meta.url).pathname],
  bundle: true, write: false, platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning',
});
const { simulatedFleet } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);

const started = Date.now();
const options = {
  targets: Number(values.targets), members: Number(values.members), leaseMs: Number(values.lease) * 1000, commitsPerMinute: Number(values.commits),
  minutes: Number(values.minutes), oneWayMs: Number(values['one-way']), requestsPerSecond: Number(values.rate), seed: Number(values.seed),
};
const { longestCommitMs, ...parts } = await simulatedFleet(options);
const shown = ({ messages, bytes, writes, mostWritesPerSecond, tookMs }) => ({
  ...(tookMs === undefined ? {} : { took: `${(tookMs / 1000).toFixed(1)} s` }),
  messages: Math.round(messages), megabytes: Number((bytes / 1e6).toFixed(2)), writes: Math.round(writes), mostWritesPerSecond,
});
console.log(JSON.stringify({
  ...options,
  ...Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, shown(part)])),
  longestCommit: `${longestCommitMs.toFixed(1)} ms`, took: `${((Date.now() - started) / 1000).toFixed(0)} s`,
  memory: `${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
}, null, 2));
