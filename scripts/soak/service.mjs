import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Copies the built tool, so that a build does not change it under a running watch. Returns the binary. */
export function copyTool(place) {
  const copy = join(place, 'tool');
  mkdirSync(copy);
  for (const part of ['bin', 'dist', 'package.json']) cpSync(join(root, part), join(copy, part), { recursive: true });
  return join(copy, 'bin/graph-watch.js');
}

/** Bundles the emulator for this process: its faults are injected in process, and its sockets counted as it sends. */
async function loadEmulator(place) {
  const outfile = join(place, 'emulator.mjs');
  await build({
    absWorkingDir: root, entryPoints: ['src/emulator/start.ts'], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20',
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  return (await import(pathToFileURL(outfile).href)).startEmulator;
}

/** The service to watch; `tokenFile` always contains a token that it accepts. `options`: the emulator's, beside those of the soak. */
export async function startService({ place, tokenFile, options = {} }) {
  const startEmulator = await loadEmulator(place);
  const secrets = new Set();
  const start = async (ports) => {
    const emulator = await startEmulator({
      folder: join(place, 'drive'), stateFolder: join(place, 'state'), admin: true,
      port: ports.port, pushPort: ports.pushPort, pingIntervalMs: 2_000, pingTimeoutMs: 2_000, lifetimeMs: 5_000, ...options,
    });
    const renewToken = () => {
      const token = emulator.admin.issueToken();
      secrets.add(token);
      writeFileSync(tokenFile, token);
    };
    // Before the 401 is sent: the watch then finds a token other than the refused one.
    emulator.events.on((event) => {
      if (event.type === 'request' && event.status === 401) renewToken();
    });
    renewToken();
    return emulator;
  };
  let emulator = await start({ port: 0, pushPort: 0 });
  const ports = { port: Number(new URL(emulator.graphUrl).port), pushPort: Number(new URL(emulator.pushUrl).port) };
  return {
    graphUrl: emulator.graphUrl,
    caFile: emulator.caFile,
    secrets,
    /** Undefined while it is down. */
    get emulator() {
      return emulator;
    },
    async stop() {
      const running = emulator;
      emulator = undefined;
      await running?.close();
    },
    async startAgain() {
      emulator = await start(ports);
    },
  };
}
