import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { WatchError } from '../../../../src/errors.ts';
import { isAddress } from '../../../../src/graph/address/is-address.ts';
import { parseAddress } from '../../../../src/graph/address/parse.ts';

const LINK = 'https://contoso.sharepoint.com/:f:/s/team/EabcDEF123?e=xyz';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const GUID = '0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';

const path = (host: string, ...segments: string[]): object => ({ kind: 'path', host, segments });

describe('an address', () => {
  it.each<[string, object]>([
    // Plain paths
    ['https://contoso.sharepoint.com/sites/team/Shared%20Documents/Reports', path('contoso.sharepoint.com', 'sites', 'team', 'Shared Documents', 'Reports')],
    ['https://contoso.sharepoint.com/teams/a/b/Documenti%20condivisi/', path('contoso.sharepoint.com', 'teams', 'a', 'b', 'Documenti condivisi')],
    ['https://contoso.sharepoint.com/Delade%20dokument', path('contoso.sharepoint.com', 'Delade dokument')],
    ['contoso.sharepoint.com/sites/team', path('contoso.sharepoint.com', 'sites', 'team')],
    ['https://contoso.sharepoint.com', path('contoso.sharepoint.com')],
    ['contoso.sharepoint.com', path('contoso.sharepoint.com')],
    ['onedrive.live.com/?cid=4f0c2a9b71d3e586', { kind: 'personal' }],
    ['teams.microsoft.com/l/file/1?objectUrl=https%3A%2F%2Fcontoso.sharepoint.com%2Fsites%2Fteam', path('contoso.sharepoint.com', 'sites', 'team')],
    ['https://CONTOSO.sharepoint.com/sites/Team/Lib/a%2Bb%23c', path('contoso.sharepoint.com', 'sites', 'Team', 'Lib', 'a+b#c')],
    ['  <https://contoso.sharepoint.com/sites/team>  ', path('contoso.sharepoint.com', 'sites', 'team')],
    // View pages
    ['https://contoso.sharepoint.com/sites/team/Shared%20Documents/Forms/AllItems.aspx', path('contoso.sharepoint.com', 'sites', 'team', 'Shared Documents')],
    ['https://contoso.sharepoint.com/sites/team/Shared%20Documents/Forms/AllItems.aspx?id=%2Fsites%2Fteam%2FShared%20Documents%2FQ3%5F2026&viewid=1&ga=1&csf=1&web=1&e=a', path('contoso.sharepoint.com', 'sites', 'team', 'Shared Documents', 'Q3_2026')],
    ['https://contoso.sharepoint.com/sites/team/Lib/Forms/Ansicht.aspx?RootFolder=%2Fsites%2Fteam%2FLib%2FReports&FolderCTID=0x01', path('contoso.sharepoint.com', 'sites', 'team', 'Lib', 'Reports')],
    ['https://contoso.sharepoint.com/sites/team/SitePages/Home.aspx', path('contoso.sharepoint.com', 'sites', 'team')],
    // Only named like a view
    ['https://contoso.sharepoint.com/sites/team/Lib/Forms', path('contoso.sharepoint.com', 'sites', 'team', 'Lib', 'Forms')],
    // OneDrive for Business
    ['https://contoso-my.sharepoint.com/personal/ada_contoso_com/_layouts/15/onedrive.aspx?id=%2Fpersonal%2Fada%5Fcontoso%5Fcom%2FDocuments%2FReports&parent=%2Fpersonal%2Fada%5Fcontoso%5Fcom%2FDocuments', path('contoso-my.sharepoint.com', 'personal', 'ada_contoso_com', 'Documents', 'Reports')],
    ['https://contoso-my.sharepoint.com/personal/ada_contoso_com/_layouts/15/onedrive.aspx', path('contoso-my.sharepoint.com', 'personal', 'ada_contoso_com')],
    ['https://contoso-my.sharepoint.com/my?id=%2Fpersonal%2Fada%5Fcontoso%5Fcom%2FDocuments%2FReports', path('contoso-my.sharepoint.com', 'personal', 'ada_contoso_com', 'Documents', 'Reports')],
    ['https://contoso-my.sharepoint.com/shared?id=%2Fsites%2Fteam%2FLib%2FReports&listurl=https%3A%2F%2Fcontoso%2Esharepoint%2Ecom%2Fsites%2Fteam%2FLib', path('contoso.sharepoint.com', 'sites', 'team', 'Lib', 'Reports')],
    ['https://contoso-my.sharepoint.com/personal/ada_contoso_com/_layouts/15/onedrive.aspx?listurl=https%3A%2F%2Fcontoso%2Esharepoint%2Ecom%2Fsites%2Fteam%2FLib', path('contoso.sharepoint.com', 'sites', 'team', 'Lib')],
    // Links
    ['https://contoso.sharepoint.com/:f:/r/sites/team/Shared%20Documents/Reports?csf=1&web=1&e=AbC', path('contoso.sharepoint.com', 'sites', 'team', 'Shared Documents', 'Reports')],
    ['https://contoso.sharepoint.com/:w:/r/sites/team/_layouts/15/Doc.aspx?sourcedoc=%7B0B1F2C3D-4E5F-4A6B-8C7D-9E0F1A2B3C4D%7D&file=a.docx', { kind: 'document', host: 'contoso.sharepoint.com', segments: ['sites', 'team'], id: GUID }],
    ['https://contoso.sharepoint.com/sites/team/sub/_layouts/15/Doc.aspx?sourcedoc={0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d}', { kind: 'document', segments: ['sites', 'team', 'sub'], id: GUID }],
    [LINK, { kind: 'sharing', url: LINK }],
    ['https://contoso.sharepoint.com/:x:/t/team/Eabc', { kind: 'sharing' }],
    ['https://contoso.sharepoint.com/:b:/g/Eabc', { kind: 'sharing' }],
    ['https://contoso-my.sharepoint.com/:f:/g/personal/ada_contoso_com/Eabc?e=1', { kind: 'sharing', url: 'https://contoso-my.sharepoint.com/:f:/g/personal/ada_contoso_com/Eabc?e=1' }],
    [`https://contoso.sharepoint.com/sites/team/_layouts/15/onedrive.aspx?originalPath=${encodeURIComponent(base64(LINK))}`, { kind: 'sharing', url: LINK }],
    // Personal
    ['https://onedrive.live.com/?id=%2Fpersonal%2F4f0c2a9b71d3e586%2FDocuments%2FReports%2FQ3&listurl=x', { kind: 'personal', driveId: '4F0C2A9B71D3E586', path: '/Reports/Q3' }],
    ['https://onedrive.live.com/?id=%2Fpersonal%2F5C2A9B71D3E4F86%2FDokumente', { kind: 'personal', driveId: '05C2A9B71D3E4F86', path: '' }],
    ['https://onedrive.live.com/?id=4F0C2A9B71D3E586%21123&cid=4F0C2A9B71D3E586', { kind: 'personal-item', driveId: '4F0C2A9B71D3E586', itemId: '4F0C2A9B71D3E586!123' }],
    ['https://onedrive.live.com/edit.aspx?resid=4F0C2A9B71D3E586!s0b1f2c3d4e5f4a6b8c7d9e0f1a2b3c4d', { kind: 'personal-item', itemId: '4F0C2A9B71D3E586!s0b1f2c3d4e5f4a6b8c7d9e0f1a2b3c4d' }],
    ['https://onedrive.live.com/?cid=4f0c2a9b71d3e586', { kind: 'personal', driveId: '4F0C2A9B71D3E586', path: '' }],
    ['https://onedrive.live.com/?id=root&cid=4F0C2A9B71D3E586', { kind: 'personal', driveId: '4F0C2A9B71D3E586', path: '' }],
    [`https://onedrive.live.com/?redeem=${encodeURIComponent(base64('https://1drv.ms/f/s!AbC'))}&cid=4F0C2A9B71D3E586`, { kind: 'sharing', url: 'https://1drv.ms/f/s!AbC' }],
    ['https://1drv.ms/f/s!AbCdEf', { kind: 'sharing', url: 'https://1drv.ms/f/s!AbCdEf' }],
    ['https://1drv.ms/f/c/4f0c2a9b71d3e586/Eabc?e=1', { kind: 'sharing' }],
    // Teams and the Sync button
    ['https://teams.microsoft.com/l/file/0B1F?tenantId=t&fileType=docx&objectUrl=https%3A%2F%2Fcontoso.sharepoint.com%2Fsites%2Fteam%2FShared%20Documents%2FGeneral%2Fa.docx&groupId=g', path('contoso.sharepoint.com', 'sites', 'team', 'Shared Documents', 'General', 'a.docx')],
    [`https://teams.microsoft.com/l/channel/19%3Aabc%40thread.tacv2/General?groupId=${GUID}&tenantId=t`, { kind: 'channel', teamId: GUID, channelId: '19:abc@thread.tacv2' }],
    [`odopen://sync?userId=u&siteId=%7B${GUID}%7D&webId=%7B${GUID}%7D&listId=%7B${GUID}%7D&webUrl=https%3A%2F%2Fcontoso.sharepoint.com%2Fsites%2Fteam&webTitle=t`, { kind: 'library', host: 'contoso.sharepoint.com', siteId: GUID, webId: GUID, listId: GUID }],
  ])('%s is recognized', (text, expected) => {
    expect(parseAddress(text)).toMatchObject(expected);
    expect(isAddress(text) || text.trim().startsWith('<')).toBe(true);
  });

  it.each([
    ['https://contoso.sharepoint.com/sites/a', 'global'],
    ['https://contoso.sharepoint.us/sites/a', 'usgov'],
    ['https://contoso.sharepoint-mil.us/sites/a', 'usgov-dod'],
    ['https://contoso-my.sharepoint.cn/personal/a', 'china'],
    ['https://localhost:8443/sites/a', 'emulator'],
  ])('%s belongs to the cloud %s', (text, cloud) => {
    expect(parseAddress(text, { emulator: text.includes('localhost') }).cloud).toBe(cloud);
  });

  it.each([
    ['', 'not a valid URL'],
    ['https://', 'not a valid URL'],
    ['ftp://contoso.sharepoint.com/sites/a', 'ftp: is not a web address'],
    ['file:///etc/passwd', 'file: is not a web address'],
    ['https://ada:secret@contoso.sharepoint.com/sites/a', 'a user name or a password'],
    ['https://example.com/sites/a', 'example.com is not a OneDrive'],
    ['https://contoso.sharepoint.com.evil.example/sites/a', 'is not a OneDrive'],
    ['https://evilsharepoint.com/sites/a', 'is not a OneDrive'],
    ['https://localhost:8443/sites/a', 'is not a OneDrive'],
    ['https://contoso-my.sharepoint.com/my', 'whose OneDrive'],
    ['https://onedrive.live.com/', 'which drive'],
    ['https://teams.microsoft.com/l/chat/0/0', 'a file or a channel'],
    ['odopen://sync?siteId=nothing', 'does not name a site'],
  ])('%s is refused before anything is sent: %s', (text, why) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ category: 'usage', message: expect.stringContaining(why) }));
  });

  it('never shows the key of a sharing link, or a password, in an error', () => {
    for (const text of ['https://example.com/x?token=topsecret', 'https://onedrive.live.com/?authkey=topsecret', 'https://ada:topsecret@contoso.sharepoint.com/']) {
      try {
        parseAddress(text);
        throw new Error('it was accepted');
      } catch (error) {
        expect(error).toBeInstanceOf(WatchError);
        expect(String(error)).not.toContain('topsecret');
      }
    }
  });

  it('nested in itself too often is refused', () => {
    let text = 'https://contoso.sharepoint.com/sites/a';
    for (let depth = 0; depth < 8; depth += 1) text = `https://teams.microsoft.com/l/file/1?objectUrl=${encodeURIComponent(text)}`;
    expect(() => parseAddress(text)).toThrow('too many addresses inside one another');
  });

  it('of any form is read or refused as wrong usage, and never leaves its path', () => {
    const host = fc.constantFrom('contoso.sharepoint.com', 'contoso-my.sharepoint.com', 'onedrive.live.com', '1drv.ms', 'teams.microsoft.com', 'example.com');
    const part = fc.oneof(fc.string(), fc.constantFrom('sites', '..', '%2e%2e', '%2F..%2F', ':f:', 's', 'r', '_layouts', '15', 'Doc.aspx', 'Forms', 'AllItems.aspx', '%', '%zz'));
    const query = fc.array(fc.tuple(fc.constantFrom('id', 'RootFolder', 'listurl', 'sourcedoc', 'objectUrl', 'redeem', 'originalPath', 'cid', 'resid'), fc.oneof(fc.string(), fc.webUrl())));
    fc.assert(fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.tuple(host, fc.array(part), query).map(([name, parts, pairs]) => `https://${name}/${parts.join('/')}?${pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')}`)), (text) => {
      try {
        const address = parseAddress(text);
        if ('segments' in address) expect(address.segments).not.toEqual(expect.arrayContaining(['..']));
        if ('host' in address) expect(address.host).toMatch(/\.sharepoint(?:-mil)?\.(?:com|us|cn)(?::\d+)?$/);
        if (address.kind === 'sharing') expect(new URL(address.url).protocol).toMatch(/^https?:$/);
      } catch (error) {
        expect(error).toBeInstanceOf(WatchError);
        expect((error as WatchError).category).toBe('usage');
      }
    }), { numRuns: 2_000 });
  });

  it.each(['me', 'b!abc', 'ada@contoso.com', 'Documents', 'contoso.sharepoint.com:/sites/team', '11111111-2222-3333-4444-555555555555'])('is not %s', (text) => {
    expect(isAddress(text)).toBe(false);
  });
});
