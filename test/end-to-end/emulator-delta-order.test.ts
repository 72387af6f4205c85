import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { Answer, RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { EmulatorOptions } from '../../src/emulator/start.ts';

let running: RunningEmulator;
afterEach(() => running.close());

const DELTA = '/v1.0/me/drive/root/delta';
const EXCLUDE = { prefer: 'deltaExcludeParent' };
const at = (path: string): string => join(running.folder, path);
const start = async (options: Partial<EmulatorOptions>, files: readonly string[]): Promise<void> => {
  running = await runEmulator(options);
  for (const path of files) {
    await mkdir(dirname(at(path)), { recursive: true });
    await writeFile(at(path), path);
  }
  await running.emulator.admin.rescan();
};
const latest = async (path = DELTA): Promise<string> => (await running.graph(`${path}?token=latest`)).string('@odata.deltaLink');
const names = (answer: Answer): unknown[] => answer.items().map(({ name }) => name);
const pages = async (url: string, headers: Record<string, string> = {}): Promise<Answer[]> => {
  const all = [await running.graph(url, headers)];
  for (let next = all[0]!.json['@odata.nextLink']; typeof next === 'string'; next = all.at(-1)!.json['@odata.nextLink']) {
    all.push(await running.graph(next, headers));
  }
  return all;
};

/** What a client that handles items as they come relies on: each item's folder comes before the item. */
const unknownFolders = (all: readonly Answer[], known: readonly unknown[] = []): unknown[] => {
  const seen = new Set<unknown>(known);
  return all.flatMap((page) => page.items()).flatMap(({ id, name, root, parentReference }) => {
    seen.add(id);
    return root !== undefined || seen.has((parentReference as { id: string }).id) ? [] : [name];
  });
};

describe.each([['all ancestors', {}], ['the root alone', EXCLUDE]])('the order of delta with %s', (_which, headers) => {
  it.each([1, 2, 3, 100])('has folders first after renames and moves, in pages of %d', async (pageSize) => {
    await start({ pageSize }, ['a/b/c/1.txt', 'a/b/2.txt', 'd/3.txt']);
    await rename(at('d'), at('renamed'));
    await running.emulator.admin.rescan();
    await rename(at('a/b'), at('renamed/moved'));
    await running.emulator.admin.rescan();
    await rename(at('renamed'), at('z'));
    await running.emulator.admin.rescan();
    const all = await pages(DELTA, headers);
    expect(unknownFolders(all)).toEqual([]);
    expect(new Set(all.flatMap(names))).toEqual(new Set(['root', 'a', 'z', 'moved', 'c', '1.txt', '2.txt', '3.txt']));
  });

  it.each([1, 2, 100])('has folders first in incremental answers, in pages of %d', async (pageSize) => {
    await start({ pageSize }, ['a/1.txt', 'b/2.txt']);
    const root = (await running.graph('/v1.0/me/drive/root')).string('id');
    const token = await latest();
    await mkdir(at('new/deep'), { recursive: true });
    await writeFile(at('new/deep/3.txt'), '3');
    await running.emulator.admin.rescan();
    await rename(at('a'), at('new/deep/a'));
    await writeFile(at('new/deep/4.txt'), '4');
    await running.emulator.admin.rescan();
    await rename(at('new'), at('newer'));
    await running.emulator.admin.rescan();
    const all = await pages(token, headers);
    expect(unknownFolders(all, [root])).toEqual([]);
    expect(new Set(all.flatMap(names))).toEqual(new Set(['root', 'newer', 'deep', '3.txt', '4.txt', 'a']));
  });
});

describe('the ancestor folders of a change', () => {
  it('are included on every page', async () => {
    await start({ pageSize: 1 }, ['a/b/same.txt']);
    const token = await latest();
    await writeFile(at('a/b/1.txt'), '1');
    await running.emulator.admin.rescan();
    await writeFile(at('a/2.txt'), '2');
    await running.emulator.admin.rescan();
    expect((await pages(token)).map(names)).toEqual([['root', 'a', 'b', '1.txt'], ['root', 'a', '2.txt']]);
    expect((await pages(DELTA)).map(names).every(([first]) => first === 'root')).toBe(true);
  });

  it.each([{ prefer: 'deltaExcludeParent' }, { prefer: 'other, deltaexcludeparent' }, { deltaExcludeParent: 'true' }])('are reduced to the root with %j', async (headers: Record<string, string>) => {
    await start({}, ['a/b/same.txt']);
    const token = await latest();
    await writeFile(at('a/b/1.txt'), '1');
    await running.emulator.admin.rescan();
    expect(names(await running.graph(token, headers))).toEqual(['root', '1.txt']);
  });

  it('are not included without a change, nor if they were deleted earlier', async () => {
    await start({}, ['a/b/1.txt']);
    const token = await latest();
    expect(names(await running.graph(token))).toEqual([]);
    await rm(at('a'), { recursive: true });
    await running.emulator.admin.rescan();
    const deleted = await running.graph(token);
    expect(deleted.items().map((item) => 'deleted' in item)).toEqual([false, true, true, true]);
  });

  it('can be switched off', async () => {
    await start({ quirks: { ancestors: false } }, ['a/b/same.txt']);
    const token = await latest();
    await writeFile(at('a/b/1.txt'), '1');
    await running.emulator.admin.rescan();
    expect(names(await running.graph(token))).toEqual(['1.txt']);
  });
});

it('the quirk children-first puts children before their folder', async () => {
  await start({}, ['a/b/1.txt']);
  expect((await running.admin('quirks', { order: 'children-first' })).status).toBe(200);
  expect(names(await running.graph(DELTA))).toEqual(['1.txt', 'b', 'a', 'root']);
});

describe('delta of a subfolder', () => {
  const folderDelta = async (path: string): Promise<string> => `/v1.0/me/drive/items/${encodeURIComponent((await running.graph(`/v1.0/me/drive/root:/${path}`)).string('id'))}/delta`;

  it('on a personal drive covers the folder and what is in it', async () => {
    await start({ personality: 'personal' }, ['a/b/1.txt', 'a/2.txt', 'c/3.txt']);
    expect(names(await running.graph(await folderDelta('a'))).sort()).toEqual(['1.txt', '2.txt', 'a', 'b']);
    expect(names(await running.graph('/v1.0/me/drive/root:/c:/delta'))).toEqual(['c', '3.txt']);
    const token = await latest(await folderDelta('a'));
    await writeFile(at('c/3.txt'), 'changed');
    await writeFile(at('a/b/4.txt'), '4');
    await running.emulator.admin.rescan();
    expect(names(await running.graph(token))).toEqual(['a', 'b', '4.txt']);
  });

  it('reports what was moved out as deleted, and what was moved in', async () => {
    await start({ personality: 'personal' }, ['a/out.txt', 'c/in.txt', 'a/gone.txt']);
    const token = await latest(await folderDelta('a'));
    await rename(at('a/out.txt'), at('c/out.txt'));
    await rename(at('c/in.txt'), at('a/in.txt'));
    await rm(at('a/gone.txt'));
    await running.emulator.admin.rescan();
    const changes = (await running.graph(token)).items().filter(({ name }) => name !== 'a');
    expect(Object.fromEntries(changes.map((item) => [item.name, 'deleted' in item]))).toEqual({ 'out.txt': true, 'in.txt': false, 'gone.txt': true });
  });

  it('is refused on a business drive', async () => {
    await start({}, ['a/1.txt']);
    const answer = await running.graph(await folderDelta('a'));
    expect([answer.status, answer.at('error', 'code')]).toEqual([400, 'notSupported']);
  });
});

describe('the links of delta', () => {
  it.each(['personal', 'business'] as const)('have the query form by default: %s', async (personality) => {
    await start({ personality }, []);
    expect(await latest()).toMatch(/delta\?token=[^&]+$/);
  });

  it.each(['?token=', "(token='')", '()', '?$top=5'])('%s means no token', async (suffix) => {
    await start({}, ['a.txt']);
    expect(names(await running.graph(`${DELTA}${suffix}`))).toEqual(['root', 'a.txt']);
  });
});

it('delta of a personal drive has a childCount of 0 for every folder', async () => {
  await start({ personality: 'personal' }, ['a/b/1.txt']);
  const folders = (await running.graph(DELTA)).items().filter((item) => 'folder' in item);
  expect(folders.map(({ folder }) => folder)).toEqual([{ childCount: 0 }, { childCount: 0 }, { childCount: 0 }]);
  expect((await running.graph('/v1.0/me/drive/root:/a')).at('folder', 'childCount')).toBe(1);
});
