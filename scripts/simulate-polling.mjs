// A day of polled drives, on a simulated clock: does polling stay within its budget, and how long does it take until a
// change is reported? The numbers are those of docs/performance.md.
//   node scripts/simulate-polling.mjs [--drives 1000] [--hours 24] [--budget 312] [--seed 20261127]
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values } = parseArgs({ options: {
  drives: { type: 'string', default: '1000' }, hours: { type: 'string', default: '24' }, budget: { type: 'string', default: '312' }, seed: { type: 'string', default: '20261127' },
} });
const { outputFiles } = await build({
  entryPoints: [new URL('../test/support/simulated-day.ts', import.meta.url).pathname],
  bundle: true, write: false, platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning',
});
const { percentile, simulatedDay } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);

const started = Date.now();
const options = { drives: Number(values.drives), hours: Number(values.hours), budget: Number(values.budget), seed: Number(values.seed) };
const day = await simulatedDay(options);
const seconds = (ms) => `${(ms / 1000).toFixed(0)} s`;
console.log(JSON.stringify({
  ...options,
  requests: day.requests, units: day.units, mostUnitsInAMinute: day.mostPerMinute,
  changes: day.made, reported: day.reported,
  delay: Object.fromEntries([0.1, 0.5, 0.75, 0.9, 0.95, 0.99].map((part) => [`p${part * 100}`, seconds(percentile(day.delaysMs, part))])),
  longestDelay: seconds(day.delaysMs.at(-1)), longestPause: seconds(day.longestPauseMs), took: seconds(Date.now() - started),
}, null, 2));
process.exitCode = day.reported === day.made && day.mostPerMinute <= options.budget ? 0 : 1;
