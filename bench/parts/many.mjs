import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BEFORE } from '../lib/contenders.mjs';
import { manyDrives, watchMany } from '../lib/many-drives.mjs';
import { mb, ms, perSecond, seconds } from '../lib/table.mjs';

const SIZES = [10, 100, 1000];
/** Notifications in total, for any number of targets. */
const TAPS = 20_000;

/** One process that watches more and more drives of the emulator: how its needs grow with their number. Each version in turn. */
export async function measure(bench) {
  const drives = await manyDrives(bench, 'many', Math.max(...SIZES));
  try {
    const tools = Object.entries({ 'graph-watch': bench.tool, ...(bench.before === undefined ? {} : { [BEFORE]: bench.before }) }).map(([name, tool], index) => {
      const own = { ...drives.env, GRAPH_WATCH_CONFIG_DIR: join(bench.place, `many-${index}`) };
      execFileSync(process.execPath, [tool, 'login'], { env: own, stdio: 'ignore' });
      return { name, tool, env: own, first: undefined };
    });
    const lines = ['| drives in one process | | all ready after | memory | each more drive | CPU when idle | notifications when all tap |', '|--:|---|--:|--:|--:|--:|--:|'];
    for (const size of SIZES) {
      const file = join(drives.folder, `targets-${size}`);
      writeFileSync(file, drives.targets.slice(0, size).join('\n'));
      for (const one of tools) {
        const found = await watchMany(drives, { ...one, file, size, notifications: TAPS });
        one.first ??= found;
        const each = size === SIZES[0] ? '' : `${((found.residentBytes - one.first.residentBytes) / (size - SIZES[0]) / 1000).toFixed(0)} KB`;
        lines.push(`| ${size} | ${one.name} | ${seconds(found.readyMs)} | ${mb(found.residentBytes)} | ${each} | ${ms(found.idleMsPerSecond)} a second | ${perSecond(found.perSecond)} |`);
      }
    }
    return { rows: [], notes: [lines.join('\n')] };
  } finally {
    await drives.close();
  }
}
