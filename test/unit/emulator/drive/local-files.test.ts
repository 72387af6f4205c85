import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LocalFiles } from '../../../../src/emulator/drive/local-files.ts';

let place: string;
let files: LocalFiles;
const at = (path: string): string => join(place, 'drive', path).replace(/\/$/, '');
beforeEach(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), 'local-files-')));
  await mkdir(at('folder'), { recursive: true });
  await writeFile(at('folder/a.txt'), 'inside');
  await mkdir(join(place, 'drive-beside'));
  for (const outside of ['secret.txt', 'drive-beside/secret.txt']) await writeFile(join(place, outside), 'outside');
  await symlink(place, at('link'));
  await symlink(join(place, 'secret.txt'), at('secret-link.txt'));
  files = new LocalFiles(at(''));
});
afterEach(() => rm(place, { recursive: true, force: true }));

describe('the files of a drive', () => {
  it.each(['../secret.txt', 'link/secret.txt', 'secret-link.txt', 'folder/../../secret.txt', '../drive-beside/secret.txt', 'none/a.txt'])('cannot be reached at %s', async (path) => {
    const attempts = [
      () => files.openForReading(path),
      () => files.createFolder(path),
      () => files.putFile(at('folder/a.txt'), path),
      () => files.move('folder/a.txt', path),
      () => files.move(path, 'folder/b.txt'),
      () => files.copy('folder/a.txt', path),
      () => files.copy(path, 'folder/b.txt'),
      () => files.delete(path),
      () => files.setModified(path, 0),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(at('folder'))).toEqual(['a.txt']);
    for (const outside of ['secret.txt', 'drive-beside/secret.txt']) expect(await readFile(join(place, outside), 'utf8')).toBe('outside');
  });

  it('are copied without the links in them', async () => {
    await symlink(place, at('folder/link'));
    await files.copy('folder', 'copy');
    expect(await readdir(at('copy'))).toEqual(['a.txt']);
    await expect(files.copy('folder/a.txt', 'copy/a.txt')).rejects.toMatchObject({ code: 'ERR_FS_CP_EEXIST' });
  });
});
