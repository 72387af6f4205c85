import { rmSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startBinary, type Running } from '../../support/binary.ts';
import { emulatedDrive, type EmulatedDrive } from '../../support/emulated-watch.ts';
import { natsServer, type NatsServer } from './nats-server.ts';

/** A short lease: tests wait for events, but some come only when a lease is over. */
export const LEASE_MS = 2_000;

/** A process that is a member. */
export interface Member extends Running {
  name: string;
  readyFile: string;
  /** The records so far. */
  readonly records: Record<string, unknown>[];
  /** The labels of the targets that it watches according to its own records: `ready`, and no `end` after that. */
  readonly watching: string[];
  /** Paths and ids of the changes that it has reported. */
  readonly changes: { label: string; path: string }[];
}

/** Several processes, one emulator with drives of their own content (`d1`, `d2` …), and one NATS server. */
export interface ClusterScene {
  drive: EmulatedDrive;
  nats: NatsServer;
  /** Writes the list of targets: the drives with these numbers. */
  list(...drives: number[]): void;
  file: string;
  member(name: string, flags?: readonly string[], options?: { file?: string; env?: Record<string, string> }): Member;
  /** Another command of the same cluster. */
  cluster(...args: string[]): Running;
  /** Writes a file into a drive. */
  write(drive: number, name: string): void;
  /** Resolves once this holds; checked whenever a member has written something. */
  until(what: () => boolean, members: readonly Member[]): Promise<void>;
  /** The paths that JetStream has for each drive, in its order, with their ids. */
  published(): Promise<{ label: string; path: string; id: string }[]>;
  close(): Promise<void>;
}

export async function clusterScene({ drives = 4, natsFlags = ['-js'] }: { drives?: number; natsFlags?: readonly string[] } = {}): Promise<ClusterScene> {
  const drive = await emulatedDrive({ drives, ownContent: true });
  const nats = await natsServer(natsFlags);
  await nats.start();
  const file = join(drive.place, 'targets');
  const ids = drive.running.emulator.extraDrives;
  const members: Member[] = [];
  const where = ['--cluster', 'test', '--nats', nats.url];
  const scene: ClusterScene = {
    drive, nats, file,
    list(...numbers) {
      writeFileSync(file, numbers.map((number) => `drive:${ids[number - 1] ?? ''} as d${String(number)}\n`).join(''));
    },
    member(name, flags = [], { file: list = file, env = {} } = {}) {
      const readyFile = join(drive.place, `${name}.ready`);
      const running = startBinary(['watch', 'many', list, ...where, '--member', name, '--lease', `${String(LEASE_MS)}ms`, '--json', '--lifecycle', '--ready-file', readyFile, ...flags], { env: { ...drive.env, ...env } });
      const records = (): Record<string, unknown>[] => running.stdout.split('\n').slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
      const found = Object.defineProperties<unknown>({ name, readyFile, process: running.process, done: running.done, until: running.until.bind(running) }, {
        stdout: { get: () => running.stdout },
        stderr: { get: () => running.stderr },
        records: { get: records },
        watching: {
          get: () => {
            const watched = new Set<string>();
            for (const { type, label } of records()) {
              if (type === 'ready') watched.add(String(label));
              if (type === 'end') watched.delete(String(label));
            }
            return [...watched].sort();
          },
        },
        changes: { get: () => records().filter(({ type }) => type === 'change').map(({ label, item }) => ({ label: String(label), path: (item as { path: string }).path })) },
      }) as Member;
      members.push(found);
      return found;
    },
    // A test's own arguments win: of two equal options, the last one counts.
    cluster: (command = '', ...args) => startBinary(['cluster', command, ...where, ...args], { env: drive.env }),
    write(number, name) {
      drive.write(`drive-${String(number)}/${name}`, name);
    },
    until: (what, of) => new Promise((resolve, reject) => {
      const streams = of.flatMap(({ process }) => [process.stdout, process.stderr]);
      // A ready file comes and goes without any output.
      const files = of.map(({ readyFile }) => watch(dirname(readyFile), () => { look(); }));
      const look = (): void => {
        if (!what()) return;
        for (const stream of streams) stream?.off('data', look);
        for (const file of files) file.close();
        resolve();
      };
      for (const stream of streams) stream?.on('data', look);
      for (const { done, name } of of) void done.then(({ code, stderr }) => { if (!what()) reject(new Error(`${name} ended with ${code}:\n${stderr}`)); });
      look();
    }),
    async published() {
      const messages = await nats.messages();
      return messages.filter(({ subject }) => subject.includes('.change.')).map((message) => {
        const { label, item } = JSON.parse(message.string()) as { label: string; item: { path: string } };
        return { label, path: item.path, id: message.header.get('ce-id') };
      });
    },
    async close() {
      for (const { process } of members) {
        process.kill('SIGCONT');
        process.kill('SIGKILL');
      }
      await Promise.all(members.map(({ done }) => done));
      await nats.close();
      await drive.close();
      rmSync(file, { force: true });
    },
  };
  return scene;
}

/** Whether these members watch these drives, each exactly one of them, and none has more than its share. */
export function isShared(members: readonly Member[], drives: readonly number[]): boolean {
  const all = members.flatMap(({ watching }) => watching);
  const most = Math.ceil(drives.length / members.length);
  return all.length === drives.length && new Set(all).size === all.length && members.every(({ watching }) => watching.length <= most);
}
