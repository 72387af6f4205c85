import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from '@jest/globals';

/** Where scripts/ci/install-clients.sh puts the programs from npm. */
export const CLIENTS = process.env.GRAPH_WATCH_CLIENTS ?? join(homedir(), '.cache', 'graph-watch-clients');

/** Debian's own Python, which has Debian's packages; another one may come first on the PATH. */
export const PYTHON = '/usr/bin/python3';

const DEBIAN_MODULES = '/usr/lib/python3/dist-packages';

export function isInNpm(path: string): boolean {
  return existsSync(join(CLIENTS, path));
}

/** Returns whether a Debian program is installed. */
export function isInDebian(name: string): boolean {
  return existsSync(join('/usr/bin', name));
}

export function isInPython(...modules: readonly string[]): boolean {
  return existsSync(PYTHON) && modules.every((name) => existsSync(join(DEBIAN_MODULES, name)));
}

const NOT_INSTALLED = 'not installed: run scripts/ci/install-clients.sh';

/**
 * Describes a third-party program's use of the emulator. Where it cannot be run, the title
 * says why (`lack`) and its tests are skipped; with CLIENTS_REQUIRED=1, as in `.ci/run`, they fail.
 */
export function describeClient(name: string, canRun: boolean, tests: () => void, lack = NOT_INSTALLED): void {
  if (canRun) {
    describe(name, tests);
  } else if (process.env.CLIENTS_REQUIRED === '1') {
    it(`${name} can be run`, () => {
      throw new Error(`${name} cannot be run (${lack}).`);
    });
  } else {
    describe.skip(`${name} (${lack})`, tests);
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

/** Programs get none of this machine's proxies and credentials; one that hangs is killed. */
function optionsWith(env: Record<string, string>): { env: Record<string, string>; timeout: number; killSignal: 'SIGKILL' } {
  return { env: { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', ...env }, timeout: 150_000, killSignal: 'SIGKILL' };
}

/** Runs a program to its end. */
export function runClient(file: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const options = optionsWith(env);
  return new Promise((resolve) => {
    execFile(file, args, options, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** Runs a program that asks a question: `answer` is called once, with the first match of `question` in its output. */
export async function converse(
  file: string,
  args: readonly string[],
  { env, question, answer }: { env: Record<string, string>; question: RegExp; answer: (match: RegExpExecArray) => Promise<void> },
): Promise<Ended> {
  const child = spawn(file, args, { ...optionsWith(env), stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  let answered: Promise<void> | undefined;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (piece: string) => {
      written[name] += piece;
      const match = question.exec(written[name]);
      if (match !== null) answered ??= answer(match);
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  await answered;
  return { code: code ?? -1, ...written };
}

/** Returns what a program printed; throws an error with all of its output if it failed. */
export function outputOf({ code, stdout, stderr }: Ended): string {
  if (code !== 0) throw new Error(`exit code ${code}:\n${stdout}${stderr}`);
  return stdout;
}

/** The JSON lines that a program printed; throws as `outputOf` does. */
export function linesOf(ended: Ended): Record<string, unknown>[] {
  return outputOf(ended).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
}
