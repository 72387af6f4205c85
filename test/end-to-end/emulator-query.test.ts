import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { Answer, RunningEmulator } from '../unit/emulator/support/running-emulator.ts';

let running: RunningEmulator;
beforeEach(async () => {
  running = await runEmulator();
  await mkdir(join(running.folder, 'Docs', 'Sub'), { recursive: true });
  for (const [name, content] of [['b.txt', '22'], ['A.md', '1'], ['c.txt', '333']] as const) await writeFile(join(running.folder, 'Docs', name), content);
  await running.emulator.admin.rescan();
});
afterEach(() => running.close());

const CHILDREN = '/v1.0/me/drive/root:/Docs:/children';
const names = (answer: Answer): unknown[] => answer.items().map(({ name }) => name);

describe('a collection', () => {
  it('is sorted by name by default', async () => {
    expect(names(await running.graph(CHILDREN))).toEqual(['A.md', 'b.txt', 'c.txt', 'Sub']);
  });

  it.each([
    ["$filter=endswith(name,'.txt')", ['b.txt', 'c.txt']],
    ['$filter=folder ne null', ['Sub']],
    ['$orderby=size desc', ['c.txt', 'b.txt', 'A.md', 'Sub']],
    ['$orderby=name desc', ['Sub', 'c.txt', 'b.txt', 'A.md']],
    ['orderby=size&top=2', ['Sub', 'A.md']],
    ['$skip=1&$top=2', ['b.txt', 'c.txt']],
    ["$filter=file ne null&$orderby=size desc&$top=1", ['c.txt']],
  ])('supports %s', async (query, expected) => {
    expect(names(await running.graph(`${CHILDREN}?${query}`))).toEqual(expected);
  });

  it('has a count over all pages', async () => {
    const first = await running.graph(`${CHILDREN}?$count=true&$top=3&$filter=size ge 0&$select=name`);
    expect([first.json['@odata.count'], names(first)]).toEqual([4, ['A.md', 'b.txt', 'c.txt']]);
    const second = await running.graph(first.string('@odata.nextLink'));
    expect([second.json['@odata.count'], names(second), second.json['@odata.nextLink']]).toEqual([4, ['Sub'], undefined]);
    expect(Object.keys(second.items()[0]!).sort()).toEqual(['id', 'name']);
    expect((await running.graph(CHILDREN)).json['@odata.count']).toBeUndefined();
  });

  it('can be expanded, with its own options', async () => {
    const root = await running.graph('/v1.0/me/drive/root?$expand=children($select=name;$expand=children($top=2)),thumbnails');
    expect(root.at('children', 0, 'name')).toBe('Docs');
    expect((root.at('children', 0, 'children') as { name: string }[]).map(({ name }) => name)).toEqual(['A.md', 'b.txt']);
    expect((await running.graph(root.string('children', 0, 'children@odata.nextLink'))).items()).toHaveLength(2);
    expect(root.json.thumbnails).toEqual([]);
  });

  it('of lists supports the same', async () => {
    const { site } = running.emulator;
    const libraries = await running.graph(`/v1.0/sites/${site.id}/lists?$filter=list/template eq 'documentLibrary'&$select=displayName`);
    expect(libraries.items()).toEqual([{ id: running.emulator.list.id, displayName: 'Documents' }, { id: expect.any(String), displayName: 'Specifications' }]);
  });
});

describe('an unsupported or malformed query option is refused by name:', () => {
  it.each([
    [`${CHILDREN}?$search=a`, '$search'],
    [`${CHILDREN}?$apply=x`, '$apply'],
    [`${CHILDREN}?$expand=listItem`, '$expand=listItem'],
    ['/v1.0/me/drive/root/delta?$filter=name eq \'a\'', '$filter'],
    ['/v1.0/me/drive/root/delta?$orderby=name', '$orderby'],
    ['/v1.0/me/drive/root/delta?$count=true', '$count'],
    ['/v1.0/me/drive/root/delta?$skip=1', '$skip'],
    ['/v1.0/me/drive/root/delta?$search=a', '$search'],
    ['/v1.0/me/drive/root/delta?$expand=permissions', '$expand'],
    ['/v1.0/me/drive?$filter=x eq 1', '$filter'],
    ['/v1.0/me?$expand=drive', '$expand'],
    ['/v1.0/me/drive/root/subscriptions/socketIo?$select=id', '$select'],
  ])('%s', async (url, name) => {
    const answer = await running.graph(url);
    expect([answer.status, answer.at('error', 'code')]).toEqual([400, 'notSupported']);
    expect(answer.string('error', 'message')).toContain(`'${name}'`);
  });

  it.each(['$top=0', '$top=-1', '$top=x', '$skip=-1', '$count=maybe', '$filter=name', '$orderby=name upwards', '$select=a&select=b', '$expand=('])('%s', async (query) => {
    const answer = await running.graph(`${CHILDREN}?${query}`);
    expect([answer.status, answer.at('error', 'code')]).toEqual([400, 'invalidRequest']);
  });
});

describe('the forms of a URL that Graph accepts:', () => {
  it.each(['root:/Docs/Sub', 'root:/docs/SUB', 'root:/Docs%2FSub', 'root:/./Docs/Sub', 'root:/Docs/Sub:', 'root:/Docs/Sub:/', 'root:/Docs/Sub/'])('%s', async (form) => {
    expect((await running.graph(`/v1.0/me/drive/${form}`)).json.name).toBe('Sub');
  });

  it('takes keys in parentheses', async () => {
    const id = (await running.graph('/v1.0/me/drive/root:/Docs')).string('id');
    const drive = running.emulator.drive.id;
    for (const path of [`/me/drive/items('${id}')`, `/drives('${drive}')/items('${id}')`, `/drives('${encodeURIComponent(drive)}')/root:/Docs`]) {
      expect((await running.graph(`/v1.0${path}`)).json.id).toBe(id);
    }
    expect(names(await running.graph("/v1.0/me/drive/root/microsoft.graph.delta(token='latest')"))).toEqual([]);
  });

  it('prefers the exact spelling if two names differ only in case', async () => {
    await writeFile(join(running.folder, 'docs'), 'a file');
    await running.emulator.admin.rescan();
    expect((await running.graph('/v1.0/me/drive/root:/docs')).json.name).toBe('docs');
    expect((await running.graph('/v1.0/me/drive/root:/Docs')).json.name).toBe('Docs');
  });
});

describe('a drive', () => {
  it.each([['business', 2 ** 40], ['personal', 5 * 2 ** 30]] as const)('has a quota: %s', async (personality, total) => {
    await running.close();
    running = await runEmulator({ personality });
    await writeFile(join(running.folder, 'ten'), '0123456789');
    await running.emulator.admin.rescan();
    expect((await running.graph('/v1.0/me/drive')).json.quota).toEqual({ deleted: 0, remaining: total - 10, state: 'normal', total, used: 10 });
  });

  it('names its site in its items\' references, unless it is personal', async () => {
    expect((await running.graph('/v1.0/me/drive/root:/Docs')).at('parentReference', 'siteId')).toBe(running.emulator.drive.siteId);
    await running.close();
    running = await runEmulator({ personality: 'personal' });
    expect((await running.graph('/v1.0/me/drive/root')).at('parentReference', 'siteId')).toBeUndefined();
  });
});
