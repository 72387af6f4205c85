import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeWhole, writeWholeSync } from '../../../src/lib/write-whole.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graph-watch-whole-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('writing a file as a whole', () => {
  it('replaces what was there, readable only by its owner, and leaves no draft', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'old', { mode: 0o644 });
    expect(await writeWhole(path, 'néw', { durable: true })).toBe(4);
    expect(readFileSync(path, 'utf8')).toBe('néw');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('writes pieces one after the other and counts their bytes', async () => {
    const path = join(folder, 'file');
    expect(await writeWhole(path, ['a\n', 'b\n'])).toBe(4);
    expect(readFileSync(path, 'utf8')).toBe('a\nb\n');
    expect(await writeWhole(path, Buffer.from([1, 2, 3]))).toBe(3);
  });

  it('leaves the old content and no draft if a piece fails', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'old');
    const pieces = function* (): Generator<string> {
      yield 'half';
      throw new Error('no more');
    };
    await expect(writeWhole(path, pieces())).rejects.toThrow('no more');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('replaces a link instead of writing through it', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, join(folder, 'file'));
    await writeWhole(join(folder, 'file'), 'new');
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
  });

  it('rejects if a folder is in its place, and leaves no draft', async () => {
    mkdirSync(join(folder, 'file', 'below'), { recursive: true });
    await expect(writeWhole(join(folder, 'file'), 'new')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('does the same synchronously', () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, join(folder, 'file'));
    writeWholeSync(join(folder, 'file'), 'new');
    expect([readFileSync(join(folder, 'file'), 'utf8'), readFileSync(victim, 'utf8')]).toEqual(['new', 'untouched']);
    mkdirSync(join(folder, 'taken', 'below'), { recursive: true });
    expect(() => { writeWholeSync(join(folder, 'taken'), 'new'); }).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(folder).sort()).toEqual(['file', 'taken', 'victim']);
  });
});
