import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { Answer, RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import { steppedClock } from '../unit/emulator/support/stepped-clock.ts';
import type { SteppedClock } from '../unit/emulator/support/stepped-clock.ts';
import type { EmulatorOptions } from '../../src/emulator/start.ts';

let running: RunningEmulator;
let clock: SteppedClock;
const start = async (options: Partial<EmulatorOptions> = {}): Promise<void> => {
  clock = steppedClock();
  // Most tests are about the changed items; those about ancestor folders switch these on.
  running = await runEmulator({ clock, ...options, quirks: { ancestors: false, ...options.quirks } });
};
afterEach(() => running.close());

const DELTA = '/v1.0/me/drive/root/delta';
const at = (path: string): string => join(running.folder, path);
const write = async (path: string, content = path): Promise<void> => {
  await writeFile(at(path), content);
  await running.emulator.admin.rescan();
};
const link = (answer: Answer): string => answer.string('@odata.deltaLink');
const latest = async (): Promise<string> => link(await running.graph(`${DELTA}?token=latest`));
const names = (answer: Answer): unknown[] => answer.items().map(({ name }) => name);
/** Returns every page, starting at a URL. */
const pages = async (url: string): Promise<Answer[]> => {
  const all = [await running.graph(url)];
  for (let next = all[0]!.json['@odata.nextLink']; typeof next === 'string'; ) {
    const page = await running.graph(next);
    all.push(page);
    next = page.json['@odata.nextLink'];
  }
  return all;
};

describe('delta', () => {
  beforeEach(() => start());

  it('without a token lists everything, parents before their children, and no deletion', async () => {
    await write('gone.txt');
    await mkdir(at('a/b'), { recursive: true });
    await write('a/b/c.txt');
    await rm(at('gone.txt'));
    await running.emulator.admin.rescan();
    const all = await running.graph(DELTA);
    expect(names(all)).toEqual(['root', 'a', 'b', 'c.txt']);
    expect(all.items()[0]).toMatchObject({ root: {}, folder: { childCount: 1 }, size: 9 });
  });

  it('with token=latest returns an empty page and a deltaLink', async () => {
    await write('a.txt');
    const empty = await running.graph(`${DELTA}?token=latest`);
    expect([empty.items(), empty.json['@odata.nextLink']]).toEqual([[], undefined]);
    await write('b.txt');
    const changed = await running.graph(link(empty));
    expect(names(changed)).toEqual(['b.txt']);
    expect((await running.graph(link(changed))).items()).toEqual([]);
  });

  it('reports each item with what a client needs to name the change', async () => {
    await mkdir(at('Reports'));
    await running.emulator.admin.rescan();
    const token = await latest();
    await write('Reports/Q3.xlsx', 'numbers');
    const [item] = (await running.graph(token)).items();
    const root = (await running.graph('/v1.0/me/drive/root:/Reports')).string('id');
    expect(item).toEqual({
      id: expect.stringMatching(/^01[A-Z2-7]{32}$/),
      name: 'Q3.xlsx',
      size: 7,
      eTag: expect.stringMatching(/^"\{[0-9A-F-]{36}\},1"$/),
      createdDateTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      lastModifiedDateTime: expect.any(String),
      createdBy: expect.any(Object),
      lastModifiedBy: {
        user: { id: running.emulator.user.id, displayName: 'Ada Lovelace', email: 'ada@example.com' },
        application: { id: expect.any(String), displayName: 'OneDrive' },
      },
      webUrl: 'https://example.com/personal/ada_example_com/Documents/Reports/Q3.xlsx',
      fileSystemInfo: expect.any(Object),
      '@microsoft.graph.downloadUrl': expect.stringContaining('/download.aspx?'),
      file: { mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', hashes: { quickXorHash: expect.any(String) } },
      parentReference: {
        driveType: 'business', driveId: running.emulator.drive.id, siteId: running.emulator.drive.siteId, id: root, name: 'Reports', path: `/drives/${running.emulator.drive.id}/root:/Reports`,
      },
    });
  });

  it('reports an item once with its latest state, however often it changed', async () => {
    const token = await latest();
    await write('a.txt', 'one');
    await write('a.txt', 'three');
    await rename(at('a.txt'), at('b.txt'));
    await running.emulator.admin.rescan();
    const changes = await running.graph(token);
    expect(changes.items()).toMatchObject([{ name: 'b.txt', size: 5 }]);
  });

  it('reports a deletion once to each client', async () => {
    await write('a.txt');
    const token = await latest();
    await rm(at('a.txt'));
    await running.emulator.admin.rescan();
    const first = await running.graph(token);
    expect(first.items()).toMatchObject([{ deleted: { state: 'deleted' } }]);
    expect((await running.graph(link(first))).items()).toEqual([]);
    expect((await running.graph(token)).items()).toHaveLength(1);
  });

  it('does not lose a deletion in the middle of an enumeration', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await write(name);
    const first = await running.graph(`${DELTA}?$top=3`);
    expect(names(first)).toEqual(['root', 'a', 'b']);
    await rm(at('a'));
    await running.emulator.admin.rescan();
    const rest = await pages(first.string('@odata.nextLink'));
    expect(rest.flatMap((page) => page.items()).filter((item) => 'deleted' in item)).toHaveLength(1);
  });

  it('keeps $select and $top in its links', async () => {
    for (const name of ['a', 'b', 'c']) await write(name);
    const all = await pages(`${DELTA}?$top=2&$select=id,name,deleted`);
    expect(all.map((page) => page.items().length)).toEqual([2, 2]);
    for (const item of all.flatMap((page) => page.items())) expect(Object.keys(item).sort()).toEqual(['id', 'name']);
  });

  it('gives the same answer for every drive that shares the folder, by every path', async () => {
    await write('a.txt');
    const { group, site, list, drive } = running.emulator;
    for (const path of [`/drives/${drive.id}`, `/groups/${group!.id}/drive`, `/sites/${site.id}/lists/${list.id}/drive`]) {
      const answer = await running.graph(`/v1.0${path}/root/delta`);
      expect(names(answer)).toEqual(['root', 'a.txt']);
      const { id } = (await running.graph(`/v1.0${path}`)).json;
      expect((answer.items()[1]!.parentReference as { driveId: string }).driveId).toBe(id);
    }
  });

  it('accepts the root by its id too, but no other folder of a business drive', async () => {
    await mkdir(at('f'));
    await running.emulator.admin.rescan();
    const root = (await running.graph('/v1.0/me/drive/root')).string('id');
    const folder = (await running.graph('/v1.0/me/drive/root:/f')).string('id');
    expect((await running.graph(`/v1.0/me/drive/items/${root}/delta?token=latest`)).status).toBe(200);
    expect((await running.graph(`/v1.0/me/drive/items/${folder}/delta`)).at('error', 'code')).toBe('notSupported');
  });

  it('accepts a time on a business drive', async () => {
    await write('before.txt');
    clock.step(60_000);
    const time = new Date(clock.now()).toISOString();
    await write('after.txt');
    expect(names(await running.graph(`${DELTA}?token=${encodeURIComponent(time)}`))).toEqual(['after.txt']);
  });

  it('refuses a time on a personal drive', async () => {
    await running.close();
    await start({ personality: 'personal' });
    const answer = await running.graph(`${DELTA}?token=2026-01-01T00:00:00Z`);
    expect([answer.status, answer.at('error', 'code')]).toEqual([400, 'invalidRequest']);
  });
});

describe('delta, as the real service behaves,', () => {
  it('lags: it shows the earlier state until the lag is over', async () => {
    await start({ deltaLagMs: 20_000 });
    // What was there at the start does not wait.
    expect(names(await running.graph(DELTA))).toEqual(['root']);
    const token = await latest();
    await write('a.txt', 'a');
    expect((await running.graph(token)).items()).toEqual([]);
    clock.step(20_000);
    await write('a.txt', 'longer');
    expect((await running.graph(token)).items()).toMatchObject([{ name: 'a.txt', size: 1 }]);
    // Look-ups do not lag.
    expect((await running.graph('/v1.0/me/drive/root:/a.txt')).json.size).toBe(6);
    clock.step(20_000);
    expect((await running.graph(token)).items()).toMatchObject([{ name: 'a.txt', size: 6 }]);
  });

  it('answers with an empty page the first time after each change if configured so', async () => {
    await start({ quirks: { emptyFirst: true } });
    const token = await latest();
    await write('a.txt');
    const empty = await running.graph(token);
    expect(empty.items()).toEqual([]);
    const told = await running.graph(link(empty));
    expect(names(told)).toEqual(['a.txt']);
    await write('b.txt');
    expect((await running.graph(link(told))).items()).toEqual([]);
    expect(names(await running.graph(link(told)))).toEqual(['b.txt']);
  });

  it('can repeat items within a page or across pages', async () => {
    await start({ pageSize: 2 });
    const token = await latest();
    for (const name of ['a', 'b', 'c']) await write(name);
    await running.admin('quirks', { repeats: 'within-page' });
    expect((await pages(token)).map(names)).toEqual([['a', 'a', 'b', 'b'], ['c', 'c']]);
    await running.admin('quirks', { repeats: 'across-pages' });
    expect((await pages(token)).map(names)).toEqual([['a', 'b'], ['b', 'c']]);
  });

  it('can leave out paths', async () => {
    await start({ quirks: { withoutPath: true } });
    const token = await latest();
    await write('a.txt');
    const [item] = (await running.graph(token)).items();
    expect(item!.parentReference).not.toHaveProperty('path');
    expect(item!.parentReference).toHaveProperty('id');
  });

  it.each([
    ['business', { deletedShape: 'business', deletedState: true }, 'name', { state: 'deleted' }],
    ['personal', { deletedShape: 'personal', deletedState: false }, 'size', {}],
  ])('leaves out certain fields of a %s deletion', async (_personality, quirks, lacking, deleted) => {
    await start();
    await write('a.txt');
    const token = await latest();
    await running.admin('quirks', quirks);
    await rm(at('a.txt'));
    await running.emulator.admin.rescan();
    const [item] = (await running.graph(token)).items();
    expect(item).toMatchObject({ id: expect.any(String), deleted });
    expect(item).not.toHaveProperty(lacking);
    expect(item).not.toHaveProperty('cTag');
    expect(item).toHaveProperty(lacking === 'name' ? 'size' : 'name');
  });

  it('has a cTag for each item of a personal drive; on a business drive only the item itself has one, and folders do not', async () => {
    await start({ personality: 'personal' });
    await mkdir(at('folder'));
    await write('folder/a.txt');
    for (const item of (await running.graph(DELTA)).items()) expect(item).toHaveProperty('cTag');
    await running.close();
    await start();
    await mkdir(at('folder'));
    await write('folder/a.txt');
    for (const item of (await running.graph(DELTA)).items()) expect(item).not.toHaveProperty('cTag');
    expect((await running.graph('/v1.0/me/drive/root:/folder/a.txt')).string('cTag')).toMatch(/^"c:\{[0-9A-F-]{36}\},1"$/);
    expect((await running.graph('/v1.0/me/drive/root:/folder')).json).not.toHaveProperty('cTag');
  });

  it('dates a folder by the latest change in it, which does not count as a change of the folder', async () => {
    await start({ quirks: { ancestors: true } });
    await mkdir(at('folder'));
    await write('folder/a.txt');
    const token = await latest();
    const folder = async (): Promise<Record<string, unknown>> => (await running.graph('/v1.0/me/drive/root:/folder')).json;
    const before = await folder();
    clock.step(1_800_000);
    await rm(at('folder/a.txt'));
    await running.emulator.admin.rescan();
    const after = await folder();
    expect(after).toMatchObject({ eTag: before.eTag, fileSystemInfo: before.fileSystemInfo, size: 0 });
    expect(Date.parse(String(after.lastModifiedDateTime))).toBe(Math.floor(clock.now() / 1000) * 1000);
    const told = (await running.graph(token)).items().find(({ name }) => name === 'folder');
    expect(told).toMatchObject({ eTag: before.eTag, lastModifiedDateTime: after.lastModifiedDateTime });
  });

  it.each([
    ['query', /delta\?token=[^&]+$/],
    ['function', /delta\(token='[^']+'\)$/],
  ])('writes links in the %s form, which work unchanged', async (linkForm, form) => {
    await start({ pageSize: 1 });
    await write('a.txt');
    await running.admin('quirks', { linkForm });
    const first = await running.graph(DELTA);
    expect(first.string('@odata.nextLink')).toMatch(form);
    const all = await pages(DELTA);
    expect(all.map(names)).toEqual([['root'], ['a.txt']]);
    expect(link(all.at(-1)!)).toMatch(form);
    await write('b.txt');
    expect(names(await running.graph(link(all.at(-1)!)))).toEqual(['b.txt']);
  });

  it.each(['resyncRequired', 'resyncChangesApplyDifferences', 'resyncChangesUploadDifferences', 'resyncApplyDifferences', 'resyncUploadDifferences'])(
    'answers 410 %s, with and without a Location to start over from',
    async (code) => {
      await start();
      const token = await latest();
      await running.admin('gone', { code, location: 'none', count: 2 });
      for (let round = 0; round < 2; round++) {
        const gone = await running.graph(token);
        expect([gone.status, gone.at('error', 'code'), gone.headers.location]).toEqual([410, code, undefined]);
      }
      await running.admin('gone', { code });
      const gone = await running.graph(token);
      const over = await running.graph(gone.headers.location as string);
      expect([gone.status, over.status, names(over)]).toEqual([410, 200, ['root']]);
      expect((await running.graph(token)).status).toBe(200);
    },
  );

  it('answers 500 at a broken Location', async () => {
    await start();
    const token = await latest();
    await running.admin('gone', { location: 'broken' });
    const gone = await running.graph(token);
    const broken = await running.graph(gone.headers.location as string);
    expect([broken.status, broken.at('error', 'code')]).toEqual([500, 'generalException']);
  });

  it('answers 410 to a token from an earlier run, and to nonsense', async () => {
    await start();
    const { search } = new URL(await latest());
    await running.close();
    await start();
    for (const token of [search, '?token=nonsense', "(token='nonsense')"]) {
      const gone = await running.graph(`${DELTA}${token}`);
      expect([gone.status, gone.at('error', 'code'), gone.headers.location]).toEqual([410, 'resyncRequired', `${running.emulator.graphUrl}${DELTA}`]);
    }
  });
});

describe('a change that the folder watcher sees', () => {
  it('reaches delta and the notifications without a rescan', async () => {
    await start();
    const token = await latest();
    const changed = running.emulator.events.next('changed');
    await writeFile(at('a.txt'), 'a');
    expect(await changed).toEqual({ type: 'changed', items: 1 });
    expect(names(await running.graph(token))).toEqual(['a.txt']);
  });
});
