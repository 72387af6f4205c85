import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Item } from '../../../../src/emulator/drive/item.ts';
import type { Observed } from '../../../../src/emulator/drive/observation.ts';
import { restored } from '../../../../src/emulator/drive/restored-tree.ts';
import { newItem } from '../../../../src/emulator/drive/tree.ts';
import { TreeFile } from '../../../../src/emulator/drive/tree-file.ts';
import type { KeptNode, KeptTree } from '../../../../src/emulator/drive/tree-file.ts';
import { AUTHOR } from '../support/drive-folder.ts';

let place: string;
let path: string;
let remarks: string[];
let file: TreeFile;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'emulator-tree-'));
  path = join(place, 'drives', 'tree.ndjson');
  remarks = [];
  file = new TreeFile(path, (message) => remarks.push(message));
});
afterEach(() => rm(place, { recursive: true, force: true }));

const observed = (name: string, inode: string, folder = false): Observed => ({
  name, folder, size: folder ? 0 : 5, modifiedMs: 2, createdMs: 1, inode, birthNs: 1_000_000n, modifiedNs: 2_000_001n, changedNs: 3_000_000n,
});
const node = (id: string, parentId: string | undefined, inode: string, folder = false): KeptNode => ({
  item: newItem(id, parentId, observed(id, inode, folder), AUTHOR), observed: observed(id, inode, folder),
});
const ROOT = node('root', undefined, '1:1', true);
const kept = (from = file): KeptTree => {
  const found = from.read();
  if (typeof found !== 'object') throw new Error(found);
  return found;
};

describe('the file of a drive’s items', () => {
  it('returns what was written, and what was appended since', async () => {
    const [a, b] = [node('a', 'root', '1:2'), node('b', 'root', '1:3')];
    file.write(ROOT, [ROOT, a, b]);
    const grace = { ...AUTHOR, user: { ...AUTHOR.user, id: 'grace' } };
    const edited: Item = { ...a.item, version: 2, modifiedBy: grace };
    await file.append([edited, { ...b.item, deleted: true }], () => a.observed);
    expect(kept()).toEqual({ root: ROOT, nodes: [{ item: edited, observed: a.observed }] });
  });

  it('is rewritten when it has many lines per item', async () => {
    file.write(ROOT, [ROOT]);
    await file.append([], () => undefined);
    expect(file.isOvergrown(1)).toBe(false);
    const { item } = node('a', 'root', '1:2');
    await file.append(Array.from({ length: 1_100 }, () => item), () => observed('a', '1:2'));
    expect(file.isOvergrown(1)).toBe(true);
    file.write(ROOT, [ROOT, node('a', 'root', '1:2')]);
    expect(file.isOvergrown(1)).toBe(false);
    expect((await readFile(path, 'utf8')).trimEnd().split('\n')).toHaveLength(2);
  });

  it('reports once that it cannot be written, and is rewritten as soon as it can', async () => {
    await writeFile(join(place, 'drives'), 'no folder');
    file.write(ROOT, [ROOT]);
    await file.append([node('a', 'root', '1:2').item], () => observed('a', '1:2'));
    file.write(ROOT, [ROOT]);
    await file.append([node('b', 'root', '1:3').item], () => observed('b', '1:3'));
    expect(remarks).toHaveLength(1);
    expect(file.isOvergrown(100)).toBe(true);
    await rm(join(place, 'drives'));
    file.write(ROOT, [ROOT]);
    expect([file.isOvergrown(100), kept().nodes]).toEqual([false, []]);
  });

  it('is reported as damaged if it cannot be read', async () => {
    await mkdir(path, { recursive: true });
    expect(file.read()).toBe('damaged');
  });
});

describe('the tree of an earlier run', () => {
  it('sums up the sizes in its folders, and leaves out what has the same path twice or no parent', () => {
    const folder = node('folder', 'root', '1:2', true);
    const twice = { ...node('twice', 'folder', '1:5'), item: { ...node('twice', 'folder', '1:5').item, name: 'a' } };
    const tree = restored({ root: ROOT, nodes: [node('a', 'folder', '1:3'), twice, node('lost', 'nowhere', '1:4'), folder] }, ROOT.observed);
    expect([...tree.all()].map(({ item }) => [item.id, item.size])).toEqual([['root', 5], ['folder', 5], ['a', 5]]);
  });

  it('recognizes its files on a device whose number has changed', () => {
    const tree = restored({ root: ROOT, nodes: [node('a', 'root', '1:3'), node('mounted', 'root', '7:3')] }, observed('root', '9:1', true));
    expect([tree.byInode('9:3')?.item.id, tree.byInode('7:3')?.item.id]).toEqual(['a', 'mounted']);
  });

  it('takes over a different folder as its root anyway', () => {
    const tree = restored({ root: ROOT, nodes: [node('a', 'root', '1:3')] }, observed('root', '9:2', true));
    expect([tree.root.item.id, tree.byInode('1:3')?.item.id]).toEqual(['root', 'a']);
  });
});
