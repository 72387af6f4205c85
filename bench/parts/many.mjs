import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BEFORE } from '../lib/contenders.mjs';
import { bareConnections, manyDrives, watchMany } from '../lib/many-drives.mjs';
import { kb, limit, mb, ms, perSecond, seconds } from '../lib/table.mjs';

const SIZES = [10, 100, 1000];
const FLOOR = 'bare ws over TLS';
/** The goal for each additional drive. */
const EACH_BYTES = 60_000;
/** Notifications in total, for any number of targets. */
const TAPS = 20_000;

/** One process that watches more and more drives of the emulator: how its needs grow with their number, and beside it those of as many bare WebSockets. Each version in turn. */
export async function measure(bench) {
  const drives = await manyDrives(bench, 'many', Math.max(...SIZES));
  try {
    const tools = Object.entries({ 'graph-watch': bench.tool, ...(bench.before === undefined ? {} : { [BEFORE]: bench.before }) }).map(([name, tool], index) => {
      const own = { ...drives.env, GRAPH_WATCH_CONFIG_DIR: join(bench.place, `many-${index}`) };
      execFileSync(process.execPath, [tool, 'login'], { env: own, stdio: 'ignore' });
      return { name, tool, env: own };
    });
    const firsts = new Map();
    const eachOf = new Map();
    const lines = ['| drives in one process | | all ready after | memory | each additional drive | CPU when idle | notifications when all tap |', '|--:|---|--:|--:|--:|--:|--:|'];
    for (const size of SIZES) {
      const file = join(drives.folder, `targets-${size}`);
      writeFileSync(file, drives.targets.slice(0, size).join('\n'));
      for (const one of tools) {
        const found = await watchMany(drives, { ...one, file, size, notifications: TAPS });
        lines.push(line(one.name, size, found, each(one.name, size, found)));
      }
      const bare = await bareConnections(bench, size);
      lines.push(line(FLOOR, size, bare, each(FLOOR, size, bare)));
    }
    const largest = SIZES.at(-1);
    const peer = { name: FLOOR, value: eachOf.get(`${FLOOR} ${largest}`) };
    const rows = tools.map(({ name }) => limit({ what: `each additional drive in one process, up to ${largest}${name === BEFORE ? ` (${BEFORE})` : ''}`, ours: eachOf.get(`${name} ${largest}`), peer, show: kb, ...(name === BEFORE ? {} : { atMost: EACH_BYTES }) }));
    return { rows, notes: [lines.join('\n')] };

    /** What each drive beyond the smallest number takes, in bytes. */
    function each(name, size, found) {
      if (!firsts.has(name)) firsts.set(name, found);
      if (size === SIZES[0]) return undefined;
      const bytes = (found.residentBytes - firsts.get(name).residentBytes) / (size - SIZES[0]);
      eachOf.set(`${name} ${size}`, bytes);
      return bytes;
    }
  } finally {
    await drives.close();
  }
}

function line(name, size, found, eachBytes) {
  const eachDrive = eachBytes === undefined ? '' : kb(eachBytes);
  const rate = found.perSecond === undefined ? '' : perSecond(found.perSecond);
  return `| ${size} | ${name} | ${seconds(found.readyMs)} | ${mb(found.residentBytes)} | ${eachDrive} | ${ms(found.idleMsPerSecond)} a second | ${rate} |`;
}
