import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { Answer, RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { EmulatorOptions } from '../../src/emulator/start.ts';

let running: RunningEmulator;
let token: string;
const start = async (options: Partial<EmulatorOptions> = {}): Promise<void> => {
  running = await runEmulator(options);
  token = running.emulator.admin.issueToken({ user: 'grace@example.com', scopes: ['Files.ReadWrite'] });
  await mkdir(at('Docs'));
  await writeFile(at('Docs/a.txt'), 'first');
  await running.emulator.admin.rescan();
};
beforeEach(() => start());
afterEach(() => running.close());

const at = (path: string): string => join(running.folder, path);
const DRIVE = '/v1.0/me/drive';
const CONFLICT = '@microsoft.graph.conflictBehavior';
const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  running.send(path.startsWith('https:') ? path : `${DRIVE}${path}`, {
    method,
    headers: { ...(path.startsWith('https:') ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => ask('GET', path, undefined, headers);
const code = (answer: Answer): unknown[] => [answer.status, answer.at('error', 'code')];
const latest = async (): Promise<string> => (await get('/root/delta?token=latest')).string('@odata.deltaLink');
const changedSince = async (link: string): Promise<unknown[]> =>
  (await running.send(link, { headers: { authorization: `Bearer ${token}`, prefer: 'deltaExcludeParent' } })).items().filter((item) => !('root' in item)).map((item) => item.name ?? item.id);

describe('content', () => {
  it('is behind a redirect to a URL that needs no token', async () => {
    const answer = await get('/root:/Docs/a.txt:/content');
    expect([answer.status, answer.text]).toEqual([302, '']);
    const content = await running.send(String(answer.headers.location));
    expect([content.status, content.text]).toEqual([200, 'first']);
    expect(content.headers).toMatchObject({ 'content-length': '5', 'content-type': 'text/plain', 'content-disposition': "attachment; filename*=UTF-8''a.txt", 'accept-ranges': 'bytes' });
    expect((await get('/root:/Docs/a.txt')).json['@microsoft.graph.downloadUrl']).toBe(answer.headers.location);
  });

  it.each([
    ['bytes=1-2', 206, 'ir', 'bytes 1-2/5'],
    ['bytes=-2', 206, 'st', 'bytes 3-4/5'],
    ['bytes=9-', 416, undefined, 'bytes */5'],
  ])('comes in ranges: %s', async (range, status, text, contentRange) => {
    const url = (await get('/root:/Docs/a.txt')).string('@microsoft.graph.downloadUrl');
    const answer = await running.send(url, { headers: { range } });
    expect([answer.status, answer.headers['content-range']]).toEqual([status, contentRange]);
    if (text !== undefined) expect(answer.text).toBe(text);
  });

  it('is refused to a changed URL, for a folder, and through a symbolic link', async () => {
    const url = (await get('/root:/Docs/a.txt')).string('@microsoft.graph.downloadUrl');
    expect(code(await running.send(url.replace('tempauth=', 'tempauth=x')))).toEqual([401, 'unauthenticated']);
    expect(code(await get('/root:/Docs:/content'))).toEqual([400, 'invalidRequest']);
    const { rm } = await import('node:fs/promises');
    await rm(at('Docs/a.txt'));
    await symlink('/etc/passwd', at('Docs/a.txt'));
    const through = await running.send(url);
    expect(through.status).toBe(404);
    expect(through.text).not.toContain('root:');
  });

  it('has one hash on business drives and three on personal ones', async () => {
    expect((await get('/root:/Docs/a.txt')).at('file', 'hashes')).toEqual({ quickXorHash: expect.stringMatching(/^[\w+/]{27}=$/) });
    await running.close();
    await start({ personality: 'personal' });
    const sum = (kind: string, text: string): string => createHash(kind).update(text).digest('hex').toUpperCase();
    expect((await get('/root:/Docs/a.txt')).at('file', 'hashes')).toMatchObject({ sha1Hash: sum('sha1', 'first'), sha256Hash: sum('sha256', 'first') });
    await writeFile(at('Docs/a.txt'), 'second');
    await running.emulator.admin.rescan();
    const again = (await get('/root:/Docs:/children')).items()[0] as { file: { hashes: { sha1Hash: string } } };
    expect(again.file.hashes.sha1Hash).toBe(sum('sha1', 'second'));
    expect((await get('/root:/Docs/a.txt?$select=name')).json).not.toHaveProperty('file');
  });

  it('is not sent again to a client that already has it', async () => {
    const eTag = (await get('/root:/Docs/a.txt')).string('eTag');
    expect((await get('/root:/Docs/a.txt', { 'if-none-match': eTag })).status).toBe(304);
    expect((await get('/root:/Docs/a.txt:/content', { 'if-none-match': eTag })).status).toBe(304);
    expect((await get('/root:/Docs/a.txt', { 'if-none-match': '"other"' })).status).toBe(200);
  });
});

describe('PUT content', () => {
  it('creates a file with the folders above it, and reports it at once', async () => {
    const link = await latest();
    const created = await ask('PUT', '/root:/New/Deep%20er/b.txt:/content', 'hello');
    expect(created.status).toBe(201);
    expect(created.json).toMatchObject({ name: 'b.txt', size: 5, lastModifiedBy: { user: { email: 'grace@example.com' } } });
    expect(await readFile(at('New/Deep er/b.txt'), 'utf8')).toBe('hello');
    expect(await changedSince(link)).toEqual(['New', 'Deep er', 'b.txt']);
  });

  it('keeps the id of a file that it replaces by path, in different case, or by id', async () => {
    const { id, eTag } = (await get('/root:/Docs/a.txt')).json;
    for (const [index, path] of ['/root:/Docs/a.txt:/content', '/root:/docs/A.TXT:/content', `/items/${String(id)}/content`].entries()) {
      const replaced = await ask('PUT', path, `version ${index}`);
      expect([replaced.status, replaced.json.id, replaced.json.name]).toEqual([200, id, 'a.txt']);
      expect(replaced.json.eTag).not.toBe(eTag);
    }
    expect(await readdir(at('Docs'))).toEqual(['a.txt']);
    expect(await readFile(at('Docs/a.txt'), 'utf8')).toBe('version 2');
  });

  it('fails, renames or replaces if the name is taken', async () => {
    const put = (behavior: string): Promise<Answer> => ask('PUT', `/root:/Docs/a.txt:/content?${CONFLICT}=${behavior}`, behavior);
    expect(code(await put('fail'))).toEqual([409, 'nameAlreadyExists']);
    const renamed = await put('rename');
    expect([renamed.status, renamed.json.name]).toEqual([201, 'a 1.txt']);
    expect((await put('replace')).status).toBe(200);
    expect(code(await put('other'))).toEqual([400, 'invalidRequest']);
    expect((await readdir(at('Docs'))).sort()).toEqual(['a 1.txt', 'a.txt']);
  });

  it('obeys If-Match and If-None-Match', async () => {
    const eTag = (await get('/root:/Docs/a.txt')).string('eTag');
    expect((await ask('PUT', '/root:/Docs/a.txt:/content', '1', { 'if-match': eTag })).status).toBe(200);
    expect(code(await ask('PUT', '/root:/Docs/a.txt:/content', '2', { 'if-match': eTag }))).toEqual([412, 'resourceModified']);
    expect(code(await ask('PUT', '/root:/Docs/a.txt:/content', '2', { 'if-none-match': '*' }))).toEqual([412, 'resourceModified']);
    expect(code(await ask('PUT', '/root:/Docs/new.txt:/content', '2', { 'if-match': eTag }))).toEqual([412, 'resourceModified']);
    expect(await readFile(at('Docs/a.txt'), 'utf8')).toBe('1');
  });

  it.each(['/root:/..%2Fescaped.txt:/content', '/root:/Docs/a%00b:/content', '/root:/Docs/CON:/content', '/root:/Docs/a.txt/b.txt:/content', '/root:/Docs:/content', '/root/content', '/items/none/content', '/root:/bad%3Aname/b:/content'])(
    'refuses %s',
    async (path) => {
      const answer = await ask('PUT', path, 'x');
      expect([400, 404, 409]).toContain(answer.status);
      expect(answer.string('error', 'code')).toMatch(/^(invalidRequest|itemNotFound|nameAlreadyExists)$/);
      expect((await readdir(running.folder)).sort()).toEqual(['Docs']);
    },
  );

  it('does not write through a symbolic link out of the folder', async () => {
    const outside = join(running.folder, '..', 'outside');
    await mkdir(outside);
    await symlink(outside, at('link'));
    expect((await ask('PUT', '/root:/link/b.txt:/content', 'x')).status).toBeGreaterThanOrEqual(400);
    expect(await readdir(outside)).toEqual([]);
  });

  it('needs a scope to write', async () => {
    token = running.emulator.admin.issueToken({ scopes: ['Files.Read'] });
    expect(code(await ask('PUT', '/root:/b.txt:/content', 'x'))).toEqual([403, 'accessDenied']);
    expect(code(await ask('DELETE', '/root:/Docs'))).toEqual([403, 'accessDenied']);
  });

  it('leaves nothing in the folder while it arrives, and nothing in the state folder afterwards', async () => {
    await ask('PUT', '/root:/Docs/a.txt:/content', 'x'.repeat(3_000_000));
    expect((await stat(at('Docs/a.txt'))).size).toBe(3_000_000);
    expect(await readdir(join(running.folder, '..', 'state', 'uploads'))).toEqual([]);
  });
});

describe('POST children', () => {
  it('creates folders and empty files', async () => {
    const folder = await ask('POST', '/root:/Docs:/children', { name: 'Sub', folder: {}, [CONFLICT]: 'fail' });
    expect([folder.status, folder.json.name, folder.at('folder', 'childCount')]).toEqual([201, 'Sub', 0]);
    const file = await ask('POST', `/items/${folder.string('id')}/children`, { name: 'empty.txt', file: {}, fileSystemInfo: { lastModifiedDateTime: '2020-01-02T03:04:05Z' } });
    expect([file.status, file.json.size, file.at('fileSystemInfo', 'lastModifiedDateTime')]).toEqual([201, 0, '2020-01-02T03:04:05Z']);
    expect(await readdir(at('Docs/Sub'))).toEqual(['empty.txt']);
  });

  it('fails, renames or keeps the existing item if the name is taken', async () => {
    const post = (behavior?: string): Promise<Answer> => ask('POST', '/root/children', { name: 'docs', folder: {}, ...(behavior === undefined ? {} : { [CONFLICT]: behavior }) });
    expect(code(await post())).toEqual([409, 'nameAlreadyExists']);
    expect((await post('rename')).json.name).toBe('docs 1');
    const kept = await post('replace');
    expect([kept.status, kept.json.name]).toEqual([200, 'Docs']);
    expect(await readdir(at('Docs'))).toEqual(['a.txt']);
  });

  it.each([
    [{}, 'name'],
    [{ name: 'x' }, 'folder'],
    [{ name: '../x', folder: {} }, 'name'],
    [{ name: 7, folder: {} }, 'name'],
    [{ name: 'x', folder: {}, file: {} }, 'folder'],
    [{ name: 'x', folder: {}, description: 'd' }, 'description'],
    [{ name: 'x', folder: {}, fileSystemInfo: { createdDateTime: 'yesterday' } }, 'yesterday'],
  ])('refuses %j', async (body, named) => {
    const answer = await ask('POST', '/root/children', body);
    expect(code(answer)).toEqual([400, 'invalidRequest']);
    expect(answer.string('error', 'message')).toContain(named);
  });

  it.each(['[]', '{', '"x"'])('refuses the body %s', async (body) => {
    expect((await ask('POST', '/root/children', body)).status).toBe(400);
  });
});

describe('PATCH', () => {
  it('renames and moves, and keeps the id', async () => {
    await mkdir(at('Other'));
    await running.emulator.admin.rescan();
    const id = (await get('/root:/Docs/a.txt')).string('id');
    const link = await latest();
    expect((await ask('PATCH', `/items/${id}`, { name: 'b.txt' })).json).toMatchObject({ id, name: 'b.txt', lastModifiedBy: { user: { email: 'grace@example.com' } } });
    const other = (await get('/root:/Other')).string('id');
    expect((await ask('PATCH', `/items/${id}`, { parentReference: { id: other } })).at('parentReference', 'path')).toMatch(/root:\/Other$/);
    expect((await ask('PATCH', '/root:/Other/b.txt', { name: 'B.txt', parentReference: { path: '/drive/root:/Docs' } })).json).toMatchObject({ id, name: 'B.txt' });
    expect(await readdir(at('Docs'))).toEqual(['B.txt']);
    expect(await changedSince(link)).toEqual(['B.txt']);
    // The name differs only in case: it is the same item.
    expect((await ask('PATCH', `/items/${id}`, { name: 'b.TXT' })).json).toMatchObject({ id, name: 'b.TXT' });
  });

  it('sets times, also of folders', async () => {
    const times = { createdDateTime: '2019-01-02T03:04:05Z', lastModifiedDateTime: '2020-01-02T03:04:05Z' };
    for (const path of ['/root:/Docs/a.txt', '/root:/Docs']) {
      expect((await ask('PATCH', path, { fileSystemInfo: times })).json.fileSystemInfo).toEqual(times);
      await running.emulator.admin.rescan();
      expect((await get(path)).json.fileSystemInfo).toEqual(times);
    }
  });

  it('fails, renames or replaces if the name is taken', async () => {
    await writeFile(at('Docs/b.txt'), 'b');
    await running.emulator.admin.rescan();
    expect(code(await ask('PATCH', '/root:/Docs/b.txt', { name: 'A.txt' }))).toEqual([409, 'nameAlreadyExists']);
    expect((await ask('PATCH', '/root:/Docs/b.txt', { name: 'a.txt', [CONFLICT]: 'rename' })).json.name).toBe('a 1.txt');
    expect((await ask('PATCH', '/root:/Docs/a%201.txt', { name: 'a.txt', [CONFLICT]: 'replace' })).json.name).toBe('a.txt');
    expect(await readFile(at('Docs/a.txt'), 'utf8')).toBe('b');
  });

  it.each([
    ['/root', { name: 'x' }, 403],
    ['/root:/Docs', { parentReference: { path: '/drive/root:/Docs' } }, 400],
    ['/root:/Docs/a.txt', { parentReference: { path: '/drive/root:/Docs/a.txt' } }, 400],
    ['/root:/Docs/a.txt', { parentReference: { id: 'none' } }, 404],
    ['/root:/Docs/a.txt', { parentReference: { driveId: 'other', id: 'x' } }, 400],
    ['/root:/Docs/a.txt', { parentReference: { path: '/drive/root:/../..' } }, 400],
    ['/root:/Docs/a.txt', { name: 'a/b' }, 400],
    ['/root:/Docs/a.txt', { description: 'x' }, 400],
    ['/root:/none', { name: 'x' }, 404],
  ])('of %s refuses %j', async (path, body, status) => {
    expect((await ask('PATCH', path, body)).status).toBe(status);
    expect(await readdir(at('Docs'))).toEqual(['a.txt']);
  });

  it('obeys If-Match', async () => {
    expect((await ask('PATCH', '/root:/Docs/a.txt', { name: 'x' }, { 'if-match': '"other"' })).status).toBe(412);
    expect((await ask('PATCH', '/root:/Docs/a.txt', { name: 'x' }, { 'if-match': '*' })).status).toBe(200);
  });
});

describe('DELETE', () => {
  it('deletes a folder with its content, and reports who did it', async () => {
    const link = await latest();
    expect((await ask('DELETE', '/root:/Docs')).status).toBe(204);
    expect(await readdir(running.folder)).toEqual([]);
    const deleted = (await running.send(link, { headers: { authorization: `Bearer ${token}` } })).items().filter((item) => 'deleted' in item);
    expect(deleted).toMatchObject([{ lastModifiedBy: { user: { email: 'grace@example.com' } } }, {}]);
    expect((await ask('DELETE', '/root:/Docs')).status).toBe(404);
  });

  it('refuses the root, and any state other than the one in If-Match', async () => {
    expect(code(await ask('DELETE', '/root'))).toEqual([403, 'accessDenied']);
    expect((await ask('DELETE', '/root:/Docs', undefined, { 'if-match': '"other"' })).status).toBe(412);
    expect(await readdir(at('Docs'))).toEqual(['a.txt']);
  });
});

describe('copy', () => {
  const copyOf = async (path: string, body: unknown): Promise<Answer> => {
    const accepted = await ask('POST', `${path}/copy`, body);
    expect(accepted.status).toBe(202);
    return running.send(String(accepted.headers.location));
  };

  it('copies folders with their content, and reports success at its monitor', async () => {
    const done = await copyOf('/root:/Docs:', { name: 'Copy', parentReference: { path: '/drive/root:' } });
    expect(done.json).toMatchObject({ status: 'completed', percentageComplete: 100 });
    expect(await readFile(at('Copy/a.txt'), 'utf8')).toBe('first');
    const copy = (await get('/root:/Copy/a.txt')).string('id');
    expect(copy).not.toBe((await get('/root:/Docs/a.txt')).string('id'));
    expect((await get('/root:/Copy')).json.id).toBe(done.json.resourceId);
  });

  it('reports at its monitor why it failed', async () => {
    expect((await copyOf('/root:/Docs/a.txt:', {})).json).toMatchObject({ status: 'failed', error: { code: 'nameAlreadyExists' } });
    expect((await copyOf('/root:/Docs:', { name: 'In', parentReference: { path: '/drive/root:/Docs' } })).json).toMatchObject({ status: 'failed', error: { code: 'invalidRequest' } });
    expect((await copyOf('/root:/Docs/a.txt:', { [CONFLICT]: 'rename' })).json.status).toBe('completed');
    expect((await running.send('/_api/v2.0/monitor?id=none')).status).toBe(404);
  });
});

describe('an upload session', () => {
  const session = async (path: string, body: unknown = {}): Promise<string> => (await ask('POST', `${path}/createUploadSession`, body)).string('uploadUrl');
  const fragment = (url: string, text: string, range: string): Promise<Answer> => ask('PUT', url, text, { 'content-range': `bytes ${range}` });

  it('accepts a file in fragments, and says where to continue', async () => {
    const link = await latest();
    const url = await session('/root:/Docs/big.bin:', { item: { [CONFLICT]: 'fail', name: 'big.bin', fileSystemInfo: { lastModifiedDateTime: '2020-01-02T03:04:05Z' } } });
    const first = await fragment(url, 'abc', '0-2/8');
    expect([first.status, first.json.nextExpectedRanges]).toEqual([202, ['3-']]);
    expect((await get(url)).json).toMatchObject({ nextExpectedRanges: ['3-'], expirationDateTime: expect.any(String) });
    expect(await changedSince(link)).toEqual([]);
    const last = await fragment(url, 'defgh', '3-7/8');
    expect([last.status, last.json.name, last.at('fileSystemInfo', 'lastModifiedDateTime')]).toEqual([201, 'big.bin', '2020-01-02T03:04:05Z']);
    expect(await readFile(at('Docs/big.bin'), 'utf8')).toBe('abcdefgh');
    expect((await get(url)).status).toBe(404);
    expect(await changedSince(link)).toEqual(['big.bin']);
  });

  it.each([
    ['again', '0-2/8', 416],
    ['after a hole', '4-6/8', 416],
    ['of another total', '3-5/9', 416],
    ['with fewer bytes than it says', '3-6/8', 400],
    ['with more bytes than it says', '3-4/8', 413],
    ['without a range', '', 400],
    ['beyond the end', '3-9/8', 400],
  ])('refuses a fragment %s, and continues', async (_what, range, status) => {
    const url = await session('/root:/b.bin:');
    await fragment(url, 'abc', '0-2/8');
    expect((await fragment(url, 'def', range)).status).toBe(status);
    expect((await get(url)).json.nextExpectedRanges).toEqual(['3-']);
    expect((await fragment(url, 'defgh', '3-7/8')).status).toBe(201);
    expect(await readFile(at('b.bin'), 'utf8')).toBe('abcdefgh');
  });

  it('replaces by default and keeps the id; can be cancelled, and committed later', async () => {
    const id = (await get('/root:/Docs/a.txt')).string('id');
    const cancelled = await session(`/items/${id}`);
    await fragment(cancelled, 'x', '0-0/2');
    expect((await ask('DELETE', cancelled)).status).toBe(204);
    expect((await fragment(cancelled, 'y', '1-1/2')).status).toBe(404);
    const url = await session(`/items/${id}`, { deferCommit: true });
    expect((await ask('POST', url)).status).toBe(400);
    expect((await fragment(url, 'second', '0-5/6')).json.nextExpectedRanges).toEqual([]);
    expect(await readFile(at('Docs/a.txt'), 'utf8')).toBe('first');
    const committed = await ask('POST', url);
    expect([committed.status, committed.json.id]).toEqual([200, id]);
    expect(await readFile(at('Docs/a.txt'), 'utf8')).toBe('second');
    expect(await readdir(join(running.folder, '..', 'state', 'uploads'))).toEqual([]);
  });

  it('fails at the end if the name was taken meanwhile', async () => {
    const url = await session('/root:/new.txt:', { item: { [CONFLICT]: 'fail' } });
    await ask('PUT', '/root:/new.txt:/content', 'theirs');
    expect(code(await fragment(url, 'mine', '0-3/4'))).toEqual([409, 'nameAlreadyExists']);
    expect(await readFile(at('new.txt'), 'utf8')).toBe('theirs');
  });
});

describe('search', () => {
  it('finds items by words in their names, below the root or a folder', async () => {
    await mkdir(at('Docs/Sub'));
    await writeFile(at('Docs/Sub/report final.txt'), '');
    await writeFile(at('Report.md'), '');
    await running.emulator.admin.rescan();
    const found = async (path: string): Promise<unknown[]> => (await get(path)).items().map(({ name }) => name);
    expect(await found("/root/search(q='report')")).toEqual(['report final.txt', 'Report.md']);
    expect(await found("/root/search(q='final%20report')")).toEqual(['report final.txt']);
    expect(await found("/root:/Docs:/search(q='report')?$select=name")).toEqual(['report final.txt']);
    expect(await found("/root/search(q='')")).toHaveLength(5);
    expect(await found("/root/search(q='it''s')")).toEqual([]);
  });
});
