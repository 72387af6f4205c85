import { execFileSync } from 'node:child_process';
import { appendFile, chmod, chown, mkdtemp, open as openFile, readdir, readFile, rm, symlink, truncate, utimes, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readDriveItem } from '../../../../src/changes/index/drive-item.ts';
import { parseCursor, formatCursor } from '../../../../src/changes/resume/cursor.ts';
import { DriveIndex } from '../../../../src/changes/index/drive-index.ts';
import { openPositionFile, type PositionFile } from '../../../../src/changes/resume/position-file.ts';
import { checkPositionName, defaultPositionName } from '../../../../src/changes/resume/position-name.ts';
import { applySteps, stepOf, type Step } from '../../../../src/changes/index/round.ts';
import { survey } from '../../../../src/changes/resume/survey.ts';
import { sleepLog } from '../../auth/support.ts';
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
  const file = await openPositionFile({ folder, name, clock: realClock, signal: new AbortController().signal, onWaiting: () => undefined });
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
  await file.restore(known, (step) => { if ('gone' in step) gone.push(step.gone); });
  return { known, gone };
}
const path = (): string => join(folder, 'me.jsonl');

describe('a stored position', () => {
  it('is absent the first time, and then where it was left', async () => {
    const first = await opened();
    expect(first.stored).toBeUndefined();
    await first.rewrite(at('1'), new DriveIndex());
    await first.commit(at('2'), [], 0);
    await closed(first);
    expect((await opened()).stored).toEqual({ position: at('2'), index: false });
  });

  it('is restored with the whole tree, odd names included, and what happened to it', async () => {
    const odd = 'a\u2028b "\n\\ \ud800 ü';
    const first = await opened();
    await first.rewrite(at('1'), tree(root, put('f', 'F', 'r', true), put('x', odd, 'f')));
    await first.commit(at('2'), [put('y', 'y', 'f'), { gone: 'x' }], 0);
    await first.commit(at('3'), [put('f', odd, 'r', true)], 0);
    await closed(first);
    const again = await opened();
    expect(again.stored).toEqual({ position: at('3'), index: true });
    const { known } = await restored(again);
    expect([known.complete, known.size, known.path('x'), known.path('y')]).toEqual([true, 3, undefined, `/${odd}/y`]);
  });

  it('is restored without the whole tree too, with what was reported up to it and beyond', async () => {
    const first = await opened();
    const partly = tree(put('o', 'o', 'r'), put('p', 'p', 'r'));
    partly.complete = false;
    await first.rewrite(at('1'), partly);
    await first.commit(at('1'), [put('a', 'a', 'r'), { gone: 'p' }], 0);
    await first.commit(at('2'), [put('b', 'b', 'r')], 0);
    await first.logDone([put('c', 'c', 'r'), { gone: 'd' }]);
    await closed(first);
    const again = await opened();
    const { known, gone } = await restored(again);
    expect(again.stored).toEqual({ position: at('2'), index: false });
    expect([known.complete, [...known.entries()].map(([id]) => id).sort(), gone]).toEqual([false, ['a', 'b', 'c', 'o'], ['d']]);
  });

  it('knows what was only listed, until delta has reported it up to a later cursor', async () => {
    const first = await opened();
    const known = tree(root, put('a', 'a', 'r'));
    known.putListed('l', { name: 'l', parentId: 'r', size: 5, tag: 7, folder: false });
    known.aheadUntil = 10;
    await first.rewrite(at('1'), known);
    await closed(first);
    const again = await opened();
    const { known: listed } = await restored(again);
    expect([listed.aheadUntil, listed.isListed('a'), listed.isListed('l'), listed.get('l')]).toEqual([10, false, true, { name: 'l', parentId: 'r', size: 5, tag: 7, folder: false }]);
    await again.commit({ ...at('2'), at: 10 }, [], 0);
    await closed(again);
    const { known: settled } = await restored(await opened());
    expect([settled.aheadUntil, settled.isListed('l'), settled.get('l')?.name]).toEqual([0, false, 'l']);
  });

  it('ignores a last line that was cut off anywhere', async () => {
    const first = await opened();
    await first.rewrite(at('1'), tree(root));
    await first.commit(at('2'), [put('a', 'ä', 'r')], 0);
    const whole = (await readFile(path())).length;
    await first.commit(at('3'), [put('b', 'ü', 'r')], 0);
    await closed(first);
    const all = await readFile(path());
    for (let length = whole; length < all.length; length += 1) {
      await writeFile(path(), all.subarray(0, length));
      const file = await opened();
      expect(file.stored?.position).toEqual(at('2'));
      expect((await restored(file)).known.get('b')).toBeUndefined();
      await file.commit(at('4'), [put('c', 'c', 'r')], 0);
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
    ['damaged in its last whole line', async () => { await writeFile(path(), (await readFile(path(), 'utf8')).replace(/.\n$/, 'x\n')); }],
    ['of an earlier format', () => writeFile(path(), '{"graph-watch":1,"drive":"b!drive","cursor":"https://graph.example/1","at":1,"index":false,"items":0}\n')],
  ])('is set aside if its file is %s, and the run starts over', async (_how, spoil) => {
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

  it('detects every kind of damage but a cut-off end', async () => {
    const first = await opened();
    await first.rewrite(at('1'), tree(root, put('f', 'F', 'r', true), put('x', 'x.txt', 'f')));
    await first.logIntent([put('y', 'y', 'f')]);
    await first.commit(at('2'), [put('y', 'y', 'f')], 0);
    await first.logDone([{ gone: 'x' }]);
    await first.commit(at('3'), [{ gone: 'x' }], 0);
    await closed(first);
    const whole = await readFile(path());
    const lines = whole.toString().split('\n').slice(0, -1).map((line) => `${line}\n`);
    const spot = fc.nat(whole.length - 1);
    const line = fc.nat(lines.length - 1);
    const damage = fc.oneof(
      fc.tuple(spot, fc.integer({ min: 1, max: 255 })).map(([where, bits]) => Buffer.from(whole.map((byte, index) => (index === where ? byte ^ bits : byte)))),
      fc.tuple(spot, fc.uint8Array({ minLength: 1, maxLength: 9 })).map(([where, more]) => Buffer.concat([whole.subarray(0, where), more, whole.subarray(where)])),
      fc.tuple(spot, spot).map(([one, other]) => Buffer.concat([whole.subarray(0, Math.min(one, other)), whole.subarray(Math.max(one, other))])),
      spot.map((where) => Buffer.concat([whole.subarray(0, where), Buffer.alloc(whole.length - where)])),
      fc.tuple(line, line).map(([one, other]) => Buffer.from([...lines.slice(0, one), lines[other], ...lines.slice(one)].join(''))),
      line.map((one) => Buffer.from(lines.filter((_, index) => index !== one).join(''))),
      fc.tuple(line, line).map(([one, other]) => Buffer.from(lines.map((each, index) => (index === one ? lines[other] : index === other ? lines[one] : each)).join(''))),
    );
    await fc.assert(fc.asyncProperty(damage, async (content) => {
      await writeFile(path(), content);
      const found = await survey(path());
      if (found === undefined || found === 'damaged') return;
      // What is accepted was written exactly like this, up to the end of a line; no whole line follows.
      const counted = content.subarray(0, found.wholeBytes);
      expect(whole.subarray(0, found.wholeBytes).equals(counted)).toBe(true);
      expect(content.subarray(found.wholeBytes).includes(0x0a)).toBe(false);
    }), { numRuns: Number(process.env.FUZZ_RUNS ?? 500) });
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['a folder', 'not a regular file', () => mkdir(path())],
    ['a pipe', 'not a regular file', () => Promise.resolve(execFileSync('mkfifo', [path()]))],
    ['a loop of links', 'ELOOP', () => symlink(path(), path())],
    ['a line too long for memory', 'more than 256 MB', async () => {
      const handle = await openFile(path(), 'w');
      await handle.truncate(600 * 1024 * 1024);
      await handle.write('\n', 600 * 1024 * 1024);
      await handle.close();
    }],
  ])('is refused if its file is %s, naming the path', async (_what, why, make) => {
    await make();
    await expect(opened()).rejects.toMatchObject({ category: 'usage', message: expect.stringMatching(new RegExp(`${path()}.*${why}`)), hint: expect.any(String) });
    expect(await readdir(folder)).toEqual(['me.jsonl']);
  });

  it('is refused if its file belongs to another user, naming the path', async () => {
    // Root may read everything, and only root can become another user.
    if (process.getuid?.() !== 0) {
      process.stderr.write('skipped: only root can become another user\n');
      return;
    }
    const first = await opened();
    await first.rewrite(at('1'), new DriveIndex());
    await closed(first);
    await chmod(path(), 0o600);
    await chown(folder, 65_534, 65_534);
    process.seteuid!(65_534);
    try {
      await expect(opened()).rejects.toMatchObject({ category: 'usage', message: expect.stringMatching(new RegExp(`${path()}.*EACCES`)), hint: expect.stringContaining('sudo') });
    } finally {
      process.seteuid!(0);
    }
  });

  it('is not stored before it has a beginning', async () => {
    const file = await opened();
    await file.logDone([put('a', 'a', 'r')]);
    await closed(file);
    expect((await opened()).stored).toBeUndefined();
  });

  it('is refused for another drive', async () => {
    const first = await opened();
    await first.rewrite(at('1'), new DriveIndex());
    expect(() => { first.belongTo('b!other'); }).toThrow(expect.objectContaining({ category: 'usage' }));
  });

  it('is overgrown once much was appended to little, until it is rewritten', async () => {
    const file = await opened();
    await file.rewrite(at('1'), tree(root));
    for (let round = 0; round < 11; round += 1) {
      expect(file.overgrown).toBe(false);
      await file.commit(at('2'), [put('a', 'n'.repeat(100_000), 'r')], 0);
    }
    expect(file.overgrown).toBe(true);
    await file.rewrite(at('2'), tree(root));
    expect(file.overgrown).toBe(false);
  });

  it('can be used by one process at a time: the second is refused while the first is alive', async () => {
    await opened();
    await expect(opened()).rejects.toMatchObject({ category: 'usage', message: expect.stringContaining('"me"') });
    await opened('another');
  });

  it('is taken over even if its lock is dated in the future, and the wait is reported', async () => {
    await mkdir(join(folder, 'me.lock'));
    const tomorrow = new Date(Date.now() + 86_400_000);
    await utimes(join(folder, 'me.lock'), tomorrow, tomorrow);
    const clock = sleepLog();
    let waiting = 0;
    const file = await openPositionFile({ folder, name: 'me', clock, signal: new AbortController().signal, onWaiting: () => { waiting += 1; } });
    open.push(file);
    expect([file.stored, waiting]).toEqual([undefined, 1]);
  });

  it('is taken over from a process that was killed', async () => {
    await mkdir(join(folder, 'me.lock'));
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(join(folder, 'me.lock'), longAgo, longAgo);
    expect((await opened()).stored).toBeUndefined();
  });
});

describe('the name of a position', () => {
  it('must be a plain file name', () => {
    for (const name of ['ci', 'Team-1', 'a.b_c']) expect(checkPositionName(name)).toBe(name);
    for (const name of ['', '..', '.x', 'a/b', 'a\\b', 'a b', 'x.lock', 'x.tmp', 'ü', 'a'.repeat(101)]) {
      expect(() => checkPositionName(name)).toThrow(expect.objectContaining({ category: 'usage' }));
    }
  });

  it('is by default made from the target, different for each, and valid', () => {
    const targets = ['me', 'drive:b!a', 'drive:b!A', 'drive-list:b!a', 'group:1', 'list:contoso.sharepoint.com:/sites/t/Documents'];
    const names = targets.map(defaultPositionName);
    expect(names[0]).toBe('me');
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(targets.length);
    for (const name of names) expect(checkPositionName(name)).toBe(name);
  });
});

describe('a cursor', () => {
  it('is one word, and can be read back', () => {
    const cursor = { drive: 'b!drive', cursor: "https://graph.microsoft.com/v1.0/me/drive/root/delta(token='a%20b')", at: 5 };
    expect(formatCursor(cursor)).toMatch(/^[\w.-]+$/);
    expect(parseCursor(` ${formatCursor(cursor)}\n`)).toEqual(cursor);
  });

  it.each(['', 'gw1.', 'latest', 'gw1.e30', formatCursor({ drive: 'd', cursor: 'https://x/y', at: 1 }).slice(0, -4)])('is not %j', (word) => {
    expect(() => parseCursor(word)).toThrow(expect.objectContaining({ category: 'usage' }));
  });
});
