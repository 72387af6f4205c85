import { appendFile, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readDriveItem } from '../../../../src/changes/index/drive-item.ts';
import { parseCursor, formatCursor } from '../../../../src/changes/resume/cursor.ts';
import { DriveIndex } from '../../../../src/changes/index/drive-index.ts';
import { openPositionFile, type PositionFile } from '../../../../src/changes/resume/position-file.ts';
import { checkPositionName, defaultPositionName } from '../../../../src/changes/resume/position-name.ts';
import { applySteps, stepOf, type Step } from '../../../../src/changes/index/round.ts';
import { realClock } from '../../../../src/surroundings.ts';

let folder: string;
const open: PositionFile[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graph-watch-resume-'));
});
afterEach(async () => {
  for (const file of open.splice(0)) await file.close();
  await rm(folder, { recursive: true, force: true });
});

async function opened(name = 'me'): Promise<PositionFile> {
  const file = await openPositionFile({ folder, name, clock: realClock, signal: new AbortController().signal });
  open.push(file);
  file.belongTo('b!drive');
  return file;
}
async function closed(file: PositionFile): Promise<void> {
  open.splice(open.indexOf(file), 1);
  await file.close();
}
const put = (id: string, name: string, parentId: string, folderToo = false): Step => stepOf(readDriveItem({
  id, name, parentReference: { id: parentId }, eTag: `"${id},1"`, size: 5, ...(folderToo ? { folder: {} } : {}),
})!);
const root: Step = stepOf(readDriveItem({ id: 'r', name: 'root', root: {}, folder: {} })!);
function tree(...steps: Step[]): DriveIndex {
  const known = new DriveIndex();
  applySteps(steps, known);
  known.complete = true;
  return known;
}
const at = (cursor: string) => ({ cursor: `https://graph.example/${cursor}`, at: 1 });
async function restored(file: PositionFile): Promise<{ known: DriveIndex; gone: string[] }> {
  const known = new DriveIndex();
  const gone: string[] = [];
  await file.restore(known, (id) => gone.push(id));
  return { known, gone };
}
const path = (): string => join(folder, 'me.jsonl');

describe('a kept position', () => {
  it('is not there the first time, and then is where it was left', async () => {
    const first = await opened();
    expect(first.stored).toBeUndefined();
    await first.rewrite(at('1'), new DriveIndex());
    await first.append([], at('2'));
    await closed(first);
    expect((await opened()).stored).toEqual({ position: at('2'), index: false });
  });

  it('comes back with the whole tree, odd names included, and what happened to it', async () => {
    const odd = 'a\u2028b "\n\\ \ud800 ü';
    const first = await opened();
    await first.rewrite(at('1'), tree(root, put('f', 'F', 'r', true), put('x', odd, 'f')));
    await first.append([put('y', 'y', 'f'), { gone: 'x' }], at('2'));
    await first.append([put('f', odd, 'r', true)], at('3'));
    await closed(first);
    const again = await opened();
    expect(again.stored).toEqual({ position: at('3'), index: true });
    const { known } = await restored(again);
    expect([known.complete, known.size, known.path('x'), known.path('y')]).toEqual([true, 3, undefined, `/${odd}/y`]);
  });

  it('knows without a tree only what was told beyond the position', async () => {
    const first = await opened();
    await first.rewrite(at('1'), new DriveIndex());
    await first.append([put('a', 'a', 'r')]);
    await first.append([put('b', 'b', 'r')], at('2'));
    await first.append([put('c', 'c', 'r'), { gone: 'd' }]);
    await closed(first);
    const again = await opened();
    const { known, gone } = await restored(again);
    expect(again.stored).toEqual({ position: at('2'), index: false });
    expect([known.get('a'), known.get('b'), known.get('c')?.name, gone]).toEqual([undefined, undefined, 'c', ['d']]);
  });

  it('counts a last line only when it is whole, wherever it was cut off', async () => {
    const first = await opened();
    await first.rewrite(at('1'), tree(root));
    await first.append([put('a', 'ä', 'r')], at('2'));
    const whole = (await readFile(path())).length;
    await first.append([put('b', 'ü', 'r')], at('3'));
    await closed(first);
    const all = await readFile(path());
    for (let length = whole; length < all.length; length += 1) {
      await writeFile(path(), all.subarray(0, length));
      const file = await opened();
      expect(file.stored?.position).toEqual(at('2'));
      expect((await restored(file)).known.get('b')).toBeUndefined();
      await file.append([put('c', 'c', 'r')], at('4'));
      await closed(file);
      const next = await opened();
      expect(next.stored?.position).toEqual(at('4'));
      await closed(next);
    }
  });

  it.each([
    ['empty', () => truncate(path(), 0)],
    ['something else', () => writeFile(path(), '{"hello":1}\n')],
    ['damaged in the middle', () => appendFile(path(), 'xxx\n{"cursor":"c","at":1}\n')],
  ])('sets a file aside that is %s, and starts anew', async (_how, spoil) => {
    const first = await opened();
    await first.rewrite(at('1'), tree(root));
    await closed(first);
    await spoil();
    const again = await opened();
    expect([again.stored, again.damaged?.path]).toEqual([undefined, expect.stringContaining('me.jsonl.damaged-')]);
    await again.rewrite(at('2'), new DriveIndex());
    await closed(again);
    expect((await opened()).stored?.position).toEqual(at('2'));
    expect((await readdir(folder)).some((name) => name.includes('damaged'))).toBe(true);
  });

  it('does not go on from nothing', async () => {
    const file = await opened();
    await file.append([put('a', 'a', 'r')]);
    await closed(file);
    expect((await opened()).stored).toBeUndefined();
  });

  it('refuses another drive', async () => {
    const first = await opened();
    await first.rewrite(at('1'), new DriveIndex());
    expect(() => { first.belongTo('b!other'); }).toThrow(expect.objectContaining({ category: 'usage' }));
  });

  it('is overgrown when much was appended to little, and no longer after a rewrite', async () => {
    const file = await opened();
    await file.rewrite(at('1'), tree(root));
    for (let round = 0; round < 11; round += 1) {
      expect(file.overgrown).toBe(false);
      await file.append([put('a', 'n'.repeat(100_000), 'r')], at('2'));
    }
    expect(file.overgrown).toBe(true);
    await file.rewrite(at('2'), tree(root));
    expect(file.overgrown).toBe(false);
  });

  it('belongs to one process: the second is refused while the first shows signs of life', async () => {
    await opened();
    await expect(opened()).rejects.toMatchObject({ category: 'usage', message: expect.stringContaining('"me"') });
    await opened('another');
  });

  it('is taken over from a process that was killed', async () => {
    await mkdir(join(folder, 'me.lock'));
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(join(folder, 'me.lock'), longAgo, longAgo);
    expect((await opened()).stored).toBeUndefined();
  });
});

describe('the name of a position', () => {
  it('may be a plain file name and nothing else', () => {
    for (const name of ['ci', 'Team-1', 'a.b_c']) expect(checkPositionName(name)).toBe(name);
    for (const name of ['', '..', '.x', 'a/b', 'a\\b', 'a b', 'x.lock', 'x.tmp', 'ü', 'a'.repeat(101)]) {
      expect(() => checkPositionName(name)).toThrow(expect.objectContaining({ category: 'usage' }));
    }
  });

  it('is made from the target, different for each, and valid', () => {
    const targets = ['me', 'drive:b!a', 'drive:b!A', 'drive-list:b!a', 'group:1', 'list:contoso.sharepoint.com:/sites/t/Documents'];
    const names = targets.map(defaultPositionName);
    expect(names[0]).toBe('me');
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(targets.length);
    for (const name of names) expect(checkPositionName(name)).toBe(name);
  });
});

describe('a cursor', () => {
  it('is one word, and reads back', () => {
    const cursor = { drive: 'b!drive', cursor: "https://graph.microsoft.com/v1.0/me/drive/root/delta(token='a%20b')", at: 5 };
    expect(formatCursor(cursor)).toMatch(/^[\w.-]+$/);
    expect(parseCursor(` ${formatCursor(cursor)}\n`)).toEqual(cursor);
  });

  it.each(['', 'gw1.', 'latest', 'gw1.e30', formatCursor({ drive: 'd', cursor: 'https://x/y', at: 1 }).slice(0, -4)])('is not %j', (word) => {
    expect(() => parseCursor(word)).toThrow(expect.objectContaining({ category: 'usage' }));
  });
});
