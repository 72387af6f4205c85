import { describe, expect, it } from '@jest/globals';
import { WatchError } from '../../../src/errors.ts';
import { driveName } from '../../../src/graph/drive-name.ts';
import type { GraphGet } from '../../../src/graph/http.ts';
import type { Target } from '../../../src/graph/targets.ts';

const ADA = { user: { displayName: 'Ada Lovelace' } };
const DRIVE: Target = { kind: 'drive', driveId: 'b!1' };
const signal = new AbortController().signal;
const answering = (body: unknown): GraphGet => () => Promise.resolve({ status: 200, headers: {}, body });
const library = (webUrl: string, owner: unknown = { user: { displayName: 'System Account' } }) => ({ driveType: 'documentLibrary', name: 'Documents', webUrl, owner });

describe('the name of a drive', () => {
  it.each<[string, unknown, Target, string | undefined]>([
    ['a user\'s', { driveType: 'business', name: 'OneDrive', owner: ADA }, { kind: 'me' }, 'Ada Lovelace\'s OneDrive'],
    ['a personal one', { driveType: 'personal', name: 'OneDrive', owner: ADA }, DRIVE, 'Ada Lovelace\'s OneDrive'],
    ['one whose owner is not named', { driveType: 'personal', name: 'OneDrive', owner: { user: { id: '1' } } }, DRIVE, 'OneDrive'],
    ['a library', library('https://contoso.sharepoint.com/sites/Marketing/Shared%20Documents'), DRIVE, 'Documents on Marketing'],
    ['a library of a site with a long name', library('https://contoso.sharepoint.com/sites/B%C3%BCro%20Nord/Shared%20Documents'), DRIVE, 'Documents on Büro Nord'],
    ['a library of a sub-site', library('https://contoso.sharepoint.com/sites/a/b/Documents'), DRIVE, 'Documents on b'],
    ['a library of the root site', library('https://contoso.sharepoint.com/Shared%20Documents'), DRIVE, 'Documents on contoso.sharepoint.com'],
    ['a library whose address cannot be decoded', library('https://contoso.sharepoint.com/sites/%E0%A4/Documents'), DRIVE, 'Documents on %E0%A4'],
    ['a library without an address', { driveType: 'documentLibrary', name: 'Documents' }, DRIVE, 'Documents'],
    ['a group\'s', library('https://contoso.sharepoint.com/sites/mk/Shared%20Documents', { group: { displayName: 'Marketing Owners' } }), { kind: 'group', groupId: '1' }, 'Marketing'],
    ['a group\'s that is not named', library('https://contoso.sharepoint.com/sites/mk/Shared%20Documents'), { kind: 'group', groupId: '1' }, 'Documents on mk'],
    ['none', 'no JSON', DRIVE, undefined],
  ])('of %s', async (_what, body, target, name) => {
    expect(await driveName(answering(body), target, signal)).toBe(name);
  });

  it('needs a single request', async () => {
    const paths: string[] = [];
    await driveName((path) => { paths.push(path); return answering({})(path); }, DRIVE, signal);
    expect(paths).toEqual(['/drives/b!1?$select=name,driveType,owner,webUrl']);
  });

  it('fails if the request fails', async () => {
    const refused = new WatchError('refused', 'Graph returned 403', { status: 403 });
    await expect(driveName(() => Promise.reject(refused), DRIVE, signal)).rejects.toBe(refused);
  });
});
