import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

// For the case that another user guesses the name of the draft and puts something in its place.
const NAME = 'aabbccddeeff';
const randomBytes = jest.fn<(bytes: number) => Buffer>(() => Buffer.from(NAME, 'hex'));
jest.unstable_mockModule('node:crypto', () => ({ randomBytes }));
const { writeWhole } = await import('../../../src/lib/write-whole.ts');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graph-watch-draft-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the draft of a file', () => {
  it('has a random name beside the file', async () => {
    const seen: string[] = [];
    await writeWhole(join(folder, 'file'), (function* () {
      seen.push(...readdirSync(folder));
      yield 'content';
    })());
    expect(seen).toEqual([`file.${NAME}.tmp`]);
    expect(randomBytes).toHaveBeenCalledWith(6);
  });

  it.each([['a link to a file', true], ['a link to nothing yet', false]])('is not written through %s', async (_what, exists) => {
    const victim = join(folder, 'victim');
    if (exists) writeFileSync(victim, 'untouched');
    symlinkSync(victim, join(folder, `file.${NAME}.tmp`));
    await expect(writeWhole(join(folder, 'file'), 'secret')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(exists ? readFileSync(victim, 'utf8') : existsSync(victim)).toBe(exists ? 'untouched' : false);
    expect(existsSync(join(folder, 'file'))).toBe(false);
  });

  it('does not replace an existing file', async () => {
    writeFileSync(join(folder, `file.${NAME}.tmp`), 'somebody else\'s');
    await expect(writeWhole(join(folder, 'file'), 'secret')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(join(folder, `file.${NAME}.tmp`), 'utf8')).toBe('somebody else\'s');
  });
});
