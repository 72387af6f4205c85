import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Program } from './process.mjs';

const IDLE_MS = 10_000;

/** Starts the emulator with this many further drives, in a process of its own. */
export async function manyDrives(bench, name, drives) {
  const config = join(bench.place, name);
  const emulator = spawn(process.execPath, [
    bench.tool, 'emulator', join(bench.place, `${name}-drive`), '--port', '0', '--push-port', '0', '--auto-approve', '--admin', '--drives', String(drives),
  ], { env: { ...bench.env, GRAPH_WATCH_CONFIG_DIR: config }, stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const text of emulator.stderr.setEncoding('utf8').iterator({ destroyOnReturn: false })) if (text.includes('In another terminal')) break;
  emulator.stderr.resume();
  const { graphUrl, login, caFile } = JSON.parse(readFileSync(join(config, 'emulator', 'emulator.json'), 'utf8'));
  return {
    folder: config,
    targets: readFileSync(join(config, 'emulator', 'targets.txt'), 'utf8').trim().split('\n'),
    env: { ...bench.env, GRAPH_WATCH_GRAPH_URL: graphUrl, GRAPH_WATCH_AUTHORITY: `${login}/common`, NODE_EXTRA_CA_CERTS: caFile },
    /** Makes the emulator send this many notifications to every endpoint. */
    async notifyAll(count) {
      const asking = request(`${graphUrl}/admin/notify`, { method: 'POST', ca: readFileSync(caFile), headers: { 'X-Emulator-Admin': '1', 'content-type': 'application/json' } });
      asking.end(JSON.stringify({ count }));
      const [answer] = await once(asking, 'response');
      answer.resume();
      if (answer.statusCode >= 300) throw new Error(`the emulator answered ${answer.statusCode}`);
    },
    async close() {
      emulator.kill();
      if (emulator.exitCode === null) await once(emulator, 'exit');
    },
  };
}

/**
 * Watches `size` drives in one process: how long until all are ready, what it takes when nothing happens, and how
 * many of `notifications` in total it prints per second (none: not measured).
 */
export async function watchMany(drives, { tool, env, file, size, notifications, flags = [], settleMs = 2_000 }) {
  const program = new Program([tool, 'watch', 'many', file, '--json', '--lifecycle', ...flags], env);
  const started = performance.now();
  const readyMs = (await program.lines(size)) - started;
  const readyCpuMs = program.cpuMs();
  await sleep(settleMs);
  const residentBytes = program.residentBytes();
  const cpuBefore = program.cpuMs();
  await sleep(IDLE_MS);
  const idleMsPerSecond = (program.cpuMs() - cpuBefore) / (IDLE_MS / 1000);
  const perSecond = notifications > 0 ? await notified(program, drives, notifications, size) : undefined;
  await program.stop();
  return { readyMs, readyCpuMs, residentBytes, idleMsPerSecond, perSecond };
}

async function notified(program, drives, notifications, size) {
  const read = program.lines(notifications);
  const tapped = performance.now();
  await drives.notifyAll(notifications / size);
  return notifications / (((await read) - tapped) / 1000);
}
