import { describe, expect, it } from '@jest/globals';
import { WatchError } from '../../../../src/errors.ts';
import { findPlace, sharingToken } from '../../../../src/graph/address/find.ts';
import { parseAddress } from '../../../../src/graph/address/parse.ts';
import type { GraphGet } from '../../../../src/graph/http.ts';

const HOST = 'https://contoso.sharepoint.com';
const { signal } = new AbortController();

/** A Graph with these answers, by path without query; anything else is 404. */
function graph(answers: Record<string, unknown>): { get: GraphGet; asked: string[]; headers: Record<string, string>[] } {
  const asked: string[] = [];
  const headers: Record<string, string>[] = [];
  return {
    asked,
    headers,
    get: (path, _signal, { accept = [], headers: sent = {} } = {}) => {
      const plain = path.replace(/\?.*$/, '');
      asked.push(plain);
      headers.push({ ...sent });
      const body = answers[plain];
      if (body instanceof WatchError) return Promise.reject(body);
      if (body !== undefined) return Promise.resolve({ status: 200, headers: {}, body });
      if (accept.includes(404)) return Promise.resolve({ status: 404, headers: {}, body: {} });
      return Promise.reject(new WatchError('refused', 'Graph returned 404 itemNotFound', { status: 404, code: 'itemNotFound' }));
    },
  };
}

const TEAM = {
  '/sites/contoso.sharepoint.com:/sites/team': { id: 'contoso.sharepoint.com,1,2' },
  '/sites/contoso.sharepoint.com,1,2/drives': {
    value: [
      { id: 'b!docs', name: 'Documents', webUrl: `${HOST}/sites/team/Shared%20Documents` },
      { id: 'b!plans', name: 'Plans', webUrl: `${HOST}/sites/team/Plans` },
      { id: 'b!old', name: 'Plans 2025', webUrl: `${HOST}/sites/team/Plans%202025` },
    ],
  },
  '/sites/contoso.sharepoint.com,1,2/drive': { id: 'b!docs', name: 'Documents' },
  '/drives/b!docs/root:/Reports': { id: 'r', name: 'Reports', folder: {} },
  '/drives/b!docs/root:/Reports/Q3.xlsx': { id: 'q', name: 'Q3.xlsx', file: {} },
};

const find = (text: string, answers: Record<string, unknown>, redeem = false) => {
  const service = graph(answers);
  return { service, place: findPlace(parseAddress(text), { get: service.get, signal, redeem }) };
};

describe('finding a place', () => {
  it.each([
    ['/sites/team', { driveId: 'b!docs', path: '', folder: true }],
    ['/sites/team/Shared%20Documents', { driveId: 'b!docs', driveName: 'Documents', path: '' }],
    ['/sites/team/shared%20documents/Reports', { driveId: 'b!docs', path: '/Reports', folder: true }],
    ['/sites/team/Shared%20Documents/Reports/Q3.xlsx', { driveId: 'b!docs', path: '/Reports/Q3.xlsx', folder: false }],
    ['/sites/team/Plans%202025/Forms/AllItems.aspx', { driveId: 'b!old', path: '' }],
    ['/sites/team/Documents', { driveId: 'b!docs', path: '' }],
  ])('finds %s by the longest library URL, in any case, or by title', async (path, place) => {
    expect(await find(HOST + path, TEAM).place).toMatchObject(place);
  });

  it('looks into sub-sites, and takes the library there', async () => {
    const answers = {
      ...TEAM,
      '/sites/contoso.sharepoint.com:/sites/team/sub': { id: 'contoso.sharepoint.com,1,3' },
      '/sites/contoso.sharepoint.com,1,3/drives': { value: [{ id: 'b!sub', name: 'Docs', webUrl: `${HOST}/sites/team/sub/Docs` }] },
    };
    expect(await find(`${HOST}/sites/team/sub/Docs`, answers).place).toMatchObject({ driveId: 'b!sub', path: '' });
  });

  it('finds libraries of the root site and on later pages', async () => {
    const answers = {
      '/sites/contoso.sharepoint.com': { id: 'contoso.sharepoint.com,0,0' },
      '/sites/contoso.sharepoint.com,0,0/drives': { value: [{ id: 'b!a', name: 'A', webUrl: `${HOST}/A` }], '@odata.nextLink': 'https://graph/next' },
      'https://graph/next': { value: [{ id: 'b!it', name: 'Documenti', webUrl: `${HOST}/Documenti%20condivisi` }] },
    };
    expect(await find(`${HOST}/Documenti%20condivisi`, answers).place).toMatchObject({ driveId: 'b!it' });
  });

  it('names both libraries if a title fits two', async () => {
    const twice = { value: [{ id: 'b!1', name: 'Files', webUrl: `${HOST}/sites/team/F1` }, { id: 'b!2', name: 'files', webUrl: `${HOST}/sites/team/F2` }] };
    await expect(find(`${HOST}/sites/team/Files`, { ...TEAM, '/sites/contoso.sharepoint.com,1,2/drives': twice }).place)
      .rejects.toMatchObject({ code: 'ambiguous', message: expect.stringContaining('/sites/team/F1 or /sites/team/F2') });
  });

  it.each([
    ['/sites/nowhere', 'There is no site contoso.sharepoint.com/sites/nowhere', 'graph-watch status'],
    ['/sites/team/Nothing', 'There is no library or site', 'Documents, Plans, Plans 2025'],
    ['/sites/team/Plans/none.txt', 'There is no /none.txt in the library Plans', 'watch drive \'b!plans\''],
  ])('says what is missing: %s', async (path, message, hint) => {
    await expect(find(HOST + path, TEAM).place).rejects.toMatchObject({
      category: 'refused', message: expect.stringContaining(message), hint: expect.stringContaining(hint),
    });
  });

  it('resolves a sharing link without changing anybody\'s access, except with --redeem', async () => {
    const link = 'https://contoso.sharepoint.com/:f:/s/team/Eabc?e=1';
    const answers = { [`/shares/${sharingToken(link)}/driveItem`]: { id: 'x', name: 'Reports', folder: {}, parentReference: { driveId: 'b!docs', path: '/drives/b!docs/root:/My%20files' } } };
    const looked = find(link, answers);
    expect(await looked.place).toMatchObject({ driveId: 'b!docs', path: '/My files/Reports', folder: true });
    expect(looked.service.headers).toEqual([{}]);
    const redeemed = find(link, answers, true);
    await redeemed.place;
    expect(redeemed.service.headers).toEqual([{ prefer: 'redeemSharingLink' }]);
  });

  it.each([
    ['/drives/b!docs/root:/100%25 done', '100%25 done', '/100%25 done/Reports'],
    ['/drives/b!docs/root:/100%2525%20done', '100%25 done', '/100%25 done/Reports'],
    ['/drives/b!docs/root:/a/x%20y', 'x%20y', '/a/x%20y/Reports'],
  ])('decodes the path of its parent only if that is encoded: %s', async (above, name, path) => {
    const link = 'https://contoso.sharepoint.com/:f:/s/team/Eabc';
    const answers = { [`/shares/${sharingToken(link)}/driveItem`]: { id: 'x', name: 'Reports', folder: {}, parentReference: { driveId: 'b!docs', name, path: above } } };
    expect(await find(link, answers).place).toMatchObject({ path });
  });

  it.each(['/drives/b!docs/items/abc', '/drives/b!docs/root:/a/../b'])('says that it is unknown where an item is if its parent is "%s"', async (path) => {
    const link = 'https://contoso.sharepoint.com/:f:/s/team/Eabc';
    const answers = { [`/shares/${sharingToken(link)}/driveItem`]: { id: 'x', name: 'Reports', folder: {}, parentReference: { driveId: 'b!docs', path } } };
    await expect(find(link, answers).place).rejects.toMatchObject({ code: 'pathUnknown' });
  });

  it('says that a link must be opened once', async () => {
    await expect(find('https://1drv.ms/f/s!Abc', {}).place).rejects.toMatchObject({ hint: expect.stringContaining('--redeem') });
  });

  it('encodes links as in Graph\'s documentation', () => {
    expect(sharingToken('https://onedrive.live.com/redir?resid=1231244193912!12&authKey=1201919!12921!1')).toBe(
      'u!aHR0cHM6Ly9vbmVkcml2ZS5saXZlLmNvbS9yZWRpcj9yZXNpZD0xMjMxMjQ0MTkzOTEyITEyJmF1dGhLZXk9MTIwMTkxOSExMjkyMSEx');
  });

  it('follows a shortcut to its target, and finds a document in the library that contains it', async () => {
    const remote = { id: 's', name: 'Team', remoteItem: { id: 'q', name: 'Team', folder: {}, parentReference: { driveId: 'b!other', path: '/drives/b!other/root:' } } };
    expect(await find('https://onedrive.live.com/?resid=4F0C2A9B71D3E586!7', { '/drives/4F0C2A9B71D3E586/items/4F0C2A9B71D3E586!7': remote }).place)
      .toMatchObject({ driveId: 'b!other', path: '/Team', folder: true });
    const id = '0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
    const answers = { ...TEAM, [`/drives/b!plans/list/items/${id}/driveItem`]: { id: 'd', name: 'plan.docx', parentReference: { driveId: 'b!plans', path: '/drives/b!plans/root:' } } };
    expect(await find(`${HOST}/sites/team/_layouts/15/Doc.aspx?sourcedoc={${id}}`, answers).place).toMatchObject({ driveId: 'b!plans', path: '/plan.docx', folder: false, driveName: 'Plans' });
  });

  it('finds a channel\'s files and a synchronised library', async () => {
    const id = '0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
    const answers = {
      [`/teams/${id}/channels/19%3Aabc%40thread.tacv2/filesFolder`]: { id: 'f', name: 'General', parentReference: { driveId: 'b!docs' } },
      '/drives/b!docs/items/f': { id: 'f', name: 'General', folder: {}, parentReference: { driveId: 'b!docs', path: '/drives/b!docs/root:' } },
      [`/sites/contoso.sharepoint.com,${id},${id}/lists/${id}/drive`]: { id: 'b!sync', name: 'Documents' },
    };
    expect(await find(`https://teams.microsoft.com/l/channel/19%3Aabc%40thread.tacv2/General?groupId=${id}`, answers).place).toMatchObject({ driveId: 'b!docs', path: '/General' });
    expect(await find(`odopen://sync?siteId={${id}}&webId={${id}}&listId={${id}}&webUrl=${HOST}/sites/team`, answers).place).toMatchObject({ driveId: 'b!sync', path: '' });
  });
});
