import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../src/main.ts';
import { fakeGraph, type FakeGraph, type GraphScript } from '../support/fake-graph.ts';
import { fakeSurroundings, type FakeSurroundings, type FakeSurroundingsOptions } from '../support/fake-surroundings.ts';

let graph: FakeGraph;
let folder: string;
beforeEach(async () => {
  graph = await fakeGraph();
  folder = await mkdtemp(join(tmpdir(), 'graph-watch-contract-'));
});
afterEach(async () => {
  await graph.close();
  await rm(folder, { recursive: true, force: true });
});

const surroundings = (options: FakeSurroundingsOptions = {}): FakeSurroundings =>
  fakeSurroundings({ ...options, env: { GRAPH_WATCH_TOKEN: 'opaque-token', GRAPH_WATCH_GRAPH_URL: graph.url, GRAPH_WATCH_CONFIG_DIR: join(folder, 'config'), ...options.env } });

describe('a target', () => {
  it.each([
    [['me'], '/v1.0/me/drive/root/subscriptions/socketIo', 'me'],
    [['drive', 'b!a/b'], '/v1.0/drives/b!a%2Fb/root/subscriptions/socketIo', 'drive:b!a/b'],
    [['drive', 'b!x', '--list'], '/v1.0/drives/b!x/list/subscriptions/socketIo', 'drive-list:b!x'],
    [['drive:b!x'], '/v1.0/drives/b!x/root/subscriptions/socketIo', 'drive:b!x'],
    [['user:ada@example.com'], '/v1.0/users/ada%40example.com/drive/root/subscriptions/socketIo', 'user:ada@example.com'],
    [['--lifecycle', 'list:contoso.sharepoint.com:/sites/team/Docs'], '/v1.0/sites/contoso.sharepoint.com:/sites/team:/lists/Docs/drive/root/subscriptions/socketIo', 'list:contoso.sharepoint.com:/sites/team/Docs'],
    [['group', 'g?1#2'], '/v1.0/groups/g%3F1%232/drive/root/subscriptions/socketIo', 'group:g?1#2'],
    [['list', 'contoso.sharepoint.com,1,2', 'Shared Documents'], '/v1.0/sites/contoso.sharepoint.com,1,2/lists/Shared%20Documents/drive/root/subscriptions/socketIo', 'list:contoso.sharepoint.com,1,2/Shared Documents'],
    [['list', 'contoso.sharepoint.com:/sites/team', 'Docs'], '/v1.0/sites/contoso.sharepoint.com:/sites/team:/lists/Docs/drive/root/subscriptions/socketIo', 'list:contoso.sharepoint.com:/sites/team/Docs'],
    [['list', 'https://contoso.sharepoint.com/sites/a%20b/', 'Docs'], '/v1.0/sites/contoso.sharepoint.com:/sites/a%20b:/lists/Docs/drive/root/subscriptions/socketIo', 'list:https://contoso.sharepoint.com/sites/a%20b//Docs'],
  ])('of watch %j has its own endpoint path, the headers that Graph requires, and its name in the records', async (target, path, name) => {
    const s = surroundings();
    const done = main(['watch', ...target, '-n', '1'], s);
    (await graph.connection(0)).notifyValue({ n: 1 });
    expect(await done).toBe(0);
    expect(graph.requests[0]).toMatchObject({ method: 'GET', url: path, headers: { authorization: 'Bearer opaque-token', 'content-type': 'application/json' } });
    expect(s.stdout.lines.map((line) => JSON.parse(line) as object)).toContainEqual(expect.objectContaining({ type: 'notification', target: name, data: { n: 1 } }));
  });

  it.each([['drive', ''], ['drive', '..'], ['group', ' '], ['list', 'host', '.'], ['list', '', 'Docs'], ['list', 'host:/../x', 'Docs']])('of watch %s %s %s is refused before anything is sent', async (...target) => {
    const s = surroundings();
    expect(await main(['watch', ...target], s)).toBe(2);
    expect(graph.requests).toHaveLength(0);
  });
});

describe('an invalid flag value', () => {
  it.each([['-n', '0'], ['-n', 'x'], ['-n', '1.5'], ['-t', '5'], ['-t', '0s'], ['-t', '-1s'], ['-o', 'xml']])('is a usage error: %s %s', async (...flags) => {
    const s = surroundings();
    expect(await main(['watch', 'me', ...flags], s)).toBe(2);
    expect(s.stdout.text).toBe('');
    expect(s.stderr.lines.length).toBeLessThanOrEqual(3);
    expect(graph.requests).toHaveLength(0);
  });
});

describe('endpoint', () => {
  it.each([[401, 3], [403, 5], [404, 5]])('turns HTTP %i into exit code %i', async (status, code) => {
    graph.answers.push({ status, body: {} }, { status, body: {} });
    expect(await main(['endpoint', 'me'], surroundings())).toBe(code);
  });

  it.each<[string, GraphScript]>([
    ['429', { status: 429, body: {} }], ['500', { status: 500, body: {} }], ['503', { status: 503, body: {} }], ['400 notSupported', { status: 400, body: { error: { code: 'notSupported' } } }],
    ['a 200 that is an error', { body: { error: { code: 'serviceNotAvailable', message: 'Later.' } } }],
  ])('survives %s, and says that it retries', async (_what, answer) => {
    graph.answers.push(answer, answer);
    const s = surroundings({ random: () => 0.001 });
    expect(await main(['endpoint', 'me'], s)).toBe(0);
    expect(s.stderr.text).toMatch(/^(?:couldn't get the endpoint \(.*\); retrying in \d ms\n){2}$/);
    expect(JSON.parse(s.stdout.text)).toHaveProperty('notificationUrl');
  });

  it('gives up if there is no answer, or if the service asks for too long a pause', async () => {
    graph.answers.push('reset');
    expect(await main(['endpoint', 'me'], surroundings())).toBe(4);
    expect(graph.requests).toHaveLength(1);
    graph.answers.push({ status: 503, headers: { 'retry-after': '120' }, body: {} });
    expect(await main(['endpoint', 'me'], surroundings())).toBe(4);
    expect(graph.requests).toHaveLength(2);
  });
});

describe('cursor', () => {
  it('survives a 503 at each of its requests', async () => {
    const busy = { status: 503, body: {} };
    graph.answers.push(busy, { body: { id: 'drive-1' } }, busy, { body: { value: [], '@odata.nextLink': `${graph.url}/v1.0/next` } }, busy, { body: { value: [], '@odata.deltaLink': `${graph.url}/v1.0/delta` } });
    const s = surroundings({ random: () => 0.001 });
    expect(await main(['cursor', 'me'], s)).toBe(0);
    expect(s.stdout.text).toMatch(/^gw1\.[\w-]+\n$/);
    expect(s.stderr.lines.map((line) => line.replace(/ \(.*/, ''))).toEqual(['couldn\'t get the drive\'s id', 'couldn\'t get a cursor', 'couldn\'t get a cursor']);
  });
});

describe('IPv6', () => {
  it('works as an address', async () => {
    const six = await fakeGraph({ host: '::1' });
    try {
      const s = surroundings({ env: { GRAPH_WATCH_GRAPH_URL: six.url } });
      const done = main(['watch', 'me', '-n', '1'], s);
      (await six.connection(0)).notifyValue({ n: 6 });
      expect(await done).toBe(0);
    } finally {
      await six.close();
    }
  });
});
