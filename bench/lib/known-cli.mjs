import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const KNOWN_CLI = '@pnp/cli-microsoft365';
/** The network may be slow, but must not hold the bench up indefinitely. */
const INSTALL_TIMEOUT_MS = 180_000;

/**
 * Installs a package into an empty folder with an empty cache, as a first `npm i` does. Returns the time it took,
 * its size on disk, and the number of packages.
 */
export function coldInstall(folder, what) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  const started = performance.now();
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--no-update-notifier', '--cache', join(folder, 'cache'), what], {
    cwd: folder, stdio: 'ignore', timeout: INSTALL_TIMEOUT_MS,
  });
  const installMs = performance.now() - started;
  const modules = join(folder, 'node_modules');
  const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'));
  return { modules, installMs, bytes: bytesBelow(modules), packages: Object.keys(packages).length };
}

/** A well-known CLI, for comparison: installed at first use, `undefined` if npm cannot fetch it. */
export function createKnownCli(place, say) {
  let installed;
  return () => {
    if (installed !== undefined) return installed ?? undefined;
    say(`installing ${KNOWN_CLI} …`);
    try {
      installed = coldInstall(join(place, 'known-cli'), KNOWN_CLI);
    } catch {
      installed = null;
      say(`${KNOWN_CLI} could not be installed (is npm's registry reachable?): its rows are skipped.`);
    }
    return installed ?? undefined;
  };
}

function bytesBelow(folder) {
  let sum = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) sum += bytesBelow(path);
    else if (entry.isFile()) sum += statSync(path).size;
  }
  return sum;
}
