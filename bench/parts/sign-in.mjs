import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BEFORE, connect, NO_SLOWER } from '../lib/contenders.mjs';
import { alternate, median } from '../lib/stats.mjs';
import { ms, row } from '../lib/table.mjs';

/**
 * Signs in at the emulator and stores the sign-in as a headless machine does (its key in a file). Then it watches
 * the same Graph as "ready" does, with a token given and with the stored sign-in.
 */
export async function measure(bench) {
  const emulatorConfig = join(bench.place, 'emulator');
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
      GRAPH_WATCH_GRAPH_URL: bench.server.places.tls.graph,
      GRAPH_WATCH_AUTHORITY: `${login}/common`,
      NODE_EXTRA_CA_CERTS: authorities,
    };
    /** Signs this version in, in a folder of its own. Returns a start that uses `token`, or the sign-in if it is empty. */
    const start = (name, tool) => {
      const config = join(bench.place, `signed-in-${name}`);
      mkdirSync(config, { recursive: true });
      const own = { ...env, GRAPH_WATCH_CONFIG_DIR: config };
      execFileSync(process.execPath, [tool, 'login'], { env: own, stdio: 'ignore' });
      return (token) => async () => {
        const { program, readyMs } = await connect(bench, name, { env: { ...own, GRAPH_WATCH_TOKEN: token } });
        await program.stop();
        return readyMs;
      };
    };
    const ours = start('graph-watch', bench.tool);
    const times = await alternate(bench.runs * 2, {
      stored: ours(''), given: ours('bench-given'), ...(bench.before === undefined ? {} : { before: start('before', bench.before)('') }),
    });
    const what = 'start to `ready` from a stored sign-in';
    return {
      rows: [
        row({ what, ours: median(times.stored), peer: { name: 'graph-watch, token given', value: median(times.given) }, show: ms, atMost: 1.05 }),
        ...(bench.before === undefined ? [] : [row({ what, ours: median(times.stored), peer: { name: BEFORE, value: median(times.before) }, show: ms, ...NO_SLOWER })]),
      ],
    };
  } finally {
    emulator.kill();
    if (emulator.exitCode === null) await once(emulator, 'exit');
  }
}
