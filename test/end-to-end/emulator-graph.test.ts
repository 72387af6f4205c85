import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, GraphError, PageIterator } from '@microsoft/microsoft-graph-client';
import type { PageCollection } from '@microsoft/microsoft-graph-client';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import { steppedClock } from '../unit/emulator/support/stepped-clock.ts';

let running: RunningEmulator;
afterEach(() => running.close());

/** Microsoft's own client, with a `fetch` that trusts the emulator. */
function graphClient(token = running.emulator.admin.issueToken()): Client {
  const send = async (input: string, init: { method?: string; headers?: Record<string, string> }): Promise<Response> =>
    new Promise((resolve, reject) => {
      const outgoing = request(input, { method: init.method ?? 'GET', headers: { ...init.headers, authorization: `Bearer ${token}` }, agent: running.agent }, (incoming) => {
        let text = '';
        incoming.on('data', (piece: Buffer) => (text += piece.toString()));
        incoming.on('end', () => {
          resolve(new Response(text, { status: incoming.statusCode ?? 0, headers: incoming.headers as Record<string, string> }));
        });
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  return Client.initWithMiddleware({
    baseUrl: running.emulator.graphUrl,
    customHosts: new Set(['localhost']),
    middleware: {
      execute: async (context) => {
        const headers = Object.fromEntries(new Headers(context.options?.headers as Record<string, string>));
        const url = context.request as string;
        context.response = await send(url, { ...(context.options?.method === undefined ? {} : { method: context.options.method }), headers });
      },
    },
  });
}

interface Entry {
  id: string;
  name?: string;
  folder?: { childCount: number };
  parentReference: { id?: string; path?: string };
}

describe('microsoft-graph-client against the emulator', () => {
  beforeEach(async () => {
    running = await runEmulator({ pageSize: 3 });
    await mkdir(join(running.folder, 'Reports', 'Q3'), { recursive: true });
    for (const name of ['a b.txt', 'c#d.md', '100%.csv', 'Umläute.txt']) await writeFile(join(running.folder, 'Reports', name), name);
    await writeFile(join(running.folder, 'Reports', 'Q3', 'deep.xlsx'), 'deep');
    await running.emulator.admin.rescan();
  });

  it('reads the user and the drive', async () => {
    const client = graphClient();
    expect(await client.api('/me').get()).toMatchObject({ userPrincipalName: 'ada@example.com', id: running.emulator.user.id });
    expect(await client.api('/me/drive').get()).toMatchObject({ id: running.emulator.drive.id, driveType: 'business' });
    expect(await client.api('/me/drive').version('beta').select('name').get()).toEqual({ '@odata.context': expect.any(String), id: running.emulator.drive.id, name: 'OneDrive' });
  });

  it('requests the endpoint, with the Content-Type that the documentation shows', async () => {
    const answer: unknown = await graphClient().api('/me/drive/root/subscriptions/socketIo').header('Content-Type', 'application/json').get();
    expect(answer).toMatchObject({ id: expect.any(String), notificationUrl: expect.stringMatching(/^https:\/\/localhost:\d+\/notifications\?token=w1-/) });
  });

  it('pages through delta to the deltaLink, and from there on', async () => {
    const client = graphClient();
    const entries: Entry[] = [];
    const first = (await client.api('/me/drive/root/delta').get()) as PageCollection;
    expect(first['@odata.nextLink']).toEqual(expect.stringContaining('token='));
    const pages = new PageIterator(client, first, (entry: Entry) => entries.push(entry) > 0);
    await pages.iterate();
    // The ancestor folders are included on every page.
    expect(new Set(entries.map(({ name }) => name))).toEqual(new Set(['100%.csv', 'Q3', 'Reports', 'Umläute.txt', 'a b.txt', 'c#d.md', 'deep.xlsx', 'root']));
    await writeFile(join(running.folder, 'later.txt'), 'later');
    await running.emulator.admin.rescan();
    const later = (await client.api(pages.getDeltaLink()!).get()) as { value: Entry[] };
    expect(later.value.map(({ name }) => name)).toEqual(['root', 'later.txt']);
  });

  it('finds items by path and by id, and lists children over pages', async () => {
    const client = graphClient();
    const byPath = (await client.api('/me/drive/root:/Reports/a%20b.txt').get()) as Entry;
    expect(byPath.name).toBe('a b.txt');
    expect(byPath.parentReference.path).toBe(`/drives/${running.emulator.drive.id}/root:/Reports`);
    expect(await client.api(`/drives/${running.emulator.drive.id}/items/${byPath.id}`).get()).toEqual(byPath);
    const names: string[] = [];
    const page = (await client.api('/me/drive/root:/Reports:/children').get()) as PageCollection;
    await new PageIterator(client, page, (entry: Entry) => names.push(entry.name ?? '') > 0).iterate();
    expect(names.sort()).toEqual(['100%.csv', 'Q3', 'Umläute.txt', 'a b.txt', 'c#d.md'].sort());
    const deep = (await client.api(`/me/drive/items/${byPath.parentReference.id!}:/Q3/deep.xlsx`).get()) as Entry;
    expect(deep.parentReference.path).toMatch(/\/root:\/Reports\/Q3$/);
  });

  it('throws Graph errors with the request id', async () => {
    const failure = graphClient().api('/me/drive/items/none').get();
    await expect(failure).rejects.toBeInstanceOf(GraphError);
    await expect(failure).rejects.toMatchObject({ statusCode: 404, code: 'itemNotFound', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });
});

describe('the paths of the socketIo API', () => {
  beforeEach(async () => {
    running = await runEmulator({ drives: 2 });
  });
  const paths = (): string[] => {
    const { drive, group, site, list, extraDrives } = running.emulator;
    return [
      '/me/drive/root',
      `/drives/${drive.id}/root`,
      `/drives/${drive.id}/list`,
      `/drives/${extraDrives[1]!}/root`,
      `/groups/${group!.id}/drive/root`,
      `/sites/${site.id}/lists/${list.id}/drive/root`,
      `/sites/${site.id}/lists/${list.id}`,
      `/sites/${site.id}/lists/Documents/drive/root`,
      '/sites/example.com:/sites/Engineering:/lists/Documents/drive/root',
    ];
  };

  it('all work, in v1.0 and in beta, in upper and lower case', async () => {
    for (const path of paths()) {
      for (const url of [`/v1.0${path}/subscriptions/socketIo`, `/beta${path}/subscriptions/socketio`]) {
        const answer = await running.graph(url);
        expect([url, answer.status]).toEqual([url, 200]);
        expect(Object.keys(answer.json)).toEqual(['@odata.context', 'clientState', 'expirationDateTime', 'id', 'notificationUrl', 'resource']);
      }
    }
  });

  it('need no Content-Type, unless the emulator is told to insist on it as the documentation does', async () => {
    expect((await running.graph('/v1.0/me/drive/root/subscriptions/socketIo', { 'content-type': '' })).status).toBe(200);
    await running.close();
    running = await runEmulator({ requireContentType: true });
    const answer = await running.graph('/v1.0/me/drive/root/subscriptions/socketIo', { 'content-type': '' });
    expect([answer.status, answer.at('error', 'code')]).toEqual([400, 'invalidRequest']);
    expect((await running.graph('/v1.0/me/drive/root/subscriptions/socketIo')).status).toBe(200);
  });

  it('are refused to an application, although it may query delta', async () => {
    const token = running.emulator.admin.issueToken({ appOnly: true });
    const headers = { authorization: `Bearer ${token}` };
    const id = running.emulator.drive.id;
    expect((await running.graph(`/v1.0/drives/${id}/root/subscriptions/socketIo`, headers)).at('error', 'code')).toBe('accessDenied');
    expect((await running.graph(`/v1.0/drives/${id}/root/delta?token=latest`, headers)).status).toBe(200);
    expect((await running.graph('/v1.0/me/drive/root/delta', headers)).status).toBe(400);
  });

  it('do not work for a list that is not a document library', async () => {
    const answer = await running.graph(`/v1.0/sites/${running.emulator.site.id}/lists/Tasks/subscriptions/socketIo`);
    expect([answer.status, answer.at('error', 'code')]).toEqual([400, 'notSupported']);
    expect((await running.graph(`/v1.0/sites/${running.emulator.site.id}/lists/Tasks/drive/root/subscriptions/socketIo`)).status).toBe(404);
  });
});

describe('sites and lists', () => {
  beforeEach(async () => {
    running = await runEmulator();
  });

  it('are found by id, by path and by title', async () => {
    const site = await running.graph('/v1.0/sites/example.com:/sites/Engineering');
    expect(site.string('id')).toBe(running.emulator.site.id);
    expect((await running.graph(`/v1.0/sites/${site.string('id')}`)).json).toEqual(site.json);
    const lists = await running.graph(`/v1.0/sites/${site.string('id')}/lists`);
    expect(lists.items().map(({ displayName }) => displayName)).toEqual(['Documents', 'Specifications', 'Tasks']);
    const byTitle = await running.graph('/v1.0/sites/example.com:/sites/Engineering:/lists/documents');
    expect(byTitle.string('id')).toBe(running.emulator.list.id);
    const drive = await running.graph(`/v1.0/sites/${site.string('id')}/lists/${byTitle.string('id')}/drive`);
    expect(drive.json).toMatchObject({ driveType: 'documentLibrary', id: running.emulator.list.drive!.id });
  });

  it.each(['/sites/example.com:/sites/Nowhere', '/sites/none', '/groups/none/drive', '/drives/none', '/sites/root/lists/None', '/users/none@example.com/drive'])('that do not exist are 404: %s', async (path) => {
    const answer = await running.graph(`/v1.0${path}`);
    expect([answer.status, answer.at('error', 'code')]).toEqual([404, 'itemNotFound']);
  });
});

describe('refused requests', () => {
  const clock = steppedClock();
  beforeEach(async () => {
    running = await runEmulator({ clock });
  });

  it.each([
    ['no token', ''],
    ['another scheme', 'Basic abc'],
    ['an unknown token', 'Bearer nonsense'],
  ])('are 401 for %s', async (_what, authorization) => {
    const answer = await running.graph('/v1.0/me/drive', { authorization });
    expect([answer.status, answer.at('error', 'code')]).toEqual([401, 'InvalidAuthenticationToken']);
  });

  it('are 401 for a token that has expired or was revoked', async () => {
    expect((await running.graph('/v1.0/me/drive')).status).toBe(200);
    clock.step(3600_000);
    expect((await running.graph('/v1.0/me/drive')).status).toBe(401);
    const token = running.emulator.admin.issueToken();
    await running.admin('revoke', { refresh: false });
    expect((await running.graph('/v1.0/me/drive', { authorization: `Bearer ${token}` })).status).toBe(401);
  });

  it('are 403 if the scope is missing, and for someone else\'s drive', async () => {
    const token = (scopes: string[], user?: string): Record<string, string> => ({ authorization: `Bearer ${running.emulator.admin.issueToken({ scopes, user })}` });
    expect((await running.graph('/v1.0/me/drive', token(['User.Read']))).at('error', 'code')).toBe('accessDenied');
    expect((await running.graph('/v1.0/me', token(['Files.Read']))).status).toBe(403);
    expect((await running.graph(`/v1.0/drives/${running.emulator.drive.id}`, token(['Files.Read'], 'grace@example.com'))).status).toBe(403);
  });

  it('are 400 for something that is not a resource, and 405 for a method that it does not have', async () => {
    expect((await running.graph('/v1.0/me/mail')).status).toBe(400);
    expect((await running.graph('/v1.0/drives/%ZZ')).status).toBe(400);
    const authorization = `Bearer ${running.emulator.admin.issueToken({ scopes: ['Files.ReadWrite'] })}`;
    for (const [method, path] of [['POST', 'root/delta'], ['DELETE', 'root/children'], ['PUT', ''], ['GET', 'root/copy'], ['PATCH', 'root/content']] as const) {
      expect((await running.send(`/v1.0/me/drive/${path}`, { method, headers: { authorization } })).at('error', 'code')).toBe('methodNotAllowed');
    }
    expect((await running.graph('/v2.0/me')).status).toBe(404);
  });

  it('carry the ids that support asks for, in headers and body alike', async () => {
    const answer = await running.graph('/v1.0/drives/none', { 'client-request-id': 'my-id-1' });
    expect(answer.headers).toMatchObject({ 'client-request-id': 'my-id-1', 'request-id': expect.any(String) });
    expect(answer.at('error', 'innerError')).toEqual({
      date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
      'request-id': answer.headers['request-id'],
      'client-request-id': 'my-id-1',
    });
    expect(answer.at('error', 'message')).toEqual(expect.any(String));
  });

  it('do not echo a client-request-id that could break a header', async () => {
    const answer = await running.graph('/v1.0/me', { 'client-request-id': 'a b;c' });
    expect(answer.headers['client-request-id']).toBe(answer.headers['request-id']);
  });

  it('use OneDrive\'s spelling on a personal drive', async () => {
    await running.close();
    running = await runEmulator({ personality: 'personal' });
    const answer = await running.graph('/v1.0/drives/none');
    expect(answer.at('error', 'innererror', 'innererror', 'code')).toBe('itemNotFound');
    expect(answer.at('error', 'innererror', 'request-id')).toBe(answer.headers['request-id']);
  });
});

describe('a personal drive', () => {
  it('has a personal account\'s ids and tenant', async () => {
    running = await runEmulator({ personality: 'personal' });
    const { drive, user } = running.emulator;
    expect(drive.id).toMatch(/^[0-9a-f]{16}$/);
    expect(drive.siteUrl).toBe(`/personal/${drive.id}`);
    expect(user.tenantId).toBe('9188040d-6c67-4c5b-b112-36a304b66dad');
    const root = await running.graph('/v1.0/me/drive/root');
    expect(root.string('id')).toMatch(/!s[0-9a-f]{32}$/);
    expect(root.string('eTag')).toMatch(/^a[\w-]+$/);
  });

  it('has items whose ids begin with the drive\'s id, and accepts no others', async () => {
    running = await runEmulator({ personality: 'personal', drives: 1 });
    const [extra] = running.emulator.extraDrives;
    await mkdir(join(running.folder, 'a'));
    await writeFile(join(running.folder, 'a', 'b.txt'), 'b');
    await running.emulator.admin.rescan();
    const ids: string[] = [];
    for (const drive of [running.emulator.drive.id, extra!]) {
      const item = await running.graph(`/v1.0/drives/${drive}/root:/a/b.txt`);
      const id = item.string('id');
      ids.push(id);
      expect(id).toMatch(new RegExp(`^${drive.toUpperCase()}!s[0-9a-f]{32}$`));
      expect(item.string('parentReference', 'id')).toBe((await running.graph(`/v1.0/drives/${drive}/root:/a`)).string('id'));
      for (const spelled of [id, id.toLowerCase(), id.replace(/^0+/, ''), encodeURIComponent(id)]) {
        expect((await running.graph(`/v1.0/drives/${drive}/items/${spelled}`)).json.id).toBe(id);
      }
      const delta = (await running.graph(`/v1.0/drives/${drive}/root/delta`)).items();
      for (const entry of delta) expect(entry.id).toMatch(new RegExp(`^${drive.toUpperCase()}!s`));
    }
    expect((await running.graph(`/v1.0/drives/${extra!}/items/${ids[0]!}`)).status).toBe(404);
  });
});

describe('the log', () => {
  it('shows method, path and status, and never a token, a code or a query', async () => {
    const lines: string[] = [];
    running = await runEmulator({ log: (line) => lines.push(line), quirks: { linkForm: 'function' } });
    const delta = await running.graph('/v1.0/me/drive/root/delta?token=latest&$top=1');
    await running.graph(delta.string('@odata.deltaLink'));
    await running.graph('/v1.0/me/drive/root/subscriptions/socketIo');
    await running.form('/common/oauth2/v2.0/devicecode', { client_id: 'x', scope: 'y' });
    expect(lines).toEqual([
      'GET /v1.0/me/drive/root/delta 200',
      'GET /v1.0/me/drive/root/delta(token=…) 200',
      'GET /v1.0/me/drive/root/subscriptions/socketIo 200',
      'POST /common/oauth2/v2.0/devicecode 200',
    ]);
  });
});
