import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../src/main.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';
import { fakeGraph, type FakeGraph, type GraphAnswer } from '../support/fake-graph.ts';
import { fakeSurroundings, type FakeSurroundings } from '../support/fake-surroundings.ts';
import { impatientClock } from '../support/impatient-clock.ts';

type Entry = Record<string, unknown>;
const entries = (s: FakeSurroundings): Entry[] => s.stdout.lines.map((line) => JSON.parse(line) as Entry);
const paths = (s: FakeSurroundings): unknown[] => entries(s).map(({ path, kind }) => (kind === 'file' ? path : `${String(path)} (${String(kind)})`));

describe('ls of the emulator\'s drive', () => {
  let drive: EmulatedDrive;
  beforeEach(async () => {
    drive = await emulatedDrive();
    drive.write('Reports/Q3 100% #1.xlsx', 'x'.repeat(2_100));
    drive.write('Reports/2026/Ärger.txt', '1');
    drive.write('notes.txt', 'a note');
    mkdirSync(join(drive.running.folder, 'Empty'));
    await drive.running.admin('rescan');
  });
  afterEach(() => drive.close());

  async function run(args: readonly string[], { tty = false, columns = 80 } = {}): Promise<{ code: number; s: FakeSurroundings }> {
    const clock = impatientClock();
    void clock.skip(1_000);
    const s = fakeSurroundings({ env: drive.env, tty: { stdout: tty }, clock });
    if (tty) Object.defineProperty(s.stdout, 'columns', { value: columns });
    return { code: await main(['ls', ...args], s), s };
  }

  it.each([
    [['me'], ['/Empty (folder)', '/notes.txt', '/Reports (folder)']],
    [['me', '/'], ['/Empty (folder)', '/notes.txt', '/Reports (folder)']],
    [['me', 'Reports'], ['/Reports/2026 (folder)', '/Reports/Q3 100% #1.xlsx']],
    [['me', '/Reports//2026/'], ['/Reports/2026/Ärger.txt']],
    [['me', '/Reports/Q3 100% #1.xlsx'], ['/Reports/Q3 100% #1.xlsx']],
    [['me', '/Empty'], []],
    [['list:example.com:/sites/Engineering/Documents', 'Reports/2026'], ['/Reports/2026/Ärger.txt']],
    [['https://example.com/sites/Engineering/Shared%20Documents/Reports', '2026'], ['/Reports/2026/Ärger.txt']],
  ])('of %j prints %j', async (args, wanted) => {
    const { code, s } = await run(args);
    expect([code, s.stderr.text]).toEqual([0, '']);
    expect(paths(s)).toEqual(wanted);
  });

  it('prints the same item fields as a change', async () => {
    const [entry] = entries((await run(['me', 'notes.txt'])).s);
    expect(entry).toMatchObject({
      name: 'notes.txt', path: '/notes.txt', kind: 'file', folder: false, size: 6, lastModifiedBy: { user: { displayName: 'Ada Lovelace' } },
      id: expect.any(String), eTag: expect.any(String), webUrl: expect.any(String), lastModifiedDateTime: expect.any(String),
    });
  });

  it('prints a table that fits the terminal', async () => {
    const { s } = await run(['me', 'Reports', '--no-color'], { tty: true, columns: 50 });
    expect(s.stdout.lines.map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, 'when            '))).toEqual([
      'MODIFIED            SIZE  BY           NAME', 'when                 1 B  Ada L…elace  2026/', 'when              2.1 KB  Ada L…elace  Q3 10….xlsx',
    ]);
    const narrow = await run(['me', 'Reports', '--no-color'], { tty: true, columns: 40 });
    expect(narrow.s.stdout.lines[0]).toBe('MODIFIED            SIZE  NAME');
    expect(Math.max(...narrow.s.stdout.lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    const empty = await run(['me', 'Empty'], { tty: true });
    expect([empty.s.stdout.text, empty.s.stderr.text]).toEqual(['', 'The folder is empty.\n']);
  });

  it.each([
    ['a path that is not there', ['me', '/Reports/None/deep'], 5, 'There is no /Reports/None/deep in the drive.\nThe deepest folder that exists: /Reports.'],
    ['a drive that is not there', ['drive:b!none'], 5, 'There is no such drive'],
    ['an invalid target', ['nothing'], 2, '"nothing" is not a valid target'],
    ['a site', ['site:example.com'], 2, 'is a site'],
    ['a Windows path', ['me', 'C:/Program Files/Git/Reports'], 2, 'Git Bash'],
    ['a path that climbs up', ['me', '../me'], 2, 'contains ".."'],
  ])('of %s explains what is wrong', async (_what, args, code, message) => {
    const result = await run(args);
    expect([result.code, result.s.stdout.text]).toEqual([code, '']);
    expect(result.s.stderr.text).toContain(message);
  });

  it('retries a 404, since Graph sometimes answers so', async () => {
    await drive.running.admin('fail', { status: 404, pathPrefix: '/v1.0/me/drive/root:/notes.txt' });
    const { code, s } = await run(['me', 'notes.txt']);
    expect([code, paths(s)]).toEqual([0, ['/notes.txt']]);
  });
});

describe('ls of a Graph with odd answers', () => {
  let graph: FakeGraph;
  let place: string;
  beforeEach(async () => {
    graph = await fakeGraph();
    place = mkdtempSync(join(tmpdir(), 'graph-watch-ls-'));
  });
  afterEach(async () => {
    await graph.close();
    rmSync(place, { recursive: true, force: true });
  });
  const folder = { folder: { childCount: 1 } };

  function start(answers: Record<string, unknown>, args: readonly string[]): { done: Promise<number>; s: FakeSurroundings } {
    const answer = ({ url }: { url: string }): GraphAnswer => {
      const found = answers[decodeURIComponent(url.replace('/v1.0', '').replace(/\?\$select.*$/, ''))];
      if (Array.isArray(found)) return { body: { value: found } };
      return found === undefined ? { status: 404, body: { error: { code: 'itemNotFound', message: 'Item not found' } } } : typeof found === 'number' ? { status: found, body: { error: { code: 'accessDenied' } } } : { body: found };
    };
    graph.answers.push(...Array.from({ length: 300 }, () => answer));
    const clock = impatientClock();
    for (let pauses = 0; pauses < 8; pauses += 1) void clock.skip(1_000);
    const s = fakeSurroundings({ env: { GRAPH_WATCH_TOKEN: 'opaque-token-1', GRAPH_WATCH_GRAPH_URL: graph.url, GRAPH_WATCH_CONFIG_DIR: place }, clock });
    return { done: main(['ls', ...args], s), s };
  }
  async function run(answers: Record<string, unknown>, ...args: string[]): Promise<{ code: number; s: FakeSurroundings }> {
    const { done, s } = start(answers, args);
    return { code: await done, s };
  }

  const shared = {
    '/me/drive/root': { id: 'root', root: {}, ...folder },
    '/me/drive/items/root/children': [
      { id: '1', name: 'Team', remoteItem: { id: 'R1', name: 'Team files', size: 5, folder: {}, lastModifiedDateTime: '2026-05-11T20:00:00Z', parentReference: { driveId: 'b!theirs' } } },
      { id: '2', name: 'Notebook', package: { type: 'oneNote' }, size: 9 },
      { id: '3', name: 'bare' }, 'nonsense', { name: 'without an id' },
    ],
    '/me/drive/root:/Team': { id: '1', name: 'Team', remoteItem: { id: 'R1', folder: {}, parentReference: { driveId: 'b!theirs' } } },
    '/drives/b!theirs/items/R1': { id: 'R1', name: 'Team files', ...folder },
    '/drives/b!theirs/items/R1/children': [{ id: 'R2', name: 'deep', ...folder }],
    '/drives/b!theirs/items/R1:/deep': { id: 'R2', name: 'deep', ...folder },
    '/drives/b!theirs/items/R2/children': [{ id: 'R3', name: 'file.txt', file: {} }],
  };

  it('shows shortcuts and packages as such', async () => {
    const { code, s } = await run(shared, 'me');
    expect([code, s.stderr.text]).toEqual([0, '']);
    expect(paths(s)).toEqual(['/Team (shortcut)', '/Notebook (package)', '/bare']);
    expect(entries(s)[0]).toEqual({
      id: '1', name: 'Team', path: '/Team', kind: 'shortcut', folder: true, size: 5, lastModifiedDateTime: '2026-05-11T20:00:00Z', shortcut: { target: 'drive:b!theirs', id: 'R1' },
    });
    expect(graph.requests.every(({ headers }) => headers.prefer === 'Include-Feature=AddToOneDrive')).toBe(true);
  });

  it('follows a shortcut at the end of a path and in the middle', async () => {
    expect(paths((await run(shared, 'me', 'Team')).s)).toEqual(['/Team/deep (folder)']);
    graph.answers.length = 0;
    expect(paths((await run(shared, 'me', 'Team/deep')).s)).toEqual(['/Team/deep/file.txt']);
  });

  it('reports a shortcut to something that cannot be read', async () => {
    const { code, s } = await run({ ...shared, '/drives/b!theirs/items/R1': 403 }, 'me', 'Team');
    expect(code).toBe(5);
    expect(s.stderr.text).toContain('"Team" is a shortcut to an item that no longer exists, or that this account cannot read');
    expect(s.stderr.text).toContain('login --scope Files.Read.All');
  });

  it('stops if shortcuts form a loop', async () => {
    const circle = { id: 'x', name: 'loop', remoteItem: { id: 'L', folder: {}, parentReference: { driveId: 'd' } } };
    const { code, s } = await run({ '/me/drive/root': { id: 'root', root: {} }, '/me/drive/root:/loop': circle, '/drives/d/items/L': circle, '/drives/d/items/x': circle }, 'me', 'loop/missing');
    expect([code, s.stdout.text]).toEqual([5, '']);
    expect(graph.requests.length).toBeLessThan(40);
  });

  it('prints a page as soon as it arrives, and sends the token nowhere else', async () => {
    const { done, s } = start({
      ...shared,
      '/me/drive/items/root/children': { value: [{ id: '1', name: 'first', file: {} }], '@odata.nextLink': `${graph.url}/v1.0/next` },
      '/next': { value: [{ id: '2', name: 'second', file: {} }], '@odata.nextLink': 'https://elsewhere.example/next' },
    }, ['me']);
    expect(await done).toBe(5);
    expect(paths(s)).toEqual(['/first', '/second']);
    expect(s.stderr.text).toContain('elsewhere.example');
    expect(s.stderr.text).not.toContain('opaque-token-1');
  });

  it('ends quietly when its reader exits, and requests no more pages', async () => {
    const { done, s } = start({ ...shared, '/me/drive/items/root/children': { value: [{ id: '1', name: 'first', file: {} }], '@odata.nextLink': `${graph.url}/v1.0/next` }, '/next': { value: [{ id: '2', name: 'second' }], '@odata.nextLink': `${graph.url}/v1.0/last` } }, ['me']);
    s.stdout.breakWith('EPIPE');
    expect([await done, s.stderr.text]).toEqual([0, '']);
    expect(graph.requests.map(({ url }) => url)).not.toContain('/v1.0/last');
  });
});
