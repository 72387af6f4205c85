import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../src/main.ts';
import { fakeGraph, type FakeGraph } from '../support/fake-graph.ts';
import { fakeSurroundings, type FakeSurroundings, type FakeSurroundingsOptions } from '../support/fake-surroundings.ts';
import { steppedClock } from '../support/stepped-clock.ts';

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
const types = (s: FakeSurroundings): string[] => s.stdout.lines.map((line) => (JSON.parse(line) as { type: string }).type);

describe('the targets', () => {
  it.each([
    [['me'], '/v1.0/me/drive/root/subscriptions/socketIo', 'me'],
    [['drive', 'b!a/b'], '/v1.0/drives/b!a%2Fb/root/subscriptions/socketIo', 'drive:b!a/b'],
    [['drive', 'b!x', '--list'], '/v1.0/drives/b!x/list/subscriptions/socketIo', 'drive-list:b!x'],
    [['group', 'g?1#2'], '/v1.0/groups/g%3F1%232/drive/root/subscriptions/socketIo', 'group:g?1#2'],
    [['list', 'contoso.sharepoint.com,1,2', 'Shared Documents'], '/v1.0/sites/contoso.sharepoint.com,1,2/lists/Shared%20Documents/drive/root/subscriptions/socketIo', 'list:contoso.sharepoint.com,1,2/Shared Documents'],
    [['list', 'contoso.sharepoint.com:/sites/team', 'Docs'], '/v1.0/sites/contoso.sharepoint.com:/sites/team:/lists/Docs/drive/root/subscriptions/socketIo', 'list:contoso.sharepoint.com:/sites/team/Docs'],
    [['list', 'https://contoso.sharepoint.com/sites/a%20b/', 'Docs'], '/v1.0/sites/contoso.sharepoint.com:/sites/a%20b:/lists/Docs/drive/root/subscriptions/socketIo', 'list:https://contoso.sharepoint.com/sites/a%20b//Docs'],
  ])('watch %j asks for its own endpoint, with the headers that Graph requires, and names itself so', async (target, path, name) => {
    const s = surroundings();
    const done = main(['watch', ...target, '-n', '1'], s);
    (await graph.connection(0)).notifyValue({ n: 1 });
    expect(await done).toBe(0);
    expect(graph.requests[0]).toMatchObject({ method: 'GET', url: path, headers: { authorization: 'Bearer opaque-token', 'content-type': 'application/json' } });
    expect(JSON.parse(s.stdout.text)).toMatchObject({ type: 'notification', target: name, data: { n: 1 } });
  });

  it.each([['drive', ''], ['drive', '..'], ['group', ' '], ['list', 'host', '.'], ['list', '', 'Docs'], ['list', 'host:/../x', 'Docs']])('watch %s %s %s is refused before anything is sent', async (...target) => {
    const s = surroundings();
    expect(await main(['watch', ...target], s)).toBe(2);
    expect(graph.requests).toHaveLength(0);
  });
});

describe('the push host', () => {
  it('gets the query as it is, the path as namespace, and no bearer', async () => {
    graph.answers.push({ notificationUrl: `${graph.pushUrl}/zb/callback?snthgk=a+b%2Bc&empty=&twice=1&twice=2` });
    const s = surroundings();
    const done = main(['watch', 'me', '-n', '1'], s);
    const connection = await graph.connection(0);
    connection.emit('notification', 'x');
    expect(connection.namespace).toBe('/zb/callback');
    expect(connection.url).toBe('/socket.io/?snthgk=a+b%2Bc&empty=&twice=1&twice=2&EIO=4&transport=websocket');
    expect(connection.headers.authorization).toBeUndefined();
    s.raise('SIGINT');
    await done;
  });
});

describe('the payload', () => {
  it('is a line for each entry, whatever comes, and nothing is dropped', async () => {
    const s = surroundings();
    const done = main(['watch', 'me', '-n', '9'], s);
    const connection = await graph.connection(0);
    connection.notify('{"value":[{"a":1},{"b":2}]}', '{"flat":true}', { value: [{ c: 3 }] }, 'no json \u001b[31m', 42, null, '{"value":[]}', [1, 2]);
    expect(await done).toBe(0);
    expect(s.stdout.lines.map((line) => (JSON.parse(line) as { data: unknown }).data)).toEqual([{ a: 1 }, { b: 2 }, { flat: true }, { c: 3 }, 'no json \u001b[31m', 42, null, { value: [] }, [1, 2]]);
  });
});

describe('--count and --timeout', () => {
  it.each([
    ['nothing came', [], 0, 124],
    ['an event came', [], 1, 0],
    ['the count was not met', ['-n', '3'], 1, 124],
    ['the count was met', ['-n', '1'], 1, 0],
  ])('when %s', async (_case, flags, events, code) => {
    const clock = steppedClock(Date.now());
    const s = surroundings({ clock });
    const done = main(['watch', 'me', '-t', '1h30m', '--lifecycle', ...flags], s);
    const connection = await graph.connection(0);
    await s.stdout.until('"type":"ready"');
    for (let n = 0; n < events; n += 1) connection.notifyValue({ n });
    if (events > 0) await s.stdout.until('"n":0');
    await clock.advance(90 * 60_000);
    expect(await done).toBe(code);
  });

  it.each([['-n', '0'], ['-n', 'x'], ['-n', '1.5'], ['-t', '5'], ['-t', '0s'], ['-t', '-1s'], ['-o', 'xml']])('refuses %s %s', async (...flags) => {
    const s = surroundings();
    expect(await main(['watch', 'me', ...flags], s)).toBe(2);
    expect(s.stdout.text).toBe('');
    expect(s.stderr.lines.length).toBeLessThanOrEqual(3);
    expect(graph.requests).toHaveLength(0);
  });
});

describe('--ready-file', () => {
  it('is made once the namespace is acknowledged, holds the ready record, and goes with the watch', async () => {
    const path = join(folder, 'ready');
    await writeFile(path, 'of a watch that was killed');
    graph.pushes.push('no-ack');
    const s = surroundings();
    const done = main(['watch', 'me', '--lifecycle', '--ready-file', path], s);
    await graph.until(() => graph.connections[0]?.received.includes('40/notifications,') === true);
    expect(existsSync(path)).toBe(false);
    graph.connections[0]!.send('40/notifications,{"sid":"x"}');
    await s.stdout.until('"type":"ready"');
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(JSON.parse(s.stdout.lines[0]!));
    s.raise('SIGTERM');
    expect(await done).toBe(143);
    expect(existsSync(path)).toBe(false);
  });
});

describe('the streams', () => {
  it('keep lifecycle on stderr, and put it into the records with --lifecycle', async () => {
    for (const flags of [[], ['--lifecycle']]) {
      const s = surroundings();
      const before = graph.connections.length;
      const done = main(['watch', 'me', '-n', '1', ...flags], s);
      (await graph.connection(before)).notifyValue({});
      await done;
      expect(types(s)).toEqual(flags.length === 0 ? ['notification'] : ['ready', 'notification', 'end']);
      if (flags.length === 0) expect(s.stderr.text).toContain('ready');
    }
  });

  it.each([
    ['pretty', { stdout: true }, [], {}],
    ['ndjson', {}, [], {}],
    ['ndjson', { stdout: true }, ['--json'], {}],
    ['ndjson', { stdout: true }, ['-o', 'ndjson'], { GRAPH_WATCH_OUTPUT: 'pretty' }],
    ['pretty', {}, [], { GRAPH_WATCH_OUTPUT: 'pretty' }],
  ])('have %s for a terminal %j, the flags %j and the environment %j', async (format, tty, flags, env) => {
    const s = surroundings({ tty, env });
    const done = main(['watch', 'me', '-n', '1', ...flags], s);
    (await graph.connection(0)).notifyValue({ resource: 'abc' });
    expect(await done).toBe(0);
    expect(s.stdout.text.startsWith('{"type":"notification"')).toBe(format === 'ndjson');
  });

  it('are silent with --quiet, but for events and errors', async () => {
    const s = surroundings();
    const done = main(['watch', 'me', '-n', '1', '-q'], s);
    (await graph.connection(0)).notifyValue({});
    await done;
    expect(s.stderr.text).toBe('');
    graph.answers.push({ status: 404, body: { error: { code: 'itemNotFound', message: 'No such drive.', innerError: { 'request-id': 'r-1' } } } });
    const refused = surroundings();
    expect(await main(['watch', 'me', '-q'], refused)).toBe(5);
    expect(refused.stderr.lines).toEqual([expect.stringContaining('itemNotFound'), 'request-id: r-1', expect.stringContaining('Check the id')]);
  });

  it('have one line of summary after Ctrl-C, which exits with 130', async () => {
    const s = surroundings();
    const done = main(['watch', 'me'], s);
    (await graph.connection(0)).notifyValue({});
    await s.stdout.until('notification');
    s.raise('SIGINT');
    expect(await done).toBe(130);
    expect(s.stderr.lines.at(-1)).toMatch(/^1 event in .*, no reconnects$/);
    expect(s.signalListeners).toBe(0);
  });
});

describe('tokens from the environment', () => {
  it('are read again from the file whenever one is needed', async () => {
    const path = join(folder, 'token');
    await writeFile(path, 'first-token\n');
    const s = surroundings({ env: { GRAPH_WATCH_TOKEN: '', GRAPH_WATCH_TOKEN_FILE: path } });
    const done = main(['watch', 'me', '--lifecycle'], s);
    await graph.connection(0);
    await s.stdout.until('"type":"ready"');
    await writeFile(path, 'second-token');
    graph.connections[0]!.disconnect();
    await graph.connection(1);
    s.raise('SIGINT');
    await done;
    expect(graph.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer first-token', 'Bearer second-token']);
  });

  it('do not go over plain http to another machine', async () => {
    const s = surroundings({ env: { GRAPH_WATCH_GRAPH_URL: 'http://graph.example' } });
    expect(await main(['watch', 'me'], s)).toBe(2);
  });

  it('missing altogether is exit 3, with what to do', async () => {
    const s = surroundings({ env: { GRAPH_WATCH_TOKEN: '' } });
    expect(await main(['watch', 'me'], s)).toBe(3);
    expect(s.stderr.text).toContain('graph-watch login');
  });
});

describe('endpoint', () => {
  it('prints the answer, the secret URL included, and nothing else', async () => {
    const s = surroundings();
    expect(await main(['endpoint', 'drive', 'b!x', '--list'], s)).toBe(0);
    expect(s.stdout.lines).toHaveLength(1);
    expect(JSON.parse(s.stdout.text)).toMatchObject({ notificationUrl: graph.endpoints[0] });
    expect(graph.handshakes).toHaveLength(0);
  });

  it.each([[401, 3], [403, 5], [404, 5], [429, 4], [500, 4]])('ends a %i with %i', async (status, code) => {
    graph.answers.push({ status, body: {} }, { status, body: {} });
    expect(await main(['endpoint', 'me'], surroundings())).toBe(code);
  });
});

describe('IPv6', () => {
  it('is as good an address as any', async () => {
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
