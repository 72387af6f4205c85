import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeWholeSync } from '../lib/write-whole.ts';

/** How `--cloud emulator` finds the emulator: it writes this file when it starts. */
export interface EmulatorFile {
  graphUrl: string;
  /** The sign-in host, without the tenant. */
  login: string;
  /** The PEM of the CA that its certificates are from. */
  caFile: string;
  /** Its process. */
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

/** One file for each emulator that runs, of which `emulator.json` repeats the newest. */
function runningFolder(configFolder: string): string {
  return join(emulatorFolder(configFolder), 'running');
}

/**
 * The emulator that was started last and still runs; its defaults where none has been started.
 *
 * On the way of every `--cloud emulator` command, so it reads one file and asks for one process. Only
 * where that one is gone without having been able to say so does it look for others.
 */
export function readEmulatorFile(configFolder: string): EmulatorFile {
  const root = `https://localhost:${EMULATOR_PORT}`;
  const usual: EmulatorFile = { graphUrl: root, login: root, caFile: join(emulatorFolder(configFolder), 'ca', 'ca.pem') };
  const found = recordIn(emulatorFilePath(configFolder));
  // None was started here yet, or all have ended: what fails then is the connection, with a hint.
  if (found === undefined) return usual;
  const lives = found.pid === undefined || isAlive(found.pid);
  // One that cannot be seen from here, as from another container, may run all the same.
  return { ...usual, ...(lives ? found : (newestAlive(configFolder) ?? found)) };
}

/**
 * Says that this emulator runs, to every command from now on. Returns what takes it back: the newest
 * of those that still run is then found again. Where none does, commands still look at the place of the
 * last: its sign-ins are known there, and there it may be started again.
 */
export function announceEmulator(configFolder: string, place: EmulatorFile, now: number): () => void {
  const record: EmulatorFile = { ...place, pid: process.pid, started: now };
  const own = join(runningFolder(configFolder), `${process.pid}-${new URL(place.graphUrl).port}.json`);
  mkdirSync(runningFolder(configFolder), { recursive: true, mode: 0o700 });
  // Those of emulators that were killed: another process may get their number.
  for (const { path, lives } of runningIn(configFolder)) if (!lives) rmSync(path, { force: true });
  replace(own, record);
  replace(emulatorFilePath(configFolder), record);
  return () => {
    rmSync(own, { force: true });
    const shown = recordIn(emulatorFilePath(configFolder));
    if (shown?.pid === undefined) return;
    const isOwn = shown.pid === record.pid && shown.graphUrl === record.graphUrl;
    // One that was killed cannot take away its own.
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

/** Signal 0 only asks. A process that belongs to somebody else lives too. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Undefined where there is none, or no such thing. */
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

/** As a whole, so that a command that starts meanwhile reads the one or the other. */
function replace(path: string, record: Partial<EmulatorFile>): void {
  writeWholeSync(path, `${JSON.stringify(record)}\n`);
}
