import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { emulatorFilePath } from '../../src/app/emulator-file.ts';
import { main } from '../../src/main.ts';
import type { EmulatorOptions } from '../../src/emulator/start.ts';
import type { Clock } from '../../src/surroundings.ts';
import { runEmulator, type RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import { fakeSurroundings, type FakeSurroundings } from './fake-surroundings.ts';

/** A drive that is a local folder, and watches of it that run the whole program in this process. */
export interface EmulatedDrive {
  running: RunningEmulator;
  /** A folder for any files of a test. */
  place: string;
  /** The token that the watches use. */
  token: string;
  /** What a child process needs to find this emulator. */
  env: Record<string, string>;
  /** Writes a file in the drive, with its parent folders. */
  write(path: string, text: string): void;
  remove(path: string): void;
  /** `graph-watch watch me …`; resolves once it is connected. */
  watch(args: readonly string[], options?: { tty?: boolean; clock?: Clock }): Promise<EmulatedWatch>;
  close(): Promise<void>;
}

export interface EmulatedWatch extends FakeSurroundings {
  /** The exit code. */
  done: Promise<number>;
  /** The records so far. */
  readonly records: Record<string, unknown>[];
}

export async function emulatedDrive(options: Partial<EmulatorOptions> = {}): Promise<EmulatedDrive> {
  const running = await runEmulator(options);
  const place = mkdtempSync(join(tmpdir(), 'graph-watch-drive-'));
  const { graphUrl, authority, caFile, admin } = running.emulator;
  const token = admin.issueToken();
  const configFolder = join(place, 'config');
  const file = emulatorFilePath(configFolder);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ graphUrl, login: authority.replace(/\/[^/]*$/, ''), caFile }));
  const env = { GRAPH_WATCH_CONFIG_DIR: configFolder, GRAPH_WATCH_CLOUD: 'emulator', GRAPH_WATCH_TOKEN: token, PATH: process.env.PATH ?? '' };
  const watches: { stop: () => void; done: Promise<number> }[] = [];
  return {
    running, place, token, env,
    write(path, text) {
      const whole = join(running.folder, path);
      mkdirSync(dirname(whole), { recursive: true });
      writeFileSync(whole, text);
    },
    remove(path) {
      rmSync(join(running.folder, path));
    },
    async watch(args, { tty = false, clock } = {}) {
      const surroundings = fakeSurroundings({ env, tty: { stdout: tty }, random: () => 0.001, ...(clock === undefined ? {} : { clock }) });
      const done = main(['watch', 'me', ...args], surroundings);
      watches.push({ done, stop: () => { surroundings.raise('SIGINT'); } });
      // With --lifecycle, `ready` is a record on stdout.
      await Promise.race([surroundings.stderr.until('waiting for changes'), surroundings.stdout.until(/"[\w.-]*ready"/), done]);
      return Object.defineProperties(surroundings, {
        done: { value: done },
        records: { get: () => surroundings.stdout.lines.map((line) => JSON.parse(line) as Record<string, unknown>) },
      }) as EmulatedWatch;
    },
    async close() {
      for (const { stop } of watches) stop();
      await Promise.all(watches.map(({ done }) => done));
      await running.close();
      rmSync(place, { recursive: true, force: true });
    },
  };
}
