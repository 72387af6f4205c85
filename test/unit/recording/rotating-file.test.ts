import { execFileSync } from 'node:child_process';
import { linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, unlinkSync, watch, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { numberParts, setAside } from '../../../src/recording/parts.ts';
import { openRecording } from '../../../src/recording/recording-file.ts';
import { RotatingFile, type RotatingFileOptions } from '../../../src/recording/rotating-file.ts';

let folder: string;
let path: string;
let opened: RotatingFile[];
let mended: number[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graph-watch-recording-'));
  path = join(folder, 'events.ndjson');
  opened = [];
  mended = [];
});
afterEach(async () => {
  for (const file of opened) await file.close();
  rmSync(folder, { recursive: true });
});

function rotating(options: Partial<RotatingFileOptions> = {}): RotatingFile {
  const file = new RotatingFile({ path, mostBytes: 1_000, mostFiles: 3, pause: () => Promise.resolve(), onMended: (bytes) => mended.push(bytes), ...options });
  opened.push(file);
  return file;
}
const line = (text: string): string => `{"type":"ready","time":"2026-11-24T13:54:51.373Z","target":"${text}"}\n`;
const append = (file: RotatingFile, text: string): Promise<void> => file.append(Buffer.from(line(text)));
const content = (name: string): string => readFileSync(join(folder, name), 'utf8');
const names = (): string[] => readdirSync(folder).sort();

describe('a new file', () => {
  it('is readable only by its owner, and grows with each record', async () => {
    const file = rotating();
    await append(file, 'one');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await append(file, 'two');
    expect(content('events.ndjson')).toBe(line('one') + line('two'));
  });
});

describe('an existing file', () => {
  it('is added to if it is a recording, or empty', async () => {
    writeFileSync(path, line('old'));
    await append(rotating(), 'new');
    expect(content('events.ndjson')).toBe(line('old') + line('new'));
    writeFileSync(path, '');
    await append(rotating(), 'new');
    expect(content('events.ndjson')).toBe(line('new'));
  });

  it.each([
    ['a folder', () => { mkdirSync(path); }],
    ['a named pipe', () => { execFileSync('mkfifo', [path]); }],
    ['a link to a recording', () => { writeFileSync(join(folder, 'other'), line('other')); symlinkSync(join(folder, 'other'), path); }],
    ['a link to nothing', () => { symlinkSync(join(folder, 'none'), path); }],
    ['another file', () => { writeFileSync(path, 'My diary\n'); }],
    ['other JSON', () => { writeFileSync(path, '{"type":"module"}\n'); }],
    ['a hard link to another file', () => { writeFileSync(join(folder, 'other'), 'root:x:0:0\n'); linkSync(join(folder, 'other'), path); }],
  ])('is refused and not touched if it is %s', async (_what, make) => {
    make();
    const before = lstatSync(path);
    await expect(rotating().open()).rejects.toMatchObject({ category: 'usage' });
    expect(lstatSync(path)).toMatchObject({ size: before.size, mtimeMs: before.mtimeMs });
    expect(names()).not.toContain('none');
  });

  it.each([
    ['half a record', line('old') + '{"type":"change","ti', line('old'), 20],
    ['half a record and nothing else', '{"type":"change","time":"2026-11-24T13:54:51.373Z","target":"m', '', 62],
    ['the first bytes of a record', '{"ty', '', 4],
    ['a whole record without its newline', line('old').trimEnd(), line('old'), 0],
  ])('that ends with %s is repaired', async (_what, before, after, removed) => {
    writeFileSync(path, before);
    await append(rotating(), 'new');
    expect(content('events.ndjson')).toBe(after + line('new'));
    expect(mended).toEqual(removed === 0 ? [] : [removed]);
  });

  it('is left alone while another process is still writing its last line', async () => {
    writeFileSync(path, `${line('old')}{"type":"ready",`);
    const file = rotating({ pause: () => { writeFileSync(path, line('their').slice('{"type":"ready",'.length), { flag: 'a' }); return Promise.resolve(); } });
    await append(file, 'ours');
    expect(content('events.ndjson')).toBe(line('old') + line('their') + line('ours'));
  });
});

describe('a full file', () => {
  it('is set aside, and the oldest ones are removed; names sort in the order of the records', async () => {
    const file = rotating({ mostBytes: 2 * line('00').length });
    for (let number = 10; number < 21; number += 1) await append(file, String(number));
    expect(names()).toEqual(['events.000004.ndjson', 'events.000005.ndjson', 'events.ndjson']);
    expect(names().map(content).join('')).toBe([16, 17, 18, 19, 20].map((number) => line(String(number))).join(''));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('takes a single record that is larger than the limit', async () => {
    const file = rotating({ mostBytes: 10 });
    await append(file, 'one');
    await append(file, 'two');
    expect([content('events.000001.ndjson'), content('events.ndjson')]).toEqual([line('one'), line('two')]);
  });

  it('causes no other file to be removed or replaced', async () => {
    writeFileSync(join(folder, 'events.000001.ndjson'), 'My diary\n');
    writeFileSync(join(folder, 'events.000002.ndjson.bak'), line('bak'));
    mkdirSync(join(folder, 'events.000003.ndjson'));
    const file = rotating({ mostBytes: 10, mostFiles: 2 });
    for (const text of ['a', 'b', 'c']) await append(file, text);
    expect(names()).toEqual(['events.000001.ndjson', 'events.000002.ndjson.bak', 'events.000003.ndjson', 'events.000005.ndjson', 'events.ndjson']);
    expect(content('events.000001.ndjson')).toBe('My diary\n');
  });

  it('loses nothing if two processes record to it', async () => {
    const files = [rotating({ mostFiles: 1_000, mostBytes: 200 }), rotating({ mostFiles: 1_000, mostBytes: 200 })];
    await Promise.all(files.map(async (file, index) => { for (let number = 0; number < 50; number += 1) await append(file, `${index}-${number}`); }));
    const all = names().map(content).join('').split('\n').filter((text) => text !== '').map((text) => (JSON.parse(text) as { target: string }).target);
    expect(all.sort()).toEqual([0, 1].flatMap((index) => Array.from({ length: 50 }, (_, number) => `${index}-${number}`)).sort());
  });
});

it('is opened, or created, although others keep moving it away and creating it', async () => {
  let isOver = false;
  const others = (async () => {
    while (!isOver) {
      await rename(path, join(folder, 'moved.ndjson')).catch(() => undefined);
      await writeFile(path, line('other'), { flag: 'wx' }).catch(() => undefined);
    }
  })();
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const { handle } = await openRecording(path, () => Promise.resolve());
    await handle.close();
  }
  isOver = true;
  await others;
});

describe('a file that somebody else', () => {
  it('moves or removes is created again', async () => {
    const file = rotating();
    await append(file, 'one');
    renameSync(path, join(folder, 'moved'));
    await append(file, 'two');
    unlinkSync(path);
    await append(file, 'three');
    expect([content('moved'), content('events.ndjson')]).toEqual([line('one'), line('three')]);
  });

  it('replaces with something else is an error at the next record', async () => {
    const file = rotating();
    await append(file, 'one');
    rmSync(path);
    writeFileSync(path, 'My diary\n');
    await expect(append(file, 'two')).rejects.toMatchObject({ category: 'usage' });
    expect(content('events.ndjson')).toBe('My diary\n');
  });
});

describe('a write that was interrupted', () => {
  /** The disk takes this many bytes of the next write; the one after that fails. */
  async function filledUp(file: RotatingFile, bytes: number): Promise<void> {
    const { handle } = await file.open();
    const write = handle.write.bind(handle) as (text: Uint8Array, offset: number, length?: number) => Promise<{ bytesWritten: number }>;
    let calls = 0;
    Object.assign(handle, {
      write: async (text: Uint8Array, offset: number) => {
        calls += 1;
        if (calls === 2) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        return write(text, offset, calls === 1 ? bytes : undefined);
      },
    });
  }
  const both = (file: RotatingFile): Promise<void> => file.append(Buffer.from(line('one') + line('two')));
  const HALF = line('one').length + 10;

  it('continues at the exact byte', async () => {
    const file = rotating();
    await filledUp(file, HALF);
    await expect(both(file)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(content('events.ndjson')).toBe((line('one') + line('two')).slice(0, HALF));
    await both(file);
    await append(file, 'three');
    expect(content('events.ndjson')).toBe(line('one') + line('two') + line('three'));
  });

  it('damages no record of another process that has more room, and is repeated behind it', async () => {
    const [ours, theirs] = [rotating(), rotating()];
    await theirs.open();
    await filledUp(ours, HALF);
    await expect(both(ours)).rejects.toMatchObject({ code: 'ENOSPC' });
    await append(theirs, 'their');
    await both(ours);
    await append(ours, 'three');
    expect(content('events.ndjson').split('\n').map((text) => `${text}\n`)).toEqual([line('one'), `${line('two').slice(0, 10)}\n`, line('their'), line('two'), line('three'), '\n']);
  });

  it('is repeated if another process that has started meanwhile took it for the end of a killed one', async () => {
    const [ours, theirs] = [rotating(), rotating()];
    await filledUp(ours, HALF);
    await expect(both(ours)).rejects.toMatchObject({ code: 'ENOSPC' });
    await theirs.open();
    expect(mended).toEqual([10]);
    await both(ours);
    expect(content('events.ndjson')).toBe(line('one') + line('two'));
  });

  it('is repeated if what another process wrote instead has the same length', async () => {
    const [ours, theirs] = [rotating(), rotating()];
    await filledUp(ours, line('one').length + line('x').length);
    const longer = (file: RotatingFile): Promise<void> => file.append(Buffer.from(line('one') + line('longer')));
    await expect(longer(ours)).rejects.toMatchObject({ code: 'ENOSPC' });
    await append(theirs, 'x');
    await longer(ours);
    expect(content('events.ndjson')).toBe(line('one') + line('x') + line('longer'));
  });

  it('at the end of a line is not repeated, whatever came after it', async () => {
    const [ours, theirs] = [rotating(), rotating()];
    await theirs.open();
    await filledUp(ours, line('one').length);
    await expect(both(ours)).rejects.toMatchObject({ code: 'ENOSPC' });
    await append(theirs, 'their');
    await both(ours);
    expect(content('events.ndjson')).toBe(line('one') + line('their') + line('two'));
  });
});

it('begins a new line after what a killed process left while this one was recording', async () => {
  const file = rotating();
  await append(file, 'one');
  writeFileSync(path, '{"type":"ch', { flag: 'a' });
  await append(file, 'two');
  expect(content('events.ndjson')).toBe(`${line('one')}{"type":"ch\n${line('two')}`);
});

describe('a part without a number', () => {
  const LEFT = 'events.999999-0123456789ab.ndjson';

  it('is what a file is while it is set aside: it sorts between the parts and the file', async () => {
    const seen = new Set<string>();
    let numbered: () => void = () => undefined;
    const done = new Promise<void>((resolve) => { numbered = resolve; });
    const watcher = watch(folder, (_, name) => {
      if (name !== null) seen.add(name);
      if (name === 'events.000001.ndjson') numbered();
    });
    const file = rotating({ mostBytes: 10 });
    await append(file, 'one');
    await append(file, 'two');
    await done;
    watcher.close();
    expect([...seen].sort()).toEqual(['events.000001.ndjson', expect.stringMatching(/^events\.999999-[0-9a-f]{12}\.ndjson$/), 'events.ndjson']);
  });

  it('gets its number from the next process, if its own was killed', async () => {
    writeFileSync(join(folder, 'events.000007.ndjson'), line('seven'));
    writeFileSync(join(folder, LEFT), line('left'));
    writeFileSync(path, line('current'));
    expect(names().map(content).join('')).toBe(line('seven') + line('left') + line('current'));
    await rotating().open();
    expect(names()).toEqual(['events.000007.ndjson', 'events.000008.ndjson', 'events.ndjson']);
    expect(names().map(content).join('')).toBe(line('seven') + line('left') + line('current'));
  });

  it('is not numbered twice', async () => {
    writeFileSync(join(folder, LEFT), line('left'));
    linkSync(join(folder, LEFT), join(folder, 'events.000001.ndjson'));
    await rotating().open();
    expect(names()).toEqual(['events.000001.ndjson', 'events.ndjson']);
  });

  it('gets one number if several processes find it while its own is still at it', async () => {
    let isOver = false;
    const others = [1, 2].map(async () => { while (!isOver) await numberParts(path); });
    for (let round = 1; round <= 100; round += 1) {
      writeFileSync(path, line(String(round)));
      await setAside(path);
    }
    isOver = true;
    await Promise.all(others);
    expect(names().map(content).sort()).toEqual(Array.from({ length: 100 }, (_, index) => line(String(index + 1))).sort());
    expect(names().filter((name) => !/^events\.\d{6}\.ndjson$/.test(name))).toEqual([]);
  });
});

it('fails with the system\'s error code', async () => {
  // Permissions stop nobody who is root; a file where the folder should be stops everybody.
  rmSync(folder, { recursive: true });
  writeFileSync(folder, '');
  await expect(rotating().open()).rejects.toMatchObject({ code: 'ENOTDIR' });
});
