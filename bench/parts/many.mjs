import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BEFORE } from '../lib/contenders.mjs';
import { Program } from '../lib/process.mjs';
import { mb, ms, perSecond, seconds } from '../lib/table.mjs';

const SIZES = [10, 100, 1000];
/** Notifications in total, for any number of targets. */
const TAPS = 20_000;
const IDLE_MS = 10_000;

/** One process that watches more and more drives of the emulator: how its needs grow with their number. Each version in turn. */
export async function measure(bench) {
  const config = join(bench.place, 'many');
  const env = { ...bench.env, GRAPH_WATCH_CONFIG_DIR: config };
  const emulator = spawn(process.execPath, [
    bench.tool, 'emulator', join(bench.place, 'many-drive'), '--port', '0', '--push-port', '0', '--auto-approve', '--admin', '--drives', String(Math.max(...SIZES)),
  ], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    for await (const text of emulator.stderr.setEncoding('utf8')) if (text.includes('In another terminal')) break;
    emulator.stderr.resume();
    const { graphUrl, login, caFile } = JSON.parse(readFileSync(join(config, 'emulator', 'emulator.json'), 'utf8'));
    const emulated = { ...bench.env, GRAPH_WATCH_GRAPH_URL: graphUrl, GRAPH_WATCH_AUTHORITY: `${login}/common`, NODE_EXTRA_CA_CERTS: caFile };
    const tools = Object.entries({ 'graph-watch': bench.tool, ...(bench.before === undefined ? {} : { [BEFORE]: bench.before }) }).map(([name, tool], index) => {
      const own = { ...emulated, GRAPH_WATCH_CONFIG_DIR: join(bench.place, `many-${index}`) };
      execFileSync(process.execPath, [tool, 'login'], { env: own, stdio: 'ignore' });
      return { name, tool, env: own, first: undefined };
    });
    const targets = readFileSync(join(config, 'emulator', 'targets.txt'), 'utf8').trim().split('\n');
    const lines = ['| drives in one process | | all ready after | memory | each more drive | CPU when idle | notifications when all tap |', '|--:|---|--:|--:|--:|--:|--:|'];
    for (const size of SIZES) {
      const file = join(config, `targets-${size}`);
      writeFileSync(file, targets.slice(0, size).join('\n'));
      for (const one of tools) {
        const found = await watchMany(one, file, size, { graphUrl, ca: readFileSync(caFile) });
        one.first ??= found;
        const each = size === SIZES[0] ? '' : `${((found.residentBytes - one.first.residentBytes) / (size - SIZES[0]) / 1000).toFixed(0)} KB`;
        lines.push(`| ${size} | ${one.name} | ${seconds(found.readyMs)} | ${mb(found.residentBytes)} | ${each} | ${ms(found.idleMsPerSecond)} a second | ${perSecond(found.perSecond)} |`);
      }
    }
    return { rows: [], notes: [lines.join('\n')] };
  } finally {
    emulator.kill();
    if (emulator.exitCode === null) await once(emulator, 'exit');
  }
}

async function watchMany({ tool, env }, file, size, admin) {
  const program = new Program([tool, 'watch', 'many', file, '--json', '--lifecycle'], env);
  const started = performance.now();
  const readyMs = (await program.lines(size)) - started;
  await sleep(2_000);
  const residentBytes = program.residentBytes();
  const cpuBefore = program.cpuMs();
  await sleep(IDLE_MS);
  const idleMsPerSecond = (program.cpuMs() - cpuBefore) / (IDLE_MS / 1000);
  const read = program.lines(TAPS);
  const tapped = performance.now();
  await notifyAll(admin, TAPS / size);
  const perSecond = TAPS / (((await read) - tapped) / 1000);
  await program.stop();
  return { readyMs, residentBytes, idleMsPerSecond, perSecond };
}

/** Makes the emulator send this many notifications to every endpoint. */
async function notifyAll({ graphUrl, ca }, count) {
  const asking = request(`${graphUrl}/admin/notify`, { method: 'POST', ca, headers: { 'X-Emulator-Admin': '1', 'content-type': 'application/json' } });
  asking.end(JSON.stringify({ count }));
  const [answer] = await once(asking, 'response');
  answer.resume();
  if (answer.statusCode >= 300) throw new Error(`the emulator answered ${answer.statusCode}`);
}
