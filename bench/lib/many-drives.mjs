import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Program } from './process.mjs';

/** Longer than the push host's ping interval: each connection is pinged, and answers, at least once. */
const IDLE_MS = 30_000;

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
      if (answer.statusCode >= 300) throw new Error(`the emulator returned ${answer.statusCode}`);
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
  return watched(program, size, settleMs, async () => ({ perSecond: notifications > 0 ? await notified(program, drives, notifications, size) : undefined }));
}

/** Opens as many WebSockets as there would be drives, without anything else: what `watchMany` measures of them, as far as they have it. */
export async function bareConnections(bench, size, settleMs = 2_000) {
  const program = new Program([join(bench.root, 'bench', 'peers', 'bare-connections.mjs')], { ...bench.env, BENCH_PUSH: bench.server.places.tls.push.replace('https:', 'wss:'), BENCH_COUNT: String(size) });
  return watched(program, size, settleMs);
}

/** Waits until all are ready, and measures what the process takes then. */
async function watched(program, size, settleMs, more = async () => ({})) {
  const started = performance.now();
  const readyMs = (await program.lines(size)) - started;
  const readyCpuMs = program.cpuMs();
  await sleep(settleMs);
  const residentBytes = program.residentBytes();
  const cpuBefore = program.cpuMs();
  await sleep(IDLE_MS);
  const idleMsPerSecond = (program.cpuMs() - cpuBefore) / (IDLE_MS / 1000);
  const others = await more();
  await program.stop();
  return { readyMs, readyCpuMs, residentBytes, idleMsPerSecond, ...others };
}

async function notified(program, drives, notifications, size) {
  const read = program.lines(notifications);
  const tapped = performance.now();
  await drives.notifyAll(notifications / size);
  return notifications / (((await read) - tapped) / 1000);
}
