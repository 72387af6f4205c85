import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bareEnv, startShell } from '../support/binary.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';

// The system accepts part of a line and refuses the rest: the disk is nearly full, or the size of files is limited.

let drive: EmulatedDrive;
let disk: string | undefined;
beforeEach(async () => {
  drive = await emulatedDrive();
});
afterEach(async () => {
  if (disk !== undefined) execFileSync('umount', ['-l', disk]);
  if (disk !== undefined) rmSync(disk, { recursive: true });
  disk = undefined;
  await drive.close();
});

const ROOM = 104;
const OLD_LINE = `${'x'.repeat(4096 - ROOM - 1)}\n`;

interface Place {
  file: string;
  /** Goes in front of the command. */
  limit: string;
  giveRoom: () => void;
}

/** A file system of eight pages with only a little room left. */
function smallDisk(): Place | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'graph-watch-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  disk = folder;
  const file = join(folder, 'out.ndjson');
  writeFileSync(file, OLD_LINE);
  try {
    writeFileSync(join(folder, 'filler'), Buffer.alloc(64 * 1024));
  } catch {
    // It is full now.
  }
  return { file, limit: '', giveRoom: () => { rmSync(join(folder, 'filler')); } };
}

/** A file that may grow only a little. */
function smallLimit(): Place {
  const file = join(drive.place, 'out.ndjson');
  writeFileSync(file, OLD_LINE);
  const place: Place = { file, limit: 'ulimit -f 4; ', giveRoom: () => { place.limit = ''; } };
  return place;
}

interface Run { code: number | string; stderr: string }
async function watch(place: Place, words: string, meanwhile: () => void = () => undefined): Promise<Run> {
  const shell = startShell(`${place.limit}graph-watch watch me ${words} >> '${place.file}'`, bareEnv(drive.env));
  await shell.until('stderr', 'waiting for changes').catch(() => undefined);
  meanwhile();
  await drive.running.emulator.admin.rescan();
  return shell.done;
}
/** What the file contains after the old line. */
const added = (place: Place): string[] => readFileSync(place.file, 'utf8').slice(OLD_LINE.length).split('\n');
const paths = (lines: readonly string[]): (string | undefined)[] => lines.map((line) => (JSON.parse(line) as { item: { path?: string } }).item.path);

describe.each<[string, () => Place | undefined]>([['a disk that is nearly full', smallDisk], ['a limit on the size of files', smallLimit]])('%s', (_name, make) => {
  it('loses nothing with --resume, and leaves no broken line', async () => {
    const place = make();
    if (place === undefined) {
      process.stderr.write('skipped: only root can mount a small disk\n');
      return;
    }
    mkdirSync(join(drive.place, 'config'), { recursive: true });
    const first = await watch(place, '--resume -n 1', () => { drive.write('precious.txt', 'p'); });
    expect(first.code).toBe(1);
    expect(first.stderr).toMatch(/\nerror: could not write to stdout: (?:ENOSPC|EFBIG).*\nCheck what stdout goes to/);
    const half = added(place);
    expect(half).toEqual([expect.stringMatching(/^\{"type":"change"/)]);
    expect(half[0]).toHaveLength(ROOM);

    place.giveRoom();
    drive.write('later.txt', 'l');
    expect((await watch(place, '--resume -n 2')).code).toBe(0);
    const [torn, ...whole] = added(place);
    expect(torn).toBe(half[0]);
    expect(whole.pop()).toBe('');
    expect(paths(whole).sort()).toEqual(['/later.txt', '/precious.txt']);
  });

  it('is an error also without --resume, although --count was reached', async () => {
    const place = make();
    if (place === undefined) return;
    const { code, stderr } = await watch(place, '--changes -n 1', () => { drive.write('precious.txt', 'p'); });
    expect(code).toBe(1);
    expect(stderr).toContain('could not write to stdout');
    expect(stderr).not.toContain('reached --count');
  });
});
