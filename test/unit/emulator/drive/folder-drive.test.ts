import { rmSync, writeFileSync } from 'node:fs';
import { link, mkdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDrive } from '../support/drive-folder.ts';
import type { Item } from '../../../../src/emulator/drive/item.ts';
import type { DriveFolder } from '../support/drive-folder.ts';

let open: DriveFolder;
const at = (path: string): string => join(open.folder, path);
beforeEach(async () => {
  open = await openDrive();
});
afterEach(() => open.close());

/** File systems write down times in steps of some milliseconds: until the next one, a reused inode has the same time of birth. */
async function untilBornLater(path: string): Promise<void> {
  const { birthtimeNs: born } = await stat(path, { bigint: true });
  const probe = `${open.folder}-probe`;
  let later = born;
  while (born > 0n && later === born) {
    await mkdir(probe);
    ({ birthtimeNs: later } = await stat(probe, { bigint: true }));
    await rm(probe, { recursive: true });
  }
}

const idOf = (path: string): string | undefined => open.drive.tree.byPath(path)?.item.id;

describe('a folder as a drive', () => {
  it('notices new files and folders, and what is in them', async () => {
    await mkdir(at('a/b'), { recursive: true });
    await writeFile(at('a/b/c.txt'), 'c');
    expect(await open.changes()).toEqual(['created a', 'created b', 'created c.txt']);
    expect(await open.changes()).toEqual([]);
  });

  it('keeps the id of a file that is modified, renamed, or moved', async () => {
    await writeFile(at('a.txt'), 'one');
    await mkdir(at('folder'));
    await open.changes();
    const id = idOf('a.txt');
    await writeFile(at('a.txt'), 'more');
    expect(await open.changes()).toEqual(['modified: a.txt']);
    await rename(at('a.txt'), at('b.txt'));
    expect(await open.changes()).toEqual(['renamed from a.txt: b.txt']);
    await rename(at('b.txt'), at('folder/b.txt'));
    expect(await open.changes()).toEqual(['moved: b.txt']);
    await rename(at('folder/b.txt'), at('c.txt'));
    expect(await open.changes()).toEqual(['renamed from b.txt and moved: c.txt']);
    expect(idOf('c.txt')).toBe(id);
    expect(open.drive.tree.byId(id!)?.item).toMatchObject({ version: 5, contentVersion: 2 });
  });

  it('reports only the folder when a folder is renamed; what is in it keeps its ids', async () => {
    await mkdir(at('a/b'), { recursive: true });
    await writeFile(at('a/b/c.txt'), 'c');
    await open.changes();
    const ids = [idOf('a'), idOf('a/b'), idOf('a/b/c.txt')];
    await rename(at('a'), at('z'));
    expect(await open.changes()).toEqual(['renamed from a: z']);
    expect([idOf('z'), idOf('z/b'), idOf('z/b/c.txt')]).toEqual(ids);
  });

  it('reports a deleted folder and everything that was in it, the folder first', async () => {
    await mkdir(at('a/b'), { recursive: true });
    await writeFile(at('a/b/c.txt'), 'c');
    await open.changes();
    await rm(at('a'), { recursive: true });
    expect(await open.changes()).toEqual(['deleted a', 'deleted b', 'deleted c.txt']);
    expect(open.drive.tree.root.item.size).toBe(0);
  });

  it('reports folders that were deleted and recreated at once, even if inodes are reused', async () => {
    await mkdir(at('a'));
    await mkdir(at('b'));
    await writeFile(at('a/old.txt'), 'old');
    await open.changes();
    for (let round = 0; round < 5; round += 1) {
      await untilBornLater(at('b'));
      await rm(at('a'), { recursive: true });
      await rm(at('b'), { recursive: true });
      await mkdir(at('a'));
      await mkdir(at('b'));
      await writeFile(at('a/new.txt'), 'new');
      expect((await open.changes()).sort()).toEqual(['created a', 'created b', 'created new.txt', 'deleted a', 'deleted b', `deleted ${round === 0 ? 'old' : 'new'}.txt`]);
      // What was reported once is not reported again, and later changes are reported correctly.
      expect(await open.changes()).toEqual([]);
      await writeFile(at('a/new.txt'), 'newer');
      expect(await open.changes()).toEqual(['modified: new.txt']);
    }
  });

  it('keeps what was moved out of a folder before that was deleted', async () => {
    await mkdir(at('a'));
    await writeFile(at('a/keep.txt'), 'k');
    await open.changes();
    const id = idOf('a/keep.txt');
    await rename(at('a/keep.txt'), at('keep.txt'));
    await rm(at('a'), { recursive: true });
    expect(await open.changes()).toEqual(['moved: keep.txt', 'deleted a']);
    expect(idOf('keep.txt')).toBe(id);
  });

  it('distinguishes two files that swapped their names', async () => {
    await writeFile(at('a'), 'from a');
    await writeFile(at('b'), 'b');
    await open.changes();
    const [a, b] = [idOf('a'), idOf('b')];
    await rename(at('a'), at('t'));
    await rename(at('b'), at('a'));
    await rename(at('t'), at('b'));
    expect((await open.changes()).sort()).toEqual(['renamed from a: b', 'renamed from b: a']);
    expect([idOf('b'), idOf('a')]).toEqual([a, b]);
  });

  it('handles a folder that becomes the child of its own child', async () => {
    await mkdir(at('a/b'), { recursive: true });
    await open.changes();
    const [a, b] = [idOf('a'), idOf('a/b')];
    await rename(at('a/b'), at('b'));
    await rename(at('a'), at('b/a'));
    await open.changes();
    expect([idOf('b/a'), idOf('b')]).toEqual([a, b]);
  });

  it('treats a save by write and rename as a modification', async () => {
    await writeFile(at('doc.txt'), 'first');
    await open.changes();
    const id = idOf('doc.txt');
    await writeFile(at('.doc.txt.tmp'), 'second draft');
    await rename(at('.doc.txt.tmp'), at('doc.txt'));
    expect(await open.changes()).toEqual(['modified: doc.txt']);
    expect(idOf('doc.txt')).toBe(id);
  });

  it('assigns a new id to a file created after a deletion was seen, even in the same inode', async () => {
    await writeFile(at('a.txt'), 'a');
    await open.changes();
    const id = idOf('a.txt');
    await rm(at('a.txt'));
    expect(await open.changes()).toEqual(['deleted a.txt']);
    await writeFile(at('a.txt'), 'a');
    expect(await open.changes()).toEqual(['created a.txt']);
    expect(idOf('a.txt')).not.toBe(id);
  });

  it('assigns new ids to files created where others vanished', async () => {
    const names = ['1', '2', '3', '4', '5', '6', '7', '8'];
    for (const name of names) await writeFile(at(name), name);
    await open.changes();
    const before = names.map(idOf);
    // Synchronously: the watcher must not read in between.
    for (const name of names) rmSync(at(name));
    for (const name of names) writeFileSync(at(`new-${name}`), `other ${name}`);
    const reported = await open.changes();
    expect(reported.filter((line) => line.startsWith('created'))).toHaveLength(8);
    expect(reported.filter((line) => line.startsWith('deleted'))).toHaveLength(8);
    expect(names.map((name) => idOf(`new-${name}`)).filter((id) => before.includes(id))).toEqual([]);
    // As the real delta may do: first what was created, then what was deleted.
    expect(reported.slice(0, 8).every((line) => line.startsWith('created'))).toBe(true);
  });

  it('reports a touched file as modified, but ignores a folder\'s own times', async () => {
    await mkdir(at('f'));
    await writeFile(at('a'), 'a');
    await open.changes();
    await utimes(at('a'), new Date(), new Date(Date.now() + 5000));
    await utimes(at('f'), new Date(), new Date(Date.now() + 5000));
    expect(await open.changes()).toEqual(['modified: a']);
  });

  it('assigns each hard link its own id', async () => {
    await writeFile(at('a'), 'a');
    await open.changes();
    const id = idOf('a');
    await link(at('a'), at('0-linked'));
    expect(await open.changes()).toEqual(['created 0-linked']);
    expect(idOf('a')).toBe(id);
    expect(idOf('0-linked')).not.toBe(id);
    expect(await open.changes()).toEqual([]);
  });

  it('does not follow links out of the folder', async () => {
    await symlink('/etc', at('etc'));
    await symlink('/etc/hostname', at('hostname'));
    expect(await open.changes()).toEqual([]);
  });

  it('handles a file that is replaced by a folder of the same name', async () => {
    await writeFile(at('x'), 'x');
    await open.changes();
    const id = idOf('x');
    await rm(at('x'));
    await mkdir(at('x'));
    expect(await open.changes()).toEqual(['created x', 'deleted x']);
    expect(idOf('x')).not.toBe(id);
  });

  it('keeps a folder\'s size as the sum of what is in it', async () => {
    await mkdir(at('a/b'), { recursive: true });
    await writeFile(at('a/1'), '1');
    await writeFile(at('a/b/22'), '22');
    await open.changes();
    const size = (path: string): number | undefined => open.drive.tree.byPath(path)?.item.size;
    expect([size(''), size('a'), size('a/b')]).toEqual([3, 3, 2]);
    await writeFile(at('a/b/22'), '4444');
    await rename(at('a/1'), at('1'));
    await open.changes();
    expect([size(''), size('a'), size('a/b')]).toEqual([5, 4, 4]);
  });

  it('updates the time of what is renamed or moved, and of every folder above a change, but not the folder\'s version', async () => {
    await mkdir(at('a/b'), { recursive: true });
    await writeFile(at('a/b/old.txt'), 'old');
    await utimes(at('a/b/old.txt'), 1_000, 1_000);
    await open.changes();
    const item = (path: string): Item => {
      const found = open.drive.tree.byPath(path)?.item;
      if (found === undefined) throw new Error(`nothing at ${path}`);
      return found;
    };
    expect(item('a/b/old.txt').modifiedMs).toBe(1_000_000);
    const before = item('a');
    open.clock.step(3_600_000);
    await rename(at('a/b/old.txt'), at('a/b/new.txt'));
    expect(await open.changes()).toHaveLength(1);
    expect(item('a/b/new.txt').modifiedMs).toBe(open.clock.now());
    expect(item('a')).toMatchObject({ modifiedMs: before.modifiedMs, belowMs: open.clock.now(), version: before.version });

    open.clock.step(1_000);
    await rename(at('a/b'), at('c'));
    await open.changes();
    expect(item('c').modifiedMs).toBe(open.clock.now());
    expect(item('a').belowMs).toBe(open.clock.now());
    // A second scan finds nothing new: the file's own time is as old as before.
    expect(await open.changes()).toEqual([]);
    expect(item('c/new.txt').modifiedMs).toBe(open.clock.now() - 1_000);

    open.clock.step(1_000);
    await rm(at('c/new.txt'));
    await open.changes();
    expect(item('c')).toMatchObject({ belowMs: open.clock.now(), size: 0 });
  });

  it('keeps ids across a restart', async () => {
    await writeFile(at('a.txt'), 'a');
    await open.changes();
    const id = idOf('a.txt');
    const { FolderDrive } = await import('../../../../src/emulator/drive/folder-drive.ts');
    const again = await FolderDrive.open({
      folder: open.folder, personality: 'business', author: open.drive.author, now: Date.now, lagMs: () => 0, onChanged: () => undefined, remark: () => undefined,
    });
    expect(again.tree.byPath('a.txt')?.item.id).toBe(id);
    await again.close();
  });
});
