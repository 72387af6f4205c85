import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../src/main.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';
import { fakeGraph, type FakeGraph, type GraphAnswer } from '../support/fake-graph.ts';
import { fakeSurroundings, type FakeSurroundings } from '../support/fake-surroundings.ts';

interface Found {
  target: string;
  kind: string;
  name?: string;
  site?: string;
  owner?: string;
  webUrl?: string;
}

const ALL = ['Files.Read.All', 'Sites.Read.All', 'User.Read', 'Team.ReadBasic.All', 'Channel.ReadBasic.All'];
const foundIn = (s: FakeSurroundings): Found[] => s.stdout.lines.map((line) => JSON.parse(line) as Found);
const short = (s: FakeSurroundings): string[] => foundIn(s).map(({ kind, name, site, owner }) => `${kind} ${name ?? ''} of ${site ?? owner ?? ''}`);

describe('drives of the emulator\'s organization', () => {
  let drive: EmulatedDrive;
  beforeEach(async () => {
    drive = await emulatedDrive();
  });
  afterEach(() => drive.close());

  async function run(args: readonly string[], { scopes = ALL, appOnly = false, tty = false, columns = 80 }: { scopes?: readonly string[]; appOnly?: boolean; tty?: boolean; columns?: number } = {}): Promise<{ code: number; s: FakeSurroundings }> {
    const token = drive.running.emulator.admin.issueToken({ scopes, appOnly });
    const s = fakeSurroundings({ env: { ...drive.env, GRAPH_WATCH_TOKEN: token }, tty: { stdout: tty } });
    if (tty) Object.defineProperty(s.stdout, 'columns', { value: columns });
    return { code: await main(['drives', ...args], s), s };
  }

  it('are the user\'s own, those of teams and private channels, and the libraries of followed sites, each once', async () => {
    const { code, s } = await run([]);
    expect([code, s.stderr.text]).toEqual([0, '']);
    expect(short(s)).toEqual([
      'own OneDrive of Ada Lovelace', 'team Documents of Engineering', 'channel Leads of Engineering',
      'library Documents of Engineering', 'library Specifications of Engineering', 'library Documents of Employee Handbook',
    ]);
    expect(new Set(foundIn(s).map(({ target }) => target)).size).toBe(6);
  });

  it('have targets that watch accepts unchanged', async () => {
    const { s } = await run([]);
    for (const { target } of foundIn(s)) {
      const cursor = fakeSurroundings({ env: { ...drive.env, GRAPH_WATCH_TOKEN: drive.running.emulator.admin.issueToken({ scopes: ALL }) } });
      expect([target, await main(['cursor', target], cursor), cursor.stdout.text.slice(0, 4)]).toEqual([target, 0, 'gw1.']);
    }
  });

  it.each([
    [['policies'], ['library Documents of Policies']],
    [['ENGINEERING', 'Spec'], ['library Specifications of Engineering']],
    [['engineering specifications'], ['library Specifications of Engineering']],
    [['lovelace'], ['own OneDrive of Ada Lovelace']],
    [['releases'], ['channel Releases of Engineering']],
    [['léads'], ['channel Leads of Engineering']],
    [['--site', 'example.com:/sites/Engineering'], ['library Documents of Engineering', 'library Specifications of Engineering']],
    [['--site', 'https://example.com/sites/Engineering', 'spec'], ['library Specifications of Engineering']],
  ])('are searched with %j', async (args, wanted) => {
    const { code, s } = await run(args);
    expect([code, short(s)]).toEqual([0, wanted]);
  });

  it('are reported as not found if nothing matches', async () => {
    const { code, s } = await run(['nowhere', 'at all']);
    expect([code, s.stdout.text, s.stderr.text]).toEqual([0, '', 'Nothing matches "nowhere at all".\n']);
  });

  it('that need a missing scope are named once, with the scope, and the rest are listed', async () => {
    const { code, s } = await run([], { scopes: ['Files.Read'] });
    expect([code, short(s)]).toEqual([0, ['own OneDrive of Ada Lovelace']]);
    expect(s.stderr.lines).toEqual([
      'Not listed, because a permission is missing: your groups, your teams and the sites that you follow.',
      'To list them too, use a token with the scopes Channel.ReadBasic.All Files.Read.All Sites.Read.All Team.ReadBasic.All User.Read.',
    ]);
    const more = await run([], { scopes: ALL.filter((scope) => scope !== 'Channel.ReadBasic.All') });
    expect(short(more.s)).toHaveLength(5);
    expect(more.s.stderr.lines[0]).toBe('Not listed, because a permission is missing: the channels of teams.');
  });

  it('are found without a user if an app is signed in', async () => {
    const { code, s } = await run([], { appOnly: true, scopes: ['Files.Read.All', 'Sites.Read.All', 'Group.Read.All', 'Channel.ReadBasic.All'] });
    expect([code, s.stderr.text]).toEqual([0, '']);
    expect(short(s)).toEqual(expect.arrayContaining(['team Documents of Engineering', 'group Documents of Sales', 'channel Leads of Engineering', 'library Documents of Policies', 'library Documents of Communication site']));
    expect(short(s).filter((line) => line.startsWith('own'))).toEqual([]);
  });

  it.each([200, 80])('are shown in a table that fits a terminal of %d columns', async (columns) => {
    const { s } = await run(['--no-color'], { tty: true, columns });
    expect(s.stdout.lines[0]).toMatch(/^KIND +NAME +WHERE/);
    expect(Math.max(...s.stdout.lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(s.stdout.lines).toHaveLength(columns === 200 ? 7 : 13);
    expect(s.stderr.text).toContain('To watch one: graph-watch watch \'<target>\' --changes');
  });

  it.each([
    ['a site that is not there', ['--site', 'example.com:/sites/nowhere'], 5, 'There is no site example.com:/sites/nowhere'],
    ['something that is not a site', ['--site', 'example.com:nowhere'], 2, 'not a valid site'],
    ['an empty word', [''], 2, 'empty'],
  ])('of %s are refused', async (_what, args, code, message) => {
    const result = await run(args);
    expect([result.code, result.s.stdout.text]).toEqual([code, '']);
    expect(result.s.stderr.text).toContain(message);
  });
});

describe('drives of a Graph with odd answers', () => {
  let graph: FakeGraph;
  let place: string;
  beforeEach(async () => {
    graph = await fakeGraph();
    place = mkdtempSync(join(tmpdir(), 'graph-watch-drives-'));
  });
  afterEach(async () => {
    await graph.close();
    rmSync(place, { recursive: true, force: true });
  });

  /** Runs the command; `answers` maps request paths to answers, and any other request is refused. */
  async function run(answers: Record<string, unknown>, args: readonly string[] = []): Promise<{ code: number; s: FakeSurroundings }> {
    const answer = ({ url }: { url: string }): GraphAnswer => {
      const path = decodeURIComponent(url.replace('/v1.0', '').replace(/\?(?!search|page).*$/, '').replace(/&\$select.*$/, ''));
      const found = answers[path];
      if (Array.isArray(found)) return { body: { value: found } };
      if (typeof found === 'number') return { status: found, body: { error: { code: 'refused', message: found === 400 ? 'ObjectHandle is Invalid' : 'No' } } };
      return found === undefined ? { status: 403, body: { error: { code: 'accessDenied', message: 'Access denied' } } } : { body: found };
    };
    graph.answers.push(...Array.from({ length: 300 }, () => answer));
    const s = fakeSurroundings({ env: { GRAPH_WATCH_TOKEN: 'opaque-token-1', GRAPH_WATCH_GRAPH_URL: graph.url, GRAPH_WATCH_CONFIG_DIR: place } });
    const code = await main(['drives', ...args], s);
    return { code, s };
  }
  const asked = (): string[] => graph.requests.map(({ url }) => url.replace('/v1.0', ''));

  it('leave out what is not meant for people', async () => {
    const { code, s } = await run({
      '/me/drive': { id: 'b!own', name: 'OneDrive', driveType: 'business', webUrl: 'https://c-my.sharepoint.com/personal/ada/Documents', owner: { user: { displayName: 'Ada' } } },
      '/me/drives': [
        { id: 'b!own', name: 'OneDrive', webUrl: 'https://c-my.sharepoint.com/personal/ada/Documents' },
        { id: 'b!kept', name: 'OneDrive', webUrl: 'https://c-my.sharepoint.com/personal/ada/PreservationHoldLibrary' },
        { id: 'b!second', name: 'Second', webUrl: 'https://c-my.sharepoint.com/personal/ada/Second' },
        { id: 'b!system', name: 'System', system: {} }, { name: 'without an id' }, 'nonsense',
      ],
      '/drives/b!second/root': { id: '01A' }, '/drives/b!kept/root': { id: '01B' }, '/drives/b!system/root': { id: '01C' },
      '/me/memberOf': [{ '@odata.type': '#microsoft.graph.group', id: 'security', groupTypes: [] }, { '@odata.type': '#microsoft.graph.directoryRole', id: 'role' }, { '@odata.type': '#microsoft.graph.group', id: 'new', displayName: 'New', groupTypes: ['Unified'] }],
      '/groups/new/drive': 404,
      '/me/joinedTeams': [],
      '/me/followedSites': [{ id: 'c,1,2', displayName: 'Team', webUrl: 'https://c/sites/t' }, { id: 'p,1,2', displayName: 'Ada', webUrl: 'https://c-my.sharepoint.com/personal/ada' }],
      '/sites/c,1,2/lists': [{ id: 'l1', webUrl: 'https://c/sites/t/Hidden', list: { hidden: true } }, { id: 'l2', webUrl: 'https://c/sites/t/Docs', list: { hidden: false } }],
      '/sites/c,1,2/drives': [{ id: 'b!docs', name: 'Docs', webUrl: 'https://c/sites/t/Docs' }, { id: 'b!hidden', name: 'Hidden', webUrl: 'https://c/sites/t/Hidden' }],
    });
    expect([code, s.stderr.text]).toEqual([0, '']);
    expect(foundIn(s).map(({ target }) => target)).toEqual(['me', 'drive:b!second', 'drive:b!docs']);
    expect(asked().filter((path) => path.includes('security') || path.includes('role') || path.startsWith('/sites/p'))).toEqual([]);
  });

  it('of a personal account are not searched for in groups and sites, and phantom drives are left out', async () => {
    const { code, s } = await run({
      '/me/drive': { id: '4F0C2A9B71D3E586', name: 'OneDrive', driveType: 'personal', owner: { user: { displayName: 'Ada' } } },
      '/me/drives': [{ id: '4f0c2a9b71d3e586', name: 'OneDrive' }, { id: '1111111111111111', name: 'One bundle' }, { id: '2222222222222222', name: 'One archive' }],
      '/drives/1111111111111111/root': 400, '/drives/2222222222222222/root': 400,
    }, ['one']);
    expect([code, s.stderr.text]).toEqual([0, '']);
    expect(foundIn(s).map(({ target }) => target)).toEqual(['me']);
    expect(asked().filter((path) => !path.startsWith('/me/drive') && !path.startsWith('/drives/'))).toEqual([]);
  });

  it('are listed page by page even if the user has no OneDrive', async () => {
    const { code, s } = await run({
      '/me/drive': 404, '/me/memberOf': [], '/me/joinedTeams': [],
      '/me/followedSites': { value: [{ id: 'c,1,2', displayName: 'One' }], '@odata.nextLink': `${graph.url}/v1.0/me/followedSites?page=2` },
      '/me/followedSites?page=2': [{ id: 'c,3,4', displayName: 'Two' }],
      '/sites/c,1,2/drives': [{ id: 'b!1', name: 'Docs' }], '/sites/c,3,4/drives': [{ id: 'b!2', name: 'Docs' }],
    });
    expect([code, foundIn(s).map(({ site }) => site)]).toEqual([0, ['One', 'Two']]);
    expect(s.stderr.text).toBe('This account has no OneDrive of its own.\n');
  });

  it('end with exit code 5 if everything is refused, and print no secret', async () => {
    const { code, s } = await run({});
    expect([code, s.stdout.text]).toEqual([5, '']);
    expect(s.stderr.lines).toEqual([
      'error: Graph refused to list your drive, your groups, your teams and the sites that you follow.',
      'To list them too, use a token with the scopes Channel.ReadBasic.All Files.Read.All Sites.Read.All Team.ReadBasic.All User.Read.',
    ]);
  });

  it('are listed in part if some requests are refused, and no longer asked for if all are', async () => {
    const groups = Array.from({ length: 30 }, (_, index) => ({ id: `g${index}`, displayName: `Group ${index}`, groupTypes: ['Unified'] }));
    const { s } = await run({ '/me/drive': 404, '/me/memberOf': groups, '/me/joinedTeams': [], '/me/followedSites': [] });
    expect(asked().filter((path) => path.startsWith('/groups/')).length).toBeLessThan(10);
    expect(s.stderr.text).toContain('Not listed, because a permission is missing: the drives of groups.');
    graph.answers.length = 0;
    const partly = await run({ '/me/drive': 404, '/me/memberOf': groups.slice(0, 3), '/me/joinedTeams': [], '/me/followedSites': [], '/groups/g1/drive': { id: 'b!g1', name: 'Docs' } });
    expect(foundIn(partly.s).map(({ target }) => target)).toEqual(['drive:b!g1']);
    expect(partly.s.stderr.text).toContain('2 requests for the drives of groups were refused: Graph returned 403 accessDenied: Access denied\n');
  });

  it('end with exit code 4 if pages form a loop, or are not pages', async () => {
    const circle = { value: [], '@odata.nextLink': `${graph.url}/v1.0/me/memberOf?page=1` };
    const { code, s } = await run({ '/me/drive': 404, '/me/memberOf': circle, '/me/memberOf?page=1': circle });
    expect(code).toBe(4);
    expect(s.stderr.text).toContain('its pages form a loop');
    graph.answers.length = 0;
    expect((await run({ '/me/drive': 404, '/me/memberOf': { value: 'none' } })).code).toBe(4);
  });

  it('do not send the token to another host that a link names', async () => {
    const { code, s } = await run({ '/me/drive': 404, '/me/memberOf': { value: [], '@odata.nextLink': 'https://elsewhere.example/v1.0/me/memberOf' } });
    expect(s.stderr.text).toContain('elsewhere.example');
    expect(s.stderr.text).not.toContain('opaque-token-1');
    expect(code).toBe(0);
  });

  it('end with exit code 130 on Ctrl-C', async () => {
    graph.answers.push('hang');
    const s = fakeSurroundings({ env: { GRAPH_WATCH_TOKEN: 'opaque-token-1', GRAPH_WATCH_GRAPH_URL: graph.url, GRAPH_WATCH_CONFIG_DIR: place } });
    const done = main(['drives'], s);
    await graph.until(() => graph.requests.length === 1);
    s.raise('SIGINT');
    expect(await done).toBe(130);
  });
});
