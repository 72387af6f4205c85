import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderDrive } from '../../../../src/emulator/drive/folder-drive.ts';
import type { Item } from '../../../../src/emulator/drive/item.ts';
import { steppedClock } from './stepped-clock.ts';
import type { SteppedClock } from './stepped-clock.ts';

export const AUTHOR = {
  user: { id: 'ada', displayName: 'Ada', email: 'ada@example.com' },
  application: { id: 'app', displayName: 'App' },
};

/** A drive over its own folder, which is scanned only on demand. */
export interface DriveFolder {
  folder: string;
  drive: FolderDrive;
  clock: SteppedClock;
  pace: { deltaLagMs: number };
  /** What changed since the last call, such as `created a.txt`. */
  changes(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openDrive(): Promise<DriveFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'emulator-drive-'));
  const clock = steppedClock();
  const pace = { deltaLagMs: 0 };
  const known = new Map<string, Item>();
  let fresh: Item[] = [];
  const drive = await FolderDrive.open({
    folder,
    personality: 'business',
    author: AUTHOR,
    now: () => clock.now(),
    lagMs: () => pace.deltaLagMs,
    onChanged: (items) => (fresh = [...fresh, ...items]),
    remark: (message) => {
      throw new Error(message);
    },
  });
  return {
    folder,
    drive,
    clock,
    pace,
    changes: async () => {
      await drive.rescan();
      const described = fresh.map((item) => describeChange(item, known));
      fresh = [];
      return described;
    },
    close: async () => {
      await drive.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function describeChange(item: Item, known: Map<string, Item>): string {
  const before = known.get(item.id);
  known.set(item.id, item);
  if (item.deleted) return `deleted ${item.name}`;
  if (before === undefined || before.deleted) return `created ${item.name}`;
  const what = [
    ...(before.name === item.name ? [] : [`renamed from ${before.name}`]),
    ...(before.parentId === item.parentId ? [] : ['moved']),
    ...(before.contentVersion === item.contentVersion ? [] : ['modified']),
  ];
  return `${what.join(' and ')}: ${item.name}`;
}

/** The folder's content as the file system has it: path to size, folders with a slash. */
export async function contentOf(folder: string, path = ''): Promise<Map<string, number>> {
  const content = new Map<string, number>();
  for (const entry of await readdir(join(folder, path), { withFileTypes: true })) {
    const below = path === '' ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory()) {
      content.set(`${below}/`, 0);
      for (const [name, size] of await contentOf(folder, below)) content.set(name, size);
    } else content.set(below, (await stat(join(folder, below))).size);
  }
  return content;
}
