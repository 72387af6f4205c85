import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { Answer, RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { EmulatorOptions } from '../../src/emulator/start.ts';

let running: RunningEmulator;
let tokens: Record<'ada' | 'grace', string>;
const start = async (options: Partial<EmulatorOptions> = {}): Promise<void> => {
  running = await runEmulator(options);
  const token = (user: string): string => running.emulator.admin.issueToken({ user, scopes: ['Files.ReadWrite.All'] });
  tokens = { ada: token('ada@example.com'), grace: token('grace@example.com') };
  await mkdir(join(running.folder, 'Plans'));
  await writeFile(join(running.folder, 'Plans', 'a.txt'), 'a');
  await running.emulator.admin.rescan();
};
beforeEach(() => start());
afterEach(() => running.close());

type User = 'ada' | 'grace';
const ask = (user: User, path: string, { method = 'GET', body, prefer = '' }: { method?: string; body?: unknown; prefer?: string } = {}): Promise<Answer> =>
  running.send(path.startsWith('https:') ? path : `/v1.0${path}`, { method, headers: { authorization: `Bearer ${tokens[user]}`, prefer }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
const shareId = (url: string): string => `u!${Buffer.from(url).toString('base64url')}`;
const SHARING = 'deltashowremovedasdeleted, deltatraversepermissiongaps, deltashowsharingchanges, deltaExcludeParent';

describe('a sharing link', () => {
  const link = async (body: unknown = {}): Promise<Answer> => ask('ada', '/me/drive/root:/Plans:/createLink', { method: 'POST', body });

  it('leads to the owner\'s item, and stays the same when it is created again', async () => {
    const created = await link({ type: 'view', scope: 'organization' });
    expect([created.status, created.json.roles]).toEqual([201, ['read']]);
    const url = created.string('link', 'webUrl');
    expect(url).toMatch(/^https:\/\/example\.com\/:f:\/g\/personal\/ada_example_com\/E[\w-]+$/);
    const again = await link({ type: 'view', scope: 'organization' });
    expect([again.status, again.at('link', 'webUrl')]).toEqual([200, url]);
    const item = await ask('ada', `/shares/${shareId(`${url}?e=abc`)}/driveItem`);
    expect(item.json).toMatchObject({ name: 'Plans', shared: { scope: 'organization' }, parentReference: { driveId: running.emulator.drive.id } });
    expect((await ask('ada', `/shares/${shareId(url)}/driveItem/children`)).items().map(({ name }) => name)).toEqual(['a.txt']);
    expect((await ask('ada', '/me/drive/root:/Plans:/permissions')).items().map(({ roles }) => roles)).toEqual([['owner'], ['read']]);
  });

  it('opens another user\'s drive for one request, or permanently', async () => {
    const url = (await link()).string('link', 'webUrl');
    const drive = `/drives/${running.emulator.drive.id}`;
    const open = (prefer: string): Promise<Answer> => ask('grace', `/shares/${shareId(url)}/driveItem`, { prefer });
    expect((await open('')).at('error', 'code')).toBe('accessDenied');
    expect((await open('redeemSharingLinkIfNecessary')).json.name).toBe('Plans');
    expect((await ask('grace', drive)).status).toBe(403);
    expect((await open('redeemSharingLink')).json.name).toBe('Plans');
    expect((await ask('grace', drive)).status).toBe(200);
    expect((await open('')).status).toBe(200);
  });

  it('is not needed for an item\'s own address', async () => {
    const webUrl = (await ask('ada', '/me/drive/root:/Plans/a.txt')).string('webUrl');
    expect((await ask('ada', `/shares/${shareId(webUrl)}/driveItem`)).json.name).toBe('a.txt');
    expect((await ask('grace', `/shares/${shareId(webUrl)}/driveItem`)).status).toBe(403);
    const library = `${running.emulator.list.webUrl}/plans`;
    expect((await ask('grace', `/shares/${shareId(library)}/driveItem`)).at('parentReference', 'driveId')).toBe(running.emulator.list.drive!.id);
  });

  it.each(['x', 'u!', shareId('not a URL'), shareId('file:///etc/passwd'), shareId('https://example.com/%zz')])('is refused when it is %s', async (id) => {
    const answer = await ask('ada', `/shares/${id}/driveItem`);
    expect([answer.status, answer.at('error', 'code')]).toEqual([400, 'invalidRequest']);
  });

  it.each([{ type: 'embed' }, { scope: 'all' }, { password: 'x' }])('is not created from %j', async (body) => {
    expect((await link(body)).status).toBe(400);
  });
});

describe('a sharing change in delta', () => {
  const latest = async (): Promise<string> => (await ask('ada', '/me/drive/root/delta?token=latest')).string('@odata.deltaLink');
  const items = async (url: string, prefer: string): Promise<Record<string, unknown>[]> => (await ask('ada', url, { prefer })).items().filter((item) => !('root' in item));

  it('is shown only to clients that ask for it, with the same eTag', async () => {
    const before = (await ask('ada', '/me/drive/root:/Plans/a.txt')).string('eTag');
    const token = await latest();
    expect((await running.admin('share', { path: '/Plans/a.txt' })).string('webUrl')).toContain('/:u:/g/');
    expect(await items(token, 'deltaExcludeParent')).toEqual([]);
    expect(await items(token, 'deltashowsharingchanges, deltaExcludeParent')).toEqual([]);
    expect(await items(token, SHARING)).toMatchObject([{ name: 'a.txt', eTag: before, '@microsoft.graph.sharedChanged': 'True', shared: { scope: 'organization' } }]);
    expect(running.emulator.admin.state().notificationsSent).toBe(0);
    // From then on, it is no longer new.
    expect(await items(await latest(), SHARING)).toEqual([]);
  });

  it('neither hides nor marks a change of the item itself', async () => {
    const token = await latest();
    await writeFile(join(running.folder, 'Plans', 'a.txt'), 'changed');
    await running.emulator.admin.rescan();
    await running.admin('share', { path: 'Plans/a.txt' });
    const [unmarked] = await items(token, 'deltaExcludeParent');
    expect(unmarked).toMatchObject({ name: 'a.txt', size: 7 });
    expect(unmarked).not.toHaveProperty(['@microsoft.graph.sharedChanged']);
    expect((await items(token, SHARING))[0]).toHaveProperty(['@microsoft.graph.sharedChanged'], 'True');
    const later = await latest();
    await writeFile(join(running.folder, 'Plans', 'a.txt'), 'again');
    await running.emulator.admin.rescan();
    expect((await items(later, SHARING))[0]).not.toHaveProperty(['@microsoft.graph.sharedChanged']);
  });

  it('is not lost between pages', async () => {
    await writeFile(join(running.folder, 'Plans', 'b.txt'), 'b');
    await running.emulator.admin.rescan();
    const token = await latest();
    for (const name of ['a.txt', 'b.txt']) {
      await writeFile(join(running.folder, 'Plans', name), 'changed');
      await running.emulator.admin.rescan();
    }
    const first = await ask('ada', `${token}&$top=1`, { prefer: 'deltaExcludeParent' });
    await running.admin('share', { path: 'Plans/b.txt' });
    const rest = await items(first.string('@odata.nextLink'), 'deltaExcludeParent');
    expect(rest.map(({ name }) => name)).toEqual(['b.txt']);
  });

  it('loses its mark with $select, unless that selects it', async () => {
    const token = await latest();
    await running.admin('share', { path: 'Plans' });
    expect((await items(`${token}&$select=name`, SHARING)).at(-1)).toEqual({ id: expect.any(String), name: 'Plans' });
    expect((await items(`${token}&$select=name,oneDrive.sharedChanged`, SHARING)).at(-1)).toMatchObject({ '@microsoft.graph.sharedChanged': 'True' });
  });

  it('does not exist on personal drives', async () => {
    await running.close();
    await start({ personality: 'personal' });
    const token = await latest();
    await running.admin('share', { path: 'Plans', scope: 'anonymous' });
    expect(await items(token, SHARING)).toEqual([]);
    expect((await ask('ada', '/me/drive/root:/Plans')).json.shared).toEqual({ scope: 'anonymous' });
  });

  it('a wrong request to share is refused with the reason', async () => {
    expect((await running.admin('share', {})).status).toBe(400);
    expect((await running.admin('share', { path: 'none' })).string('error')).toContain('no such item');
    expect((await running.admin('share', { path: 'Plans', scope: 'world' })).status).toBe(400);
  });
});
