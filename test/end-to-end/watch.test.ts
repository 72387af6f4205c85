import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../src/main.ts';
import { startBinary, startShell } from '../support/binary.ts';
import { schemaErrors } from '../support/events-schema.ts';
import { fakeGraph, type FakeGraph } from '../support/fake-graph.ts';
import { fakeSurroundings, type FakeSurroundings, type FakeSurroundingsOptions } from '../support/fake-surroundings.ts';
import { settle, steppedClock } from '../support/stepped-clock.ts';

let graph: FakeGraph;
let folder: string;
beforeEach(async () => {
  graph = await fakeGraph();
  folder = mkdtempSync(join(tmpdir(), 'graph-watch-'));
});
afterEach(async () => {
  await graph.close();
  rmSync(folder, { recursive: true, force: true });
});

const signedIn = (env: Record<string, string> = {}): Record<string, string> => ({ GRAPH_WATCH_TOKEN: 'opaque-graph-token', GRAPH_WATCH_GRAPH_URL: graph.url, ...env });

/** Runs `graph-watch <line>` in this process, with a token. */
function start(line: string | readonly string[], options: FakeSurroundingsOptions = {}): FakeSurroundings & { done: Promise<number> } {
  const surroundings = fakeSurroundings({ ...options, env: signedIn(options.env) });
  return Object.assign(surroundings, { done: main(typeof line === 'string' ? line.split(' ') : line, surroundings) });
}

const records = (text: string): Record<string, unknown>[] => text.split('\n').slice(0, -1).map((one) => JSON.parse(one) as Record<string, unknown>);

describe('the request for the endpoint', () => {
  const GUID = 'da60e844-ba1d-49bc-b4d4-d5e36bae9019';
  it.each<[readonly string[], string]>([
    [['me'], '/me/drive/root'],
    [['drive', 'b!a+b c'], '/drives/b!a%2Bb%20c/root'],
    [['drive', '--list', 'b!abc'], '/drives/b!abc/list'],
    [['drive', '../../me/messages?x=1#y'], '/drives/..%2F..%2Fme%2Fmessages%3Fx%3D1%23y/root'],
    [['group', GUID], `/groups/${GUID}/drive/root`],
    [['list', `contoso.sharepoint.com,${GUID},${GUID}`, GUID], `/sites/contoso.sharepoint.com,${GUID},${GUID}/lists/${GUID}/drive/root`],
    [['list', 'contoso.sharepoint.com:/sites/Team A', 'My Documents'], '/sites/contoso.sharepoint.com:/sites/Team%20A:/lists/My%20Documents/drive/root'],
    [['list', 'https://contoso.sharepoint.com/sites/Team%20A/SitePages/Home.aspx', 'Documents'], '/sites/contoso.sharepoint.com:/sites/Team%20A:/lists/Documents/drive/root'],
  ])('of %j goes to its path, percent-encoded', async (target, path) => {
    const s = start(['endpoint', ...target]);
    expect(await s.done).toBe(0);
    expect(graph.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([`GET /v1.0${path}/subscriptions/socketIo`]);
  });

  it('carries the token, and the headers that the API requires', async () => {
    await start('endpoint me').done;
    expect(graph.requests[0]!.headers).toMatchObject({
      authorization: 'Bearer opaque-graph-token', 'content-type': 'application/json', 'client-request-id': expect.any(String), 'user-agent': expect.stringMatching(/^NONISV\|graph-watch\|graph-watch\/\d/),
    });
  });

  it.each<[readonly string[], string]>([
    [['drive', ''], 'error: The drive id is empty.'], [['drive', '..'], 'error: ".." is not a valid drive id.'], [['group', ' '], 'error: The group id is empty.'],
    [['list', 'contoso.sharepoint.com:/sites/..', 'x'], 'error: ".." is not a valid site path.'], [['list', 'x', ''], 'error: The list is empty.'],
  ])('of %j is refused before anything is sent', async (target, message) => {
    for (const command of ['watch', 'endpoint']) {
      const s = start([command, ...target]);
      expect(await s.done).toBe(2);
      expect(s.stderr.lines[0]).toBe(message);
    }
    expect(graph.requests).toEqual([]);
  });

  it('over plain http is refused to any other machine', async () => {
    const s = start('watch me', { env: { GRAPH_WATCH_GRAPH_URL: 'http://graph.example' } });
    expect(await s.done).toBe(2);
    expect(s.stderr.text).toBe('error: "http://graph.example" is not a valid graph-url: it must be https (plain http only on loopback).\n');
  });
});

describe('endpoint', () => {
  it('prints the whole answer as one line of JSON', async () => {
    const s = start('endpoint me');
    expect(await s.done).toBe(0);
    expect(s.stderr.text).toBe('');
    expect(records(s.stdout.text)).toEqual([expect.objectContaining({ id: 'endpoint-1', notificationUrl: graph.endpoints[0], resource: expect.any(String) })]);
    expect(graph.handshakes).toEqual([]);
  });

  it.each([
    [{ status: 403, body: { error: { code: 'accessDenied', message: 'Access denied' } } }, 5, ['error: Graph returned 403 accessDenied: Access denied', 'request-id: request-1', /^The account cannot read this drive, or the token lacks a scope: /]],
    [{ status: 404, body: { error: { code: 'itemNotFound', message: 'Not\u001b[2J here.\n' } } }, 5, ['error: Graph returned 404 itemNotFound: Not\\x1b[2J here', 'request-id: request-1', /^The account may have no OneDrive yet/]],
    [{ status: 503, headers: { 'retry-after': '61' }, body: '<html>' }, 4, ['error: Graph returned 503', 'request-id: request-1']],
    [{ status: 302, headers: { location: 'https://elsewhere.example/' }, body: '' }, 4, ['error: Graph returned 302', 'request-id: request-1']],
    [{ body: {} }, 4, ['error: Graph\'s endpoint response is unusable: it has no notificationUrl.']],
    [{ body: '<html>' }, 4, ['error: Graph\'s endpoint response is unusable: it has no notificationUrl.']],
    [{ notificationUrl: 'http://push.example/n?token=w1-secret' }, 4, ['error: Graph\'s endpoint response is unusable: its notificationUrl is not https (http://push.example).']],
    [{ status: 401, body: { error: { code: 'InvalidAuthenticationToken' } } }, 3, [/^error: Graph refused the token/, /GRAPH_WATCH_TOKEN/]],
  ] as const)('answered with %j exits with %i and prints one to three lines', async (answer, code, lines) => {
    graph.answers.push(answer, answer);
    const s = start('endpoint me');
    expect(await s.done).toBe(code);
    expect(s.stdout.text).toBe('');
    expect(s.stderr.lines).toEqual(lines.map((one) => (typeof one === 'string' ? one : expect.stringMatching(one))));
    expect(s.stderr.text).not.toContain('w1-secret');
  });
});

describe('the push socket', () => {
  it('uses the URL\'s query unchanged in its handshake, the path as its namespace, and no Graph token', async () => {
    graph.answers.push({ notificationUrl: `${graph.pushUrl}/zbaehwg/callback?snthgk=1ff3-a+b%2Bc%20d&x=` });
    const s = start('watch me -n 1');
    const connection = await graph.connection(0);
    expect(connection.url).toBe('/socket.io/?snthgk=1ff3-a+b%2Bc%20d&x=&EIO=4&transport=websocket');
    expect(connection.namespace).toBe('/zbaehwg/callback');
    expect(connection.received[0]).toBe('40/zbaehwg/callback,');
    expect(Object.keys(connection.headers)).not.toContain('authorization');
    expect(JSON.stringify(connection.headers)).not.toContain('opaque-graph-token');
    expect(graph.handshakes).toHaveLength(1);
    connection.notify('x');
    expect(await s.done).toBe(0);
  });
});

describe('a notification', () => {
  it('becomes one line per entry of its value, verbatim, whatever its shape', async () => {
    const s = start('watch me -n 9');
    const connection = await graph.connection(0);
    connection.notifyValue({ resource: 'a', 'é\u2028': [null] }, { resource: 'b' });
    connection.notify('{"flat":true}', { value: [{ object: true }] }, 'no JSON', '{"value":[]}');
    connection.emit('notification');
    connection.emit('notification', 'one', 'two');
    expect(await s.done).toBe(0);
    const lines = records(s.stdout.text);
    expect(lines.map(({ data }) => data)).toEqual([
      { resource: 'a', 'é\u2028': [null] }, { resource: 'b' }, { flat: true }, { object: true }, 'no JSON', { value: [] }, null, 'one', 'two',
    ]);
    for (const line of lines) {
      expect(schemaErrors(line)).toEqual([]);
      expect(Object.keys(line)).toEqual(['type', 'time', 'target', 'data']);
      expect(line).toMatchObject({ type: 'notification', target: 'me' });
    }
  });

  it('is not dropped if it is an unknown event, is binary, or asks for an acknowledgement', async () => {
    const s = start('watch me -n 3 --debug');
    const connection = await graph.connection(0);
    connection.emit('surprise', { a: 1 });
    connection.send('42/notifications,7["notification","with an id"]');
    connection.send('451-/notifications,["notification",{"_placeholder":true,"num":0}]');
    connection.send(Buffer.from('{"value":["binary"]}'));
    expect(await s.done).toBe(0);
    expect(records(s.stdout.text).map(({ data }) => data)).toEqual([{ event: 'surprise', arguments: [{ a: 1 }] }, 'with an id', 'binary']);
    expect(s.stderr.text).toContain('it sent an unknown event: "surprise"');
  });

  it('names the target as given on the command line', async () => {
    const s = start(['watch', 'list', 'https://contoso.sharepoint.com/sites/Team%20A', 'My Docs', '-n', '1']);
    (await graph.connection(0)).notify('x');
    await s.done;
    expect(records(s.stdout.text)[0]).toMatchObject({ target: 'list:https://contoso.sharepoint.com/sites/Team%20A/My Docs' });
  });

  it('is written as soon as it arrives', async () => {
    const s = start('watch me');
    const connection = await graph.connection(0);
    for (const number of [1, 2, 3]) {
      connection.notifyValue({ number });
      await s.stdout.until(`{"number":${number}}}\n`);
    }
    s.raise('SIGINT');
    await s.done;
  });
});

describe('the output format', () => {
  const shown = async (line: string, options: FakeSurroundingsOptions = {}): Promise<string> => {
    const s = start(`watch me -n 1 ${line}`.trim(), options);
    (await graph.connection(graph.connections.length)).notifyValue({ resource: 'r-1' });
    expect(await s.done).toBe(0);
    return s.stdout.text;
  };
  const NDJSON = /^\{"type":"notification","time":"[^"]+","target":"me","data":\{"resource":"r-1"\}\}\n$/;
  const PRETTY = /^\d\d:\d\d:\d\d {2}notification {2}me changed\n$/;
  const tty = { stdout: true };

  it('is NDJSON in a pipe and pretty on a terminal', async () => {
    expect(await shown('')).toMatch(NDJSON);
    expect(await shown('--no-color', { tty })).toMatch(PRETTY);
  });

  it('is taken from the environment unless a flag says otherwise', async () => {
    expect(await shown('', { env: { GRAPH_WATCH_OUTPUT: 'pretty' } })).toMatch(PRETTY);
    expect(await shown('', { env: { GRAPH_WATCH_OUTPUT: 'ndjson' }, tty })).toMatch(NDJSON);
    expect(await shown('-o ndjson', { env: { GRAPH_WATCH_OUTPUT: 'pretty' } })).toMatch(NDJSON);
    expect(await shown('--json', { env: { GRAPH_WATCH_OUTPUT: 'pretty' }, tty })).toMatch(NDJSON);
    expect(await shown('--output pretty', { env: { GRAPH_WATCH_OUTPUT: 'ndjson' } })).toMatch(PRETTY);
  });

  it('is refused if it is unknown', async () => {
    const s = start('watch me', { env: { GRAPH_WATCH_OUTPUT: 'xml' } });
    expect(await s.done).toBe(2);
    expect(s.stderr.text).toMatch(/^error: "xml" is not a valid output/);
  });

  it('has colors on a terminal, and elsewhere if they are forced', async () => {
    expect(await shown('', { tty })).toContain('\u001b[');
    expect(await shown('-o pretty', { env: { FORCE_COLOR: '1' } })).toContain('\u001b[');
    expect(await shown('-o pretty')).not.toContain('\u001b[');
    expect(await shown('', { tty, env: { NO_COLOR: '1' } })).not.toContain('\u001b[');
    expect(await shown('', { tty, env: { NO_COLOR: '1', FORCE_COLOR: '1' } })).not.toContain('\u001b[');
    expect(await shown('', { tty, env: { FORCE_COLOR: '0' } })).not.toContain('\u001b[');
    expect(await shown('--no-color', { tty, env: { FORCE_COLOR: '1' } })).not.toContain('\u001b[');
    expect(await shown('--json', { tty })).toMatch(NDJSON);
  });
});

describe('output for people', () => {
  it('consists of short lines on stderr', async () => {
    const s = start('watch me -n 1');
    (await graph.connection(0)).notify('x');
    await s.done;
    expect(s.stderr.lines).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d {2}ready {5}Watching me/), expect.stringMatching(/ end {7}reached --count 1$/), expect.stringMatching(/^1 event in \d+ ms, no reconnects$/),
    ]);
  });

  it('is silenced by --quiet, wherever the flag stands', async () => {
    for (const [index, line] of ['watch me -n 1 -q', '--quiet watch me -n 1', 'watch --quiet me -n 1'].entries()) {
      const s = start(line);
      (await graph.connection(index)).notify('x');
      await s.done;
      expect(s.stderr.text).toBe('');
      expect(s.stdout.lines).toHaveLength(1);
    }
  });

  it('also goes to the stream with --lifecycle, as records that match the schema', async () => {
    const s = start('watch me -n 1 --lifecycle', { random: () => 0.001 });
    const first = await graph.connection(0);
    await s.stdout.until('"ready"');
    first.terminate();
    (await graph.connection(1)).notify('x');
    expect(await s.done).toBe(0);
    const lines = records(s.stdout.text);
    expect(lines.map(({ type }) => type)).toEqual(['ready', 'reconnecting', 'gap', 'ready', 'notification', 'end']);
    for (const line of lines) expect(schemaErrors(line)).toEqual([]);
    expect(s.stderr.text).toMatch(/1 event in .*, 1 reconnect\n$/);
  });

  it.each<[string, Parameters<typeof start>[1]]>([
    ['stdout is a pipe, whose reader shares the screen', { tty: { stderr: true } }],
    ['it runs in CI', { tty: { stdout: true, stderr: true }, env: { CI: 'true' } }],
    ['the terminal cannot move its cursor', { tty: { stdout: true, stderr: true }, env: { TERM: 'dumb' } }],
  ])('is not animated if %s', async (_where, options) => {
    const s = start('watch me -n 1', options);
    (await graph.connection(0)).notify('x');
    expect(await s.done).toBe(0);
    // The sequence that hides the cursor, and the one that the status line begins with.
    expect(s.stdout.text + s.stderr.text).not.toContain('\u001b[?');
    expect(s.stderr.lines).toHaveLength(3);
  });

  it('is animated only on a terminal', async () => {
    const s = start('watch me', { tty: { stdout: true, stderr: true } });
    const connection = await graph.connection(0);
    await s.stderr.until('connected for');
    connection.notify('x');
    await s.stdout.until('notification');
    s.raise('SIGINT');
    expect(await s.done).toBe(130);
    expect(s.stderr.text).toContain('\u001b[?25l');
    expect(s.stderr.text.lastIndexOf('\u001b[?25h')).toBeGreaterThan(s.stderr.text.lastIndexOf('\u001b[?25l'));
    expect(s.stderr.text).toMatch(/1 event in .*, no reconnects\n$/);
  });
});

describe('--count', () => {
  it('exits with 0 at the n-th event, even in the middle of a payload', async () => {
    const s = start('watch me -n 2');
    (await graph.connection(0)).notifyValue(1, 2, 3);
    expect(await s.done).toBe(0);
    expect(records(s.stdout.text).map(({ data }) => data)).toEqual([1, 2]);
  });

  it('closes the connection cleanly', async () => {
    const s = start('watch me -n 1');
    const connection = await graph.connection(0);
    connection.notify('x');
    await s.done;
    await connection.closed;
    expect(connection.received.at(-1)).toBe('41/notifications,');
  });
});

describe('--timeout', () => {
  const timed = async (line: string, events: number): Promise<number> => {
    const clock = steppedClock(Date.now());
    const s = start(`watch me -t 1h30m ${line}`.trim(), { clock });
    const connection = await graph.connection(0);
    await s.stderr.until('ready');
    for (let i = 0; i < events; i += 1) connection.notifyValue({ i });
    if (events > 0) await s.stdout.until(`{"i":${events - 1}}`);
    await clock.advance(90 * 60_000);
    return s.done;
  };

  it('exits with 124 if nothing came', async () => {
    expect(await timed('', 0)).toBe(124);
  });

  it('exits with 0 if something came and there is no --count', async () => {
    expect(await timed('', 1)).toBe(0);
  });

  it('exits with 124 if fewer events came than --count', async () => {
    expect(await timed('-n 2', 1)).toBe(124);
  });

  it('does not delay the end when --count is reached', async () => {
    const s = start('watch me -t 1h -n 1');
    (await graph.connection(0)).notify('x');
    expect(await s.done).toBe(0);
  });

  it('applies even while Graph does not answer', async () => {
    const clock = steppedClock(Date.now());
    graph.answers.push('hang');
    const s = start('watch me -t 5s', { clock });
    await graph.until(() => graph.requests.length === 1);
    await clock.advance(5_000);
    expect(await s.done).toBe(124);
    expect(s.stderr.text).toMatch(/^\S+ {2}end {7}timed out after \w+\n$/);
  });
});

describe('a signal', () => {
  it.each([['SIGINT', 130, 'Ctrl-C'], ['SIGTERM', 143, 'SIGTERM'], ['SIGHUP', 129, 'terminal closed']] as const)('%s makes the watch exit with %i and one line of summary', async (signal, code, name) => {
    const s = start('watch me');
    const connection = await graph.connection(0);
    connection.notify('x');
    await s.stdout.until('"x"');
    const before = s.stderr.lines.length;
    s.raise(signal);
    expect(await s.done).toBe(code);
    expect(s.stderr.lines.slice(before)).toEqual([expect.stringContaining(`stopped (${name})`), expect.stringMatching(/^1 event in \d+ ms, no reconnects$/)]);
    expect(s.exits).toEqual([]);
    expect(s.signalListeners).toBe(0);
  });

  it('ends the process at once the second time', async () => {
    const s = start('watch me');
    await graph.connection(0);
    s.raise('SIGINT');
    s.raise('SIGINT');
    expect(s.exits).toEqual([130]);
    expect(await s.done).toBe(130);
  });

  it('ends the real binary the same way', async () => {
    for (const [index, [signal, code]] of ([['SIGINT', 130], ['SIGTERM', 143]] as const).entries()) {
      const run = startBinary(['watch', 'me'], { env: signedIn() });
      await graph.connection(index);
      await run.until('stderr', 'ready');
      run.process.kill(signal);
      const { code: got, stdout, stderr } = await run.done;
      expect([got, stdout]).toEqual([code, '']);
      expect(stderr).toMatch(/\n0 events in .*, no reconnects\n$/);
    }
  });

  it('before the first connection leaves no summary', async () => {
    graph.answers.push('hang');
    const s = start('watch me');
    await graph.until(() => graph.requests.length === 1);
    s.raise('SIGINT');
    expect(await s.done).toBe(130);
    expect(s.stderr.lines).toEqual([expect.stringContaining('stopped (Ctrl-C)')]);
  });

  it('ends endpoint silently', async () => {
    graph.answers.push('hang');
    const s = start('endpoint me');
    await graph.until(() => graph.requests.length === 1);
    s.raise('SIGINT');
    expect(await s.done).toBe(130);
    expect(s.stderr.text).toBe('');
  });
});

describe('--ready-file', () => {
  it('exists only while the namespace is acknowledged, and contains the ready record', async () => {
    const path = join(folder, 'ready');
    writeFileSync(path, '{"type":"ready","time":"2026-05-11T20:00:00.000Z","target":"me"}\n');
    graph.pushes.push('no-ack');
    const s = start(['watch', 'me', '--ready-file', path]);
    await graph.until(() => graph.connections[0]?.namespace !== undefined);
    expect(existsSync(path)).toBe(false);
    graph.connections[0]!.send('40/notifications,{"sid":"1"}');
    await s.stderr.until('ready');
    const [record] = records(readFileSync(path, 'utf8'));
    expect(record).toEqual({ type: 'ready', time: expect.any(String), target: 'me' });
    expect(schemaErrors(record)).toEqual([]);
    s.raise('SIGTERM');
    expect(await s.done).toBe(143);
    expect(existsSync(path)).toBe(false);
  });

  it('that cannot be written is refused before anything is sent', async () => {
    for (const path of [join(folder, 'nowhere', 'ready'), folder]) {
      const s = start(['watch', 'me', '--ready-file', path]);
      expect(await s.done).toBe(2);
      expect(s.stderr.lines[0]).toContain(`error: The ready file ${path} cannot be written`);
    }
    expect(graph.requests).toEqual([]);
  });
});

describe('stdout', () => {
  it('that is full is an error, although --count was reached', async () => {
    const shell = startShell('graph-watch watch me -n 1 > /dev/full', signedIn());
    (await graph.connection(0)).notify('x');
    const { code, stderr } = await shell.done;
    expect(code).toBe(1);
    expect(stderr.split('\n').slice(-3)).toEqual([expect.stringMatching(/^error: could not write to stdout: ENOSPC/), expect.stringMatching(/^Check/), '']);
  });

  it.each(['endpoint me', 'config path', 'status'])('that is full is an error for %s too', async (words) => {
    const { code, stderr } = await startShell(`graph-watch ${words} > /dev/full`, signedIn()).done;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: could not write to stdout: ENOSPC.*\nCheck .*\n$/);
  });

  it('that is closed from the start is not an error', async () => {
    const shell = startShell('graph-watch watch me -n 1 >&-', signedIn());
    (await graph.connection(0)).notify('x');
    const { code, stderr } = await shell.done;
    expect(code).toBe(0);
    expect(stderr).toContain('reached --count 1');
  });

  it('whose reader exits ends the watch cleanly, with 0', async () => {
    const s = start('watch me');
    const connection = await graph.connection(0);
    s.stdout.breakWith('EPIPE');
    connection.notify('x');
    expect(await s.done).toBe(0);
    await connection.closed;
    expect(s.stderr.text).toContain('output closed by reader');
    expect(s.stderr.text).not.toMatch(/error|EPIPE/);
  });
});

describe('stderr', () => {
  it('that is closed or full does not disturb the watch', async () => {
    for (const [index, redirection] of ['2>&-', '2>/dev/full', '2> >(exec true)'].entries()) {
      const shell = startShell(`graph-watch watch me -n 1 ${redirection}`, signedIn());
      (await graph.connection(index)).notify('x');
      const { code, stdout } = await shell.done;
      expect([code, records(stdout).length]).toEqual([0, 1]);
    }
  });
});

describe('the token', () => {
  const file = (content: string): string => {
    const path = join(folder, 'token');
    writeFileSync(path, content);
    return path;
  };
  const asked = async (env: Record<string, string>): Promise<{ code: number; stderr: string; sent: string[] }> => {
    const before = graph.requests.length;
    const s = start('endpoint me', { env });
    const code = await s.done;
    return { code, stderr: s.stderr.text, sent: graph.requests.slice(before).map(({ headers }) => headers.authorization ?? '') };
  };

  it('is read from its file, without the newline that editors leave', async () => {
    expect(await asked({ GRAPH_WATCH_TOKEN: '', GRAPH_WATCH_TOKEN_FILE: file('token-from-file\r\n') })).toEqual({ code: 0, stderr: '', sent: ['Bearer token-from-file'] });
  });

  it('in the environment wins over the one in the file', async () => {
    expect((await asked({ GRAPH_WATCH_TOKEN: ' token-from-env ', GRAPH_WATCH_TOKEN_FILE: file('token-from-file') })).sent).toEqual(['Bearer token-from-env']);
  });

  it('is read again whenever one is needed', async () => {
    const path = file('token-1');
    graph.answers.push(() => {
      writeFileSync(path, 'token-2');
      return { status: 401, body: {} };
    });
    expect((await asked({ GRAPH_WATCH_TOKEN: '', GRAPH_WATCH_TOKEN_FILE: path })).sent).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it.each([['', /is empty/], ['two words', /not contain a valid access token/], ['inject\r\nX-Evil: 1', /not contain a valid access token/], ['grüße', /not contain a valid access token/]])(
    'cannot be %j', async (content, message) => {
      const { code, stderr, sent } = await asked({ GRAPH_WATCH_TOKEN: '', GRAPH_WATCH_TOKEN_FILE: file(content) });
      expect([code, sent]).toEqual([3, []]);
      expect(stderr).toMatch(message);
      if (content !== '') expect(stderr).not.toContain(content);
    },
  );

  it('that is missing means exit code 3 and a hint', async () => {
    expect(await asked({ GRAPH_WATCH_TOKEN: '', GRAPH_WATCH_TOKEN_FILE: join(folder, 'missing') })).toMatchObject({ code: 3, stderr: expect.stringContaining('Check GRAPH_WATCH_TOKEN_FILE.') });
    expect(await asked({ GRAPH_WATCH_TOKEN: '' })).toMatchObject({ code: 3, stderr: expect.stringContaining('Run graph-watch login.') });
    const s = start('watch me', { env: { GRAPH_WATCH_TOKEN: '' } });
    expect(await s.done).toBe(3);
    expect(graph.requests).toEqual([]);
  });
});

it('a watch leaves no timer, listener or socket behind', async () => {
  const s = start('watch me -n 1 -t 1h --lifecycle');
  const connection = await graph.connection(0);
  connection.notify('x');
  await s.done;
  await connection.closed;
  await settle();
  expect(s.signalListeners).toBe(0);
});
