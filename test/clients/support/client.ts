import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from '@jest/globals';

/** Where scripts/ci/install-clients.sh puts the programs from npm. */
export const CLIENTS = process.env.GRAPH_WATCH_CLIENTS ?? join(homedir(), '.cache', 'graph-watch-clients');

/** Debian's own Python, for which its packages are; another may come first on the PATH. */
export const PYTHON = '/usr/bin/python3';

const DEBIAN_MODULES = '/usr/lib/python3/dist-packages';

export function isInNpm(path: string): boolean {
  return existsSync(join(CLIENTS, path));
}

export function isInPython(...modules: readonly string[]): boolean {
  return existsSync(PYTHON) && modules.every((name) => existsSync(join(DEBIAN_MODULES, name)));
}

/**
 * Describes a program that nobody here wrote, against the emulator. Where it is not installed, the
 * title says so and its tests are skipped; with CLIENTS_REQUIRED=1, as in `.ci/run`, they fail.
 */
export function describeClient(name: string, isInstalled: boolean, tests: () => void): void {
  if (isInstalled) {
    describe(name, tests);
  } else if (process.env.CLIENTS_REQUIRED === '1') {
    it(`${name} is installed`, () => {
      throw new Error(`${name} is not installed: run scripts/ci/install-clients.sh.`);
    });
  } else {
    describe.skip(`${name} (not installed: run scripts/ci/install-clients.sh)`, tests);
  }
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** A program of test/clients/drivers, which drives a client. */
export function driver(name: string): string {
  return fileURLToPath(new URL(`../drivers/${name}`, import.meta.url));
}

/** Runs a program to its end, without the proxies and credentials of this machine; after 25 s it is killed. */
export function runClient(file: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const options = { env: { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', ...env }, timeout: 25_000, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    execFile(file, args, options, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** The JSON lines that a program printed; throws with all that it wrote if it failed. */
export function linesOf({ code, stdout, stderr }: Ended): Record<string, unknown>[] {
  if (code !== 0) throw new Error(`exit code ${code}:\n${stdout}${stderr}`);
  return stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
}
