import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { Answer, RunningEmulator } from '../unit/emulator/support/running-emulator.ts';

let running: RunningEmulator;
beforeEach(async () => {
  running = await runEmulator();
  await mkdir(join(running.folder, 'Pictures/Camera Roll'), { recursive: true });
  await writeFile(join(running.folder, 'Pictures/Camera Roll/holiday.jpg'), 'jpg');
  await writeFile(join(running.folder, 'holiday plans.docx'), 'docx');
  await running.emulator.admin.rescan();
});
afterEach(() => running.close());

const bearer = (...scopes: string[]): Record<string, string> => ({ authorization: `Bearer ${running.emulator.admin.issueToken({ scopes })}` });

describe('a search over all drives', () => {
  const post = (body: unknown, headers = bearer('Files.Read.All')): Promise<Answer> => running.send('/v1.0/search/query', { method: 'POST', headers, body: JSON.stringify(body) });
  const search = (queryString: string, more: Record<string, unknown> = {}): Promise<Answer> => post({ requests: [{ entityTypes: ['driveItem'], query: { queryString }, ...more }] });
  const own = 'https://example.com/personal/ada_example_com/Documents';
  const names = (answer: Answer): unknown[] => ((answer.at('value', 0, 'hitsContainers', 0, 'hits') ?? []) as { resource: { name: string } }[]).map(({ resource }) => resource.name);

  it.each([
    [`holiday path:"${own}"`, ['holiday plans.docx', 'holiday.jpg']],
    [`"holiday plans" path:"${own}"`, ['holiday plans.docx']],
    [`filetype:jpg path:"${own}"`, ['holiday.jpg']],
    [`filename:holiday* AND NOT filetype:jpg path:"${own}/"`, ['holiday plans.docx']],
    [`isDocument:false path:"${own}"`, ['Camera Roll', 'Pictures']],
    [`* path:"${own}/Pictures" -filetype:jpg`, ['Camera Roll', 'Pictures']],
    ['nothing like it', []],
  ])('%s finds %j', async (query, found) => {
    expect(names(await search(query)).sort()).toEqual(found);
  });

  it('finds an item in every drive that the user may read, and in no other, over pages', async () => {
    const first = await search('filetype:jpg', { size: 2 });
    const total = Number(first.at('value', 0, 'hitsContainers', 0, 'total'));
    expect(first.at('value', 0, 'hitsContainers', 0, 'moreResultsAvailable')).toBe(true);
    const last = await search('filetype:jpg', { from: 2, size: 500 });
    expect(names(first).length + names(last).length).toBe(total);
    expect(last.at('value', 0, 'hitsContainers', 0, 'moreResultsAvailable')).toBe(false);
    expect(last.text).not.toContain('/personal/grace_example_com');
    expect(first.at('value', 0, 'hitsContainers', 0, 'hits', 0)).toMatchObject({ rank: 1, resource: { '@odata.type': '#microsoft.graph.driveItem', parentReference: { driveId: expect.any(String) } } });
  });

  it.each([
    [{ requests: [] }, 'exactly one'],
    [{ requests: [{ entityTypes: ['message'], query: { queryString: 'a' } }] }, "'driveItem'"],
    [{ requests: [{ entityTypes: ['driveItem'], query: {} }] }, 'queryString'],
    [{ requests: [{ entityTypes: ['driveItem'], query: { queryString: 'a' }, sortProperties: [] }] }, 'sortProperties'],
    [{ requests: [{ entityTypes: ['driveItem'], query: { queryString: 'a' }, size: 501 }] }, 'size'],
    [{ requests: [{ entityTypes: ['driveItem'], query: { queryString: 'a OR b' } }] }, "'OR'"],
    [{ requests: [{ entityTypes: ['driveItem'], query: { queryString: 'author:ada' } }] }, "'author'"],
    [{ requests: [{ entityTypes: ['driveItem'], query: { queryString: '(a' } }] }, '(a'],
  ])('refuses %j by name', async (body, named) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.at('error', 'message')).toContain(named);
  });

  it('needs a permission to read files, and POST', async () => {
    expect((await post({ requests: [] }, bearer('User.Read'))).status).toBe(403);
    expect((await running.graph('/v1.0/search/query')).status).toBe(405);
  });
});

describe('an item can also be found', () => {
  it('as a special folder, if it exists', async () => {
    expect((await running.graph('/v1.0/me/drive/special/photos')).json.name).toBe('Pictures');
    expect((await running.graph('/v1.0/me/drive/special/cameraRoll/children')).items()).toMatchObject([{ name: 'holiday.jpg' }]);
    expect((await running.graph('/v1.0/me/drive/special/music')).status).toBe(404);
    const refused = await running.graph('/v1.0/me/drive/special/approot');
    expect([refused.status, refused.at('error', 'message')]).toEqual([400, expect.stringContaining('approot')]);
  });

  it('by its SharePoint ids', async () => {
    const item = await running.graph('/v1.0/me/drive/root:/holiday%20plans.docx?$select=id,sharepointIds');
    const { id, drive } = running.emulator.user;
    expect(id).toEqual(expect.any(String));
    expect(item.at('sharepointIds')).toEqual({
      listId: drive.listId, listItemUniqueId: expect.stringMatching(/^[\da-f-]{36}$/), siteId: drive.siteId, siteUrl: 'https://example.com/personal/ada_example_com', tenantId: running.emulator.user.tenantId, webId: drive.webId,
    });
    const unique = item.string('sharepointIds', 'listItemUniqueId');
    for (const written of [unique, unique.toUpperCase(), encodeURIComponent(`{${unique}}`)]) {
      expect((await running.graph(`/v1.0/drives/${drive.id}/list/items/${written}/driveItem`)).json.id).toBe(item.json.id);
    }
    expect((await running.graph(`/v1.0/drives/${drive.id}/list/items/00000000-0000-0000-0000-000000000000/driveItem`)).status).toBe(404);
    expect((await running.graph('/v1.0/me/drive?$select=sharepointIds')).at('sharepointIds')).toMatchObject({ listId: drive.listId, webId: drive.webId });
    expect((await running.graph('/v1.0/me/drive')).json).not.toHaveProperty('sharepointIds');
  });
});

describe('permissions', () => {
  it('can be expanded on an item, but not in delta', async () => {
    const item = await running.graph('/v1.0/me/drive/root:/Pictures?$expand=permissions');
    expect(item.at('permissions')).toMatchObject([{ roles: ['owner'] }]);
    const refused = await running.graph('/v1.0/me/drive/root/delta?$expand=permissions');
    expect([refused.status, refused.at('error', 'code')]).toEqual([400, 'notSupported']);
  });

  it('for sites are needed for a site and its lists', async () => {
    const { site, list } = running.emulator;
    for (const path of [`/sites/${site.id}`, '/sites/example.com:/sites/Engineering', `/sites/${site.id}/lists`, `/sites/${site.id}/lists/${list.id}`]) {
      expect([path, (await running.graph(`/v1.0${path}`, bearer('Files.Read.All'))).status]).toEqual([path, 403]);
      expect([path, (await running.graph(`/v1.0${path}`, bearer('Sites.Read.All'))).status]).toEqual([path, 200]);
    }
    // For its drives, a permission for files is enough.
    expect((await running.graph(`/v1.0/sites/${site.id}/drives`, bearer('Files.Read.All'))).status).toBe(200);
  });
});
