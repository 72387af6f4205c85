import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bareConnections, manyDrives, watchMany } from '../lib/many-drives.mjs';
import { kb, limit, mb, ms, seconds } from '../lib/table.mjs';

const SIZES = [100, 10_000];
/** Resource units per minute. Each drive is asked for its endpoint, with --changes for a cursor, too. */
const BUDGET = 30_000;
/** After it is ready, a drive is queried six times more within a minute, and each query is a unit: only then does nothing happen. */
const idleAfterMs = (size) => 70_000 + (size * 7 * 60_000) / BUDGET;
/** Where nothing follows a connect. */
const SETTLE_MS = 10_000;
const WAYS = { '`watch many --changes`': ['--changes'], '`watch many`': [] };
const FLOOR = 'bare ws over TLS';
/** The goals. */
const READY_MS = 40_000;
const IDLE_MS_PER_SECOND = 30;

/**
 * One process with ten thousand drives: memory for each, the time until all are ready with a budget that allows it, and CPU when nothing happens,
 * beside as many bare WebSockets. The emulator is a process on the same machine, and takes as much.
 */
export async function measure(bench) {
  const drives = await manyDrives(bench, 'ten-thousand', Math.max(...SIZES));
  try {
    const env = { ...drives.env, GRAPH_WATCH_CONFIG_DIR: join(bench.place, 'ten-thousand-own') };
    execFileSync(process.execPath, [bench.tool, 'login'], { env, stdio: 'ignore' });
    const lines = ['| | drives in one process | all ready after | CPU for that | memory | each additional drive | CPU when idle |', '|---|--:|--:|--:|--:|--:|--:|'];
    const largest = new Map();
    const add = async (name, find) => {
      let first;
      for (const size of SIZES) {
        const found = await find(size);
        first ??= found;
        const each = size === SIZES[0] ? '' : kb((found.residentBytes - first.residentBytes) / (size - SIZES[0]));
        bench.say(`${name}, ${size}: ready after ${seconds(found.readyMs)}`);
        lines.push(`| ${name} | ${size.toLocaleString('en-US')} | ${seconds(found.readyMs)} | ${seconds(found.readyCpuMs)} | ${mb(found.residentBytes)} | ${each} | ${ms(found.idleMsPerSecond)} a second |`);
        largest.set(name, found);
      }
    };
    for (const [name, flags] of Object.entries(WAYS)) {
      await add(name, (size) => {
        const file = join(drives.folder, `targets-${size}`);
        writeFileSync(file, drives.targets.slice(0, size).join('\n'));
        return watchMany(drives, { tool: bench.tool, env, file, size, notifications: 0, flags: [...flags, '--budget', String(BUDGET)], settleMs: flags.includes('--changes') ? idleAfterMs(size) : SETTLE_MS });
      });
    }
    await add(FLOOR, (size) => bareConnections(bench, size, SETTLE_MS));
    const compare = (what, name, which, show, atMost) => limit({ what: `${name}, ${SIZES.at(-1).toLocaleString('en-US')} drives: ${what}`, ours: largest.get(name)[which], peer: { name: FLOOR, value: largest.get(FLOOR)[which] }, show, atMost });
    const rows = Object.keys(WAYS).flatMap((name) => [
      compare('all ready', name, 'readyMs', seconds, READY_MS),
      compare('CPU when idle, per second', name, 'idleMsPerSecond', ms, IDLE_MS_PER_SECOND),
    ]);
    return { rows, notes: [lines.join('\n'), `With \`--budget ${BUDGET}\`. With the default of 312, 10,000 drives take half an hour for their endpoints, and with --changes an hour.`] };
  } finally {
    await drives.close();
  }
}
