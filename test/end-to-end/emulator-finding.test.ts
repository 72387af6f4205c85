import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { Answer, RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { EmulatorOptions } from '../../src/emulator/start.ts';

let running: RunningEmulator;
let token: string;
const ALL = ['Files.Read.All', 'Sites.Read.All', 'User.Read', 'Team.ReadBasic.All', 'Channel.ReadBasic.All', 'Group.ReadBasic.All'];
const start = async (options: Partial<EmulatorOptions> = {}): Promise<void> => {
  running = await runEmulator(options);
  token = running.emulator.admin.issueToken({ scopes: ALL });
};
beforeEach(() => start());
afterEach(() => running.close());
const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => running.graph(path.startsWith('https:') ? path : `/v1.0${path}`, { authorization: `Bearer ${token}`, ...headers });
const names = async (path: string): Promise<unknown[]> => (await get(path)).items().map(({ displayName, name }) => displayName ?? name);
const code = (answer: Answer): unknown[] => [answer.status, answer.at('error', 'code')];

describe('something to watch', () => {
  it('is found from the user, the groups and the sites down to drives that delta accepts', async () => {
    expect(await names('/me/drives')).toEqual(['OneDrive']);
    expect(await names('/me/followedSites')).toEqual(['Engineering', 'Employee Handbook']);
    expect(await names('/me/memberOf')).toEqual(['Engineering']);
    expect(await names('/me/joinedTeams')).toEqual(['Engineering']);
    expect(await names('/groups')).toEqual(['Engineering', 'Sales']);
    expect(await names("/groups?$filter=startswith(displayName,'s')")).toEqual(['Sales']);
    const group = (await get('/groups')).string('value', 0, 'id');
    const [drive] = (await get(`/groups/${group}/drives`)).items();
    expect(drive).toMatchObject({ name: 'Documents', driveType: 'documentLibrary', webUrl: 'https://example.com/sites/EngineeringGroup/Shared%20Documents' });
    expect((await get(`/drives/${String(drive!.id)}/root/delta`)).items()).toHaveLength(1);
    expect((await get(`/groups/${group}/sites/root`)).json.webUrl).toBe('https://example.com/sites/EngineeringGroup');
  });

  it('is found by words of a site\'s name, and by the site\'s address', async () => {
    expect((await names('/sites?search=*')).length).toBeGreaterThan(5);
    expect(await names('/sites?search=handbook')).toEqual(['Employee Handbook', 'Policies']);
    expect(await names('/sites?search=employee%20hand')).toEqual(['Employee Handbook']);
    expect(await names('/sites?search=nothing')).toEqual([]);
    const site = await get('/sites/example.com:/sites/handbook');
    expect(site.json.displayName).toBe('Employee Handbook');
    expect((await get(`/sites/${site.string('id')}/sites`)).items().map(({ displayName }) => displayName)).toEqual(['Policies']);
    expect((await get('/sites/example.com:/sites/Handbook/Policies:/drives')).items()).toHaveLength(1);
    for (const root of ['/sites/root', '/sites/example.com', '/sites/example.com:/']) expect((await get(root)).json.displayName).toBe('Communication site');
  });

  it('has, for each library of a site, a drive whose id and list belong together', async () => {
    const drives = (await get('/sites/example.com:/sites/Engineering:/drives')).items();
    expect(drives.map(({ name }) => name)).toEqual(['Documents', 'Specifications']);
    const [, siteId, webId] = (await get('/sites/example.com:/sites/Engineering')).string('id').split(',');
    for (const { id } of drives) {
      const list = (await get(`/drives/${String(id)}/list`)).string('id');
      const hex = Buffer.from(String(id).slice(2), 'base64url').toString('hex');
      for (const [index, guid] of [siteId!, webId!, list].entries()) expect(hex.slice(index * 32 + 16, index * 32 + 32)).toBe(guid.replaceAll('-', '').slice(16));
      expect((await get(`/sites/example.com:/sites/Engineering:/lists/${list}/drive`)).json.id).toBe(id);
    }
  });

  it('is found through the channels of a team, private ones having their own drives', async () => {
    const team = (await get('/me/joinedTeams')).string('value', 0, 'id');
    const channels = (await get(`/teams/${team}/allChannels`)).items();
    expect(channels.map(({ displayName, membershipType }) => [displayName, membershipType])).toEqual([['General', 'standard'], ['Releases', 'standard'], ['Leads', 'private']]);
    await mkdir(join(running.folder, 'Releases'));
    await running.emulator.admin.rescan();
    const folders = await Promise.all(channels.map(({ id }) => get(`/teams/${team}/channels/${encodeURIComponent(String(id))}/filesFolder`)));
    expect(folders.map(({ json }) => json.name)).toEqual(['root', 'Releases', 'root']);
    expect(folders[1]!.json).toMatchObject({ createdDateTime: '0001-01-01T00:00:00Z', parentReference: { driveType: 'documentLibrary' } });
    const drives = folders.map((folder) => folder.string('parentReference', 'driveId'));
    expect(drives[1]).toBe(drives[0]);
    expect(drives[2]).not.toBe(drives[0]);
    for (const id of drives) expect((await get(`/drives/${id}`)).status).toBe(200);
    expect((await get(`/teams/${team}/channels/${encodeURIComponent(String(channels[0]!.id))}/filesFolder?$select=id`)).status).toBe(400);
  });

  it('belongs to the group if it is a library of the group\'s site', async () => {
    const group = (await get('/me/memberOf')).items()[0]!;
    const drive = await get(`/groups/${String(group.id)}/drive`);
    expect(drive.at('owner', 'group', 'displayName')).toBe(group.displayName);
    expect(drive.at('owner', 'user')).toBeUndefined();
  });

  it.each(['/groups/none', '/teams/none/channels', '/users/none@example.com', '/groups/none/drives', '/sites/example.com:/sites/none:/drives', '/shares/u!bm9uZQ/driveItem'])('that does not exist is 404 or 400: %s', async (path) => {
    expect([400, 404]).toContain((await get(path)).status);
  });

  it('can be listed along with users and the organization', async () => {
    expect((await get('/users?$select=userPrincipalName')).items().map(({ userPrincipalName }) => userPrincipalName)).toEqual(['ada@example.com', 'grace@example.com']);
    expect((await get('/users/grace@example.com')).json.displayName).toBe('Grace Hopper');
    expect((await get('/organization')).at('value', 0)).toMatchObject({ id: running.emulator.user.tenantId, displayName: 'Example' });
  });

  it.each([
    [['Files.Read', 'User.Read'], '/sites?search=*', 403],
    [['Files.Read', 'User.Read'], '/me/followedSites', 403],
    [['Files.Read', 'User.Read'], '/me/joinedTeams', 403],
    [['Files.Read', 'User.Read'], '/groups', 403],
    [['Files.Read', 'User.Read'], '/me/memberOf', 200],
    [['Files.Read', 'User.Read'], '/me/drives', 200],
    [['User.Read'], '/me/drives', 403],
    [['Files.Read'], '/users', 403],
  ])('needs a scope: with %j, %s answers %d', async (scopes, path, status) => {
    token = running.emulator.admin.issueToken({ scopes });
    expect((await get(path)).status).toBe(status);
  });
});

describe('an app-only token', () => {
  const application = (roles: string[]): void => {
    token = running.emulator.admin.issueToken({ appOnly: true, scopes: roles });
  };

  it('opens what its roles allow, and has no /me', async () => {
    application(['Files.Read.All', 'Sites.Read.All']);
    const grace = await get('/users/grace@example.com/drive');
    expect(grace.at('owner', 'user', 'email')).toBe('grace@example.com');
    expect((await get(`/drives/${grace.string('id')}/root/delta?token=latest`)).status).toBe(200);
    expect((await get('/sites/getAllSites')).status).toBe(200);
    for (const path of ['/me', '/me/drive', '/me/drives', '/me/followedSites', '/me/joinedTeams', '/me/drive/root/delta']) expect(code(await get(path))).toEqual([400, 'BadRequest']);
    expect(code(await get('/users'))).toEqual([403, 'accessDenied']);
    expect((await get(`/drives/${grace.string('id')}/root/subscriptions/socketIo`)).status).toBe(403);
  });

  it.each([[['Files.Read']], [['Sites.Selected']], [[]]])('is refused with the roles %j', async (roles: string[]) => {
    application(roles);
    expect(code(await get(`/drives/${running.emulator.drive.id}/root`))).toEqual([403, 'accessDenied']);
  });

  it('may write with a role that allows writing', async () => {
    const put = (): Promise<Answer> => running.send(`/v1.0/drives/${running.emulator.drive.id}/root:/by-app.txt:/content`, { method: 'PUT', headers: { authorization: `Bearer ${token}` }, body: 'x' });
    application(['Files.Read.All']);
    expect((await put()).status).toBe(403);
    application(['Files.ReadWrite.All']);
    expect((await put()).json.lastModifiedBy).toEqual({ application: { id: expect.any(String), displayName: expect.any(String) } });
  });

  it('alone may list all sites', async () => {
    expect(code(await get('/sites/getAllSites'))).toEqual([403, 'accessDenied']);
  });
});

describe('a personal account', () => {
  it.each(['/sites?search=*', '/groups', '/me/joinedTeams', '/me/memberOf', '/organization', '/teams/x/channels'])('has no %s', async (path) => {
    await running.close();
    await start({ personality: 'personal' });
    expect(code(await get(path))).toEqual([400, 'BadRequest']);
    expect(await names('/me/drives')).toEqual(['OneDrive']);
  });
});

it('the company can be replaced by a directory file', async () => {
  const path = join(running.folder, '..', 'company.json');
  await writeFile(path, JSON.stringify({ displayName: 'Mine', users: [{ userPrincipalName: 'mary@example.net' }], sites: [{ name: 'Only', libraries: ['Plans'] }] }));
  const other = await runEmulator({ directoryFile: path });
  expect(other.emulator.user.userPrincipalName).toBe('mary@example.net');
  expect([other.emulator.site.path, other.emulator.list.name, other.emulator.group]).toEqual(['/sites/Only', 'Plans', undefined]);
  expect((await other.graph('/v1.0/organization')).at('value', 0, 'displayName')).toBe('Mine');
  await other.close();
});

describe('a batch', () => {
  const batch = (requests: unknown): Promise<Answer> =>
    running.send('/v1.0/$batch', { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ requests }) });

  it('answers each request as if it had come alone', async () => {
    token = running.emulator.admin.issueToken({ scopes: ['Files.ReadWrite', 'User.Read'] });
    const answer = await batch([
      { id: 'a', method: 'GET', url: '/me?$select=displayName' },
      { id: 'b', method: 'GET', url: 'me/drive/items/none' },
      { id: 'c', method: 'PUT', url: '/me/drive/root:/new.txt:/content', headers: { 'Content-Type': 'text/plain' }, body: Buffer.from('hello').toString('base64') },
      { id: 'd', method: 'PATCH', url: '/me/drive/root:/new.txt', headers: { 'Content-Type': 'application/json' }, body: { name: 'newer.txt' }, dependsOn: ['c'] },
      { id: 'e', method: 'GET', url: '/me/drive', dependsOn: ['b'] },
      { id: 'f', method: 'GET', url: '/me/drive/root:/newer.txt:/content', dependsOn: ['d'] },
    ]);
    expect((answer.json.responses as { id: string; status: number }[]).map(({ id, status }) => [id, status])).toEqual([['a', 200], ['b', 404], ['c', 201], ['d', 200], ['e', 424], ['f', 302]]);
    expect(answer.at('responses', 0, 'body', 'displayName')).toBe('Ada Lovelace');
    expect(answer.at('responses', 1, 'body', 'error', 'code')).toBe('itemNotFound');
    expect(answer.at('responses', 3, 'body')).toMatchObject({ name: 'newer.txt', size: 5 });
    expect(answer.string('responses', 5, 'headers', 'Location')).toContain('/download.aspx?');
  });

  it.each([
    [undefined, 'requests'],
    [Array.from({ length: 21 }, (_, id) => ({ id: String(id), method: 'GET', url: '/me' })), '20'],
    [[{ id: '1', method: 'GET', url: '/me' }, { id: '1', method: 'GET', url: '/me' }], 'twice'],
    [[{ method: 'GET', url: '/me' }], 'id'],
    [[{ id: '1', url: '/me' }], 'method'],
    [[{ id: '1', method: 'GET', url: '/$batch' }], 'url'],
    [[{ id: '1', method: 'GET', url: 'https://example.com/me' }], 'url'],
    [[{ id: '1', method: 'GET', url: '/me', dependsOn: ['2'] }], 'depends'],
    [['x'], 'object'],
  ])('%# is refused as a whole', async (requests, message) => {
    const answer = await batch(requests);
    expect(code(answer)).toEqual([400, 'BadRequest']);
    expect(answer.string('error', 'message')).toContain(message);
  });

  it('needs a token, and accepts no other host', async () => {
    expect((await running.send('/v1.0/$batch', { method: 'POST', body: '{"requests":[]}' })).status).toBe(401);
    expect((await batch([{ id: '1', method: 'GET', url: '//example.com/me' }])).at('responses', 0, 'status')).toBe(400);
  });
});

describe('throttling', () => {
  it('is off by default; when on, it refuses with Retry-After, also in a batch', async () => {
    expect((await get('/me/drive')).headers).not.toHaveProperty('ratelimit-limit');
    await running.admin('pace', { unitsPerMinute: 5 });
    await get('/me/drive/root/children');
    const near = await get('/me/drive/root/children');
    expect([near.status, near.headers['ratelimit-limit'], near.headers['ratelimit-remaining']]).toEqual([200, '5', '1']);
    const batch = await running.send('/v1.0/$batch', {
      method: 'POST', headers: { authorization: `Bearer ${token}` }, body: JSON.stringify({ requests: ['1', '2'].map((id) => ({ id, method: 'GET', url: '/me/drive' })) }),
    });
    expect((batch.json.responses as { status: number }[]).map(({ status }) => status)).toEqual([200, 429]);
    const refused = await get('/me/drive');
    expect([refused.status, refused.at('error', 'code'), Number(refused.headers['retry-after'])]).toEqual([429, 'activityLimitReached', expect.any(Number)]);
    await running.admin('pace', { unitsPerMinute: 0 });
    expect((await get('/me/drive')).status).toBe(200);
  });
});
