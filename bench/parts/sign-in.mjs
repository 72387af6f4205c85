import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../lib/contenders.mjs';
import { alternate, median } from '../lib/stats.mjs';
import { ms, row } from '../lib/table.mjs';

/**
 * A sign-in is made at the emulator and stored as on a headless machine (its key in a file). Then the
 * same Graph as in "ready" is watched, with a token given and with the stored sign-in.
 */
export async function measure(bench) {
  const config = join(bench.place, 'signed-in');
  const emulatorConfig = join(bench.place, 'emulator');
  mkdirSync(config, { recursive: true });
  const emulator = spawn(process.execPath, [bench.tool, 'emulator', join(bench.place, 'drive'), '--port', '0', '--push-port', '0', '--auto-approve'], {
    env: { ...bench.env, GRAPH_WATCH_CONFIG_DIR: emulatorConfig }, stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    for await (const text of emulator.stderr.setEncoding('utf8')) if (text.includes('In another terminal')) break;
    emulator.stderr.resume();
    const { login, caFile } = JSON.parse(readFileSync(join(emulatorConfig, 'emulator', 'emulator.json'), 'utf8'));
    const authorities = join(bench.place, 'authorities.pem');
    writeFileSync(authorities, `${readFileSync(bench.env.NODE_EXTRA_CA_CERTS, 'utf8')}\n${readFileSync(caFile, 'utf8')}`);
    const env = {
      ...bench.env,
      GRAPH_WATCH_CONFIG_DIR: config,
      GRAPH_WATCH_GRAPH_URL: bench.server.places.tls.graph,
      GRAPH_WATCH_AUTHORITY: `${login}/common`,
      NODE_EXTRA_CA_CERTS: authorities,
    };
    execFileSync(process.execPath, [bench.tool, 'login'], { env, stdio: 'ignore' });
    const ready = (extra) => async () => {
      const { program, readyMs } = await connect(bench, 'graph-watch', { env: { ...env, ...extra } });
      await program.stop();
      return readyMs;
    };
    const times = await alternate(bench.runs * 2, { stored: ready({ GRAPH_WATCH_TOKEN: '' }), given: ready({ GRAPH_WATCH_TOKEN: 'bench-given' }) });
    return {
      rows: [row({
        what: 'start to `ready` from a stored sign-in', ours: median(times.stored),
        peer: { name: 'graph-watch, token given', value: median(times.given) }, show: ms, atMost: 1.1,
      })],
    };
  } finally {
    emulator.kill();
    if (emulator.exitCode === null) await once(emulator, 'exit');
  }
}
