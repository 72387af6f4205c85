import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readRemembered, rememberAccounts, rememberedPath, rememberTarget } from '../../../src/app/remembered.ts';

let place: string;
let folder: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'graph-watch-remembered-'));
  folder = join(place, 'config');
});
afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});
const targets = (): string[] => readRemembered(folder).targets.map(({ target }) => target);

describe('what completion remembers', () => {
  it('is the last twenty targets, most recent first, each once', async () => {
    for (let i = 0; i < 25; i += 1) await rememberTarget(folder, { target: `drive:${i}` });
    await rememberTarget(folder, { target: 'drive:10', name: 'Documents' });
    expect(targets()).toHaveLength(20);
    expect(readRemembered(folder).targets.slice(0, 2)).toEqual([{ target: 'drive:10', name: 'Documents' }, { target: 'drive:24' }]);
  });

  it('is readable only by its owner', async () => {
    await rememberTarget(folder, { target: 'drive:x' });
    expect(statSync(rememberedPath(folder)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it.each([
    'list:https://contoso.sharepoint.com/sites/a?key=secret/Documents', 'list:https://contoso.sharepoint.com/#secret/x', `drive:${'x'.repeat(400)}`, 'drive:a\u001b[2J', 'drive:a\nb', 'drive:\u202ex', '',
  ])('never includes %j', async (target) => {
    await rememberTarget(folder, { target });
    expect(existsSync(folder)).toBe(false);
  });

  it('includes accounts; the file is deleted with the last entry', async () => {
    await rememberAccounts(folder, ['ada@contoso.com', 'bob@contoso.com', 'ada@contoso.com']);
    await rememberTarget(folder, { target: 'drive:x' });
    expect(readRemembered(folder)).toEqual({ targets: [{ target: 'drive:x' }], accounts: ['ada@contoso.com', 'bob@contoso.com'] });
    await rememberAccounts(folder, []);
    expect(readRemembered(folder)).toEqual({ targets: [{ target: 'drive:x' }], accounts: [] });
    writeFileSync(rememberedPath(folder), '{"targets":[],"accounts":["ada@contoso.com"]}');
    await rememberAccounts(folder, []);
    expect(existsSync(rememberedPath(folder))).toBe(false);
  });

  it.each([
    ['nothing', ''], ['half a file', '{"targets":[{"tar'], ['a list', '[]'], ['other things', '{"targets":7,"accounts":{"a":1}}'],
    ['entries of other kinds', '{"targets":[1,null,{"target":7},{"target":"a\\nb"}],"accounts":[null,"x\\u001b"]}'], ['far too much', `{"accounts":["${'x'.repeat(100_000)}"]}`],
  ])('is empty if the file has %s, and can be written again', async (_what, text) => {
    mkdirSync(folder);
    writeFileSync(rememberedPath(folder), text);
    expect(readRemembered(folder)).toEqual({ targets: [], accounts: [] });
    await rememberTarget(folder, { target: 'drive:x' });
    expect(targets()).toEqual(['drive:x']);
    expect(readFileSync(rememberedPath(folder), 'utf8')).toBe('{"targets":[{"target":"drive:x"}],"accounts":[]}\n');
  });
});
