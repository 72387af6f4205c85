import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeWholeSync } from '../lib/write-whole.ts';

/** EmulatorFile is the file that the emulator writes when it starts, so that `--cloud emulator` finds it. */
export interface EmulatorFile {
  graphUrl: string;
  /** The sign-in host, without the tenant. */
  login: string;
  /** The path of its CA certificate (PEM). */
  caFile: string;
  /** Its process id. */
  pid?: number;
  /** When it started, in milliseconds since the epoch. */
  started?: number;
}

export const EMULATOR_PORT = 8443;
export const EMULATOR_PUSH_PORT = 8444;

export function emulatorFolder(configFolder: string): string {
  return join(configFolder, 'emulator');
}

export function emulatorFilePath(configFolder: string): string {
  return join(emulatorFolder(configFolder), 'emulator.json');
}

/** The folder with one file for each running emulator; `emulator.json` is a copy of the newest. */
function runningFolder(configFolder: string): string {
  return join(emulatorFolder(configFolder), 'running');
}

/**
 * `readEmulatorFile` returns the emulator that was started last and still runs, or the defaults if none has been started.
 *
 * Every `--cloud emulator` command calls it, so it reads one file and checks one process. It looks for others only
 * if that one died without removing its file.
 */
export function readEmulatorFile(configFolder: string): EmulatorFile {
  const root = `https://localhost:${EMULATOR_PORT}`;
  const usual: EmulatorFile = { graphUrl: root, login: root, caFile: join(emulatorFolder(configFolder), 'ca', 'ca.pem') };
  const found = recordIn(emulatorFilePath(configFolder));
  // None has been started here, or all have ended: then the connection fails, with a hint.
  if (found === undefined) return usual;
  const lives = found.pid === undefined || isAlive(found.pid);
  // One that cannot be seen from here, for example from another container, may still be running.
  return { ...usual, ...(lives ? found : (newestAlive(configFolder) ?? found)) };
}

/**
 * `announceEmulator` makes this emulator known to every command from now on. Returns a function that undoes it: then
 * the newest of those that still run is found again. If none runs, commands still use the address of the last one:
 * its sign-ins are stored for it, and it may be started there again.
 */
export function announceEmulator(configFolder: string, place: EmulatorFile, now: number): () => void {
  const record: EmulatorFile = { ...place, pid: process.pid, started: now };
  const own = join(runningFolder(configFolder), `${process.pid}-${new URL(place.graphUrl).port}.json`);
  mkdirSync(runningFolder(configFolder), { recursive: true, mode: 0o700 });
  // Files of emulators that were killed: another process may get the same id.
  for (const { path, lives } of runningIn(configFolder)) if (!lives) rmSync(path, { force: true });
  replace(own, record);
  replace(emulatorFilePath(configFolder), record);
  return () => {
    rmSync(own, { force: true });
    const shown = recordIn(emulatorFilePath(configFolder));
    if (shown?.pid === undefined) return;
    const isOwn = shown.pid === record.pid && shown.graphUrl === record.graphUrl;
    // An emulator that was killed could not remove its own.
    if (!isOwn && isAlive(shown.pid)) return;
    const other = newestAlive(configFolder);
    if (other !== undefined) replace(emulatorFilePath(configFolder), other);
  };
}

function newestAlive(configFolder: string): Partial<EmulatorFile> | undefined {
  const alive = runningIn(configFolder).filter(({ lives }) => lives);
  return alive.sort((one, other) => (other.record.started ?? 0) - (one.record.started ?? 0))[0]?.record;
}

function runningIn(configFolder: string): { path: string; record: Partial<EmulatorFile>; lives: boolean }[] {
  const folder = runningFolder(configFolder);
  const names = attempt(() => readdirSync(folder)) ?? [];
  return names.filter((name) => name.endsWith('.json')).map((name) => {
    const path = join(folder, name);
    const record = recordIn(path) ?? {};
    return { path, record, lives: record.pid !== undefined && isAlive(record.pid) };
  });
}

/** Signal 0 only checks. A process of another user counts as alive. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Returns `undefined` if there is none, or it is not valid. */
function recordIn(path: string): Partial<EmulatorFile> | undefined {
  return attempt(() => JSON.parse(readFileSync(path, 'utf8')) as Partial<EmulatorFile> | null) ?? undefined;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Replaces a file atomically, so that a command that starts meanwhile reads either the old or the new one. */
function replace(path: string, record: Partial<EmulatorFile>): void {
  writeWholeSync(path, `${JSON.stringify(record)}\n`);
}
