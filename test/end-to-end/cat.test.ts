import { createHash, randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../src/main.ts';
import { startBinary, startShell } from '../support/binary.ts';
import { contentHost, cutAfter, whole, type ContentHost } from '../support/content-host.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';
import { fakeGraph, type FakeGraph, type GraphAnswer } from '../support/fake-graph.ts';
import { fakeSurroundings, type FakeSurroundings } from '../support/fake-surroundings.ts';
import { impatientClock } from '../support/impatient-clock.ts';

const hash = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

describe('cat of the emulator\'s drive', () => {
  let drive: EmulatedDrive;
  beforeEach(async () => {
    drive = await emulatedDrive();
    drive.write('Reports/Q3 #1.txt', 'revenue: up\n');
    drive.write('empty', '');
    await drive.running.admin('rescan');
  });
  afterEach(() => drive.close());

  async function run(...args: string[]): Promise<{ code: number; s: FakeSurroundings }> {
    const clock = impatientClock();
    void clock.skip(1_000);
    const s = fakeSurroundings({ env: drive.env, clock });
    return { code: await main(['cat', ...args], s), s };
  }
  const idOf = async (path: string): Promise<string> => (await drive.running.graph(`/v1.0/me/drive/root:/${encodeURIComponent(path).replaceAll('%2F', '/')}`)).string('id');

  it('prints a file by its path, by its id, and by its address', async () => {
    for (const args of [['me', '/Reports/Q3 #1.txt'], ['me', 'Reports/Q3 #1.txt'], ['me', await idOf('Reports/Q3 #1.txt')], ['https://example.com/sites/Engineering/Shared%20Documents/Reports/Q3%20%231.txt']]) {
      const { code, s } = await run(...args);
      expect([args, code, s.stdout.text, s.stderr.text]).toEqual([args, 0, 'revenue: up\n', '']);
    }
    const { code, s } = await run('me', 'empty');
    expect([code, s.stdout.text, s.stderr.text]).toEqual([0, '', '']);
  });

  it('passes on every byte, and does not show the download URL', async () => {
    const content = randomBytes(3_000_000);
    writeFileSync(join(drive.running.folder, 'big.bin'), content);
    await drive.running.admin('rescan');
    const child = startShell('graph-watch --debug cat me big.bin | sha256sum', drive.env);
    const { code, stdout, stderr } = await child.done;
    expect([code, stdout.slice(0, 64)]).toEqual([0, hash(content)]);
    expect(stderr).toContain('/content 302');
    expect(stderr).not.toMatch(/tempauth|expires=/);
  });

  it('exits with 0 when its reader has had enough', async () => {
    writeFileSync(join(drive.running.folder, 'big.bin'), randomBytes(3_000_000));
    await drive.running.admin('rescan');
    const { stdout, stderr } = await startShell('{ graph-watch cat me big.bin; echo "code $?" >&2; } | head -c 10 | wc -c', drive.env).done;
    expect([stdout.trim(), stderr]).toEqual(['10', 'code 0\n']);
  });

  it.each([
    [['me', 'Reports'], 5, '"/Reports" is a folder.\ngraph-watch ls lists what is in it.'],
    [['me'], 5, '"/" is a folder.'],
    [['me', '/none.txt'], 5, 'There is no /none.txt in the drive.'],
    [['me', '01AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'], 5, 'There is no /01AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA in the drive.'],
    [['me', '../x'], 2, 'contains ".."'],
  ])('with %j exits with %d', async (args, code, message) => {
    const result = await run(...args);
    expect([result.code, result.s.stdout.text]).toEqual([code, '']);
    expect(result.s.stderr.text).toContain(message);
  });

  const hasFullDevice = existsSync('/dev/full');
  (hasFullDevice ? it : it.skip)('reports that stdout is full', async () => {
    const full = openSync('/dev/full', 'w');
    const { code, stderr } = await startBinary(['cat', 'me', 'Reports/Q3 #1.txt'], { env: drive.env, stdout: full }).done;
    closeSync(full);
    expect(code).toBe(1);
    expect(stderr).toContain('could not write to stdout: ENOSPC');
  });
});

describe('cat of a Graph with odd answers', () => {
  const content = randomBytes(200_000);
  let graph: FakeGraph;
  let host: ContentHost;
  let place: string;
  beforeEach(async () => {
    graph = await fakeGraph();
    host = await contentHost();
    place = mkdtempSync(join(tmpdir(), 'graph-watch-cat-'));
  });
  afterEach(async () => {
    await graph.close();
    await host.close();
    rmSync(place, { recursive: true, force: true });
  });

  const item = { id: 'F1', name: 'file.bin', eTag: '"1"', file: {} };
  const answersOf = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
    '/me/drive/root:/file.bin': item, '/me/drive/items/F1': item,
    '/me/drive/items/F1/content': { location: `${host.url}/dl/file.bin?tempauth=v1.secret-DOWNLOAD-token` }, ...more,
  });

  function prepare(answers: Record<string, unknown>): void {
    const answer = ({ url }: { url: string }): GraphAnswer => {
      const found = answers[decodeURIComponent(url.replace('/v1.0', '').replace(/\?\$select.*$/, ''))];
      const body = typeof found === 'function' ? (found as () => unknown)() : found;
      if (body === undefined) return { status: 404, body: { error: { code: 'itemNotFound', message: 'Item not found' } } };
      const { location } = body as { location?: string };
      return location === undefined ? { body } : { status: 302, headers: { location }, body: '' };
    };
    graph.answers.push(...Array.from({ length: 100 }, () => answer));
  }
  const env = (): Record<string, string> => ({ GRAPH_WATCH_TOKEN: 'opaque-GRAPH-token', GRAPH_WATCH_GRAPH_URL: graph.url, GRAPH_WATCH_CONFIG_DIR: place });

  function start(...args: string[]): { done: Promise<number>; s: FakeSurroundings; bytes: () => Buffer } {
    const clock = impatientClock();
    for (let pauses = 0; pauses < 10; pauses += 1) void clock.skip(1_000);
    const s = fakeSurroundings({ env: env(), clock, random: () => 0.001 });
    const pieces: Buffer[] = [];
    const write = s.stdout.write.bind(s.stdout);
    s.stdout.write = ((piece: Buffer, done: () => void) => {
      pieces.push(Buffer.from(piece));
      return write('', done);
    }) as typeof s.stdout.write;
    return { done: main(['--debug', 'cat', 'me', ...args], s), s, bytes: () => Buffer.concat(pieces) };
  }
  const expectNoSecret = (s: FakeSurroundings): void => {
    expect(s.stderr.text).not.toMatch(/GRAPH-token|DOWNLOAD-token|tempauth/);
  };

  it('sends the download host neither the token nor any other header meant for Graph', async () => {
    prepare(answersOf());
    host.scripts.push(whole(content));
    const { done, s, bytes } = start('file.bin');
    expect(await done).toBe(0);
    expect(hash(bytes())).toBe(hash(content));
    expect(Object.keys(host.requests[0]!.headers).sort()).toEqual(['accept-encoding', 'connection', 'host', 'user-agent']);
    expectNoSecret(s);
  });

  it('follows a redirect from the download host, and sends nothing more', async () => {
    prepare(answersOf());
    host.scripts.push((_request, response) => response.writeHead(302, { location: '/other?tempauth=DOWNLOAD-token-2' }).end(), whole(content));
    const { done, s, bytes } = start('file.bin');
    expect(await done).toBe(0);
    expect([hash(bytes()), host.requests[1]!.url]).toEqual([hash(content), '/other?tempauth=DOWNLOAD-token-2']);
    expect(host.requests[1]!.headers.authorization).toBeUndefined();
    expectNoSecret(s);
  });

  it('continues an interrupted download after the last byte, with a new URL', async () => {
    prepare(answersOf());
    host.scripts.push(cutAfter(content, 50_000), cutAfter(content, 0), cutAfter(content, 70_000), whole(content));
    const { done, s, bytes } = start('file.bin');
    expect(await done).toBe(0);
    expect(hash(bytes())).toBe(hash(content));
    expect(host.requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=50000-', 'bytes=50000-', 'bytes=120000-']);
    expect(graph.requests.filter(({ url }) => url.endsWith('/content'))).toHaveLength(4);
    expect(s.stderr.text).toContain('the download was interrupted after 50000 bytes');
    expectNoSecret(s);
  });

  it('continues without repeating a byte even if the host does not support ranges', async () => {
    prepare(answersOf());
    host.scripts.push(cutAfter(content, 50_000), (_request, response) => response.writeHead(200, { 'content-length': content.length }).end(content));
    const { done, bytes } = start('file.bin');
    expect([await done, hash(bytes())]).toEqual([0, hash(content)]);
  });

  it.each([
    ['the eTag has changed', { '/me/drive/items/F1': { ...item, eTag: '"2"' } }, [] as number[]],
    ['the file has become shorter', {}, [416]],
  ])('exits with 4 if the download was interrupted and %s', async (_where, more, statuses) => {
    prepare(answersOf(more));
    host.scripts.push(cutAfter(content, 50_000), ...statuses.map((status) => (_request: unknown, response: { writeHead(status: number): { end(): void } }) => { response.writeHead(status).end(); }));
    const { done, s, bytes } = start('file.bin');
    expect(await done).toBe(4);
    expect(bytes().length).toBe(50_000);
    expect(s.stderr.text).toContain('"file.bin" changed while it was being read; the 50000 bytes so far are from the earlier version.');
  });

  it('gives up on a download that keeps being interrupted without a byte', async () => {
    prepare(answersOf());
    host.scripts.push(...Array.from({ length: 20 }, () => cutAfter(content, 0)));
    const { done, s } = start('file.bin');
    expect(await done).toBe(4);
    expect(host.requests.length).toBeLessThan(10);
    expect(s.stderr.text).toContain('kept being interrupted');
  });

  it('exits with 4 if the host sends a different range than was asked for', async () => {
    prepare(answersOf());
    host.scripts.push(cutAfter(content, 50_000), (_request, response) => response.writeHead(206, { 'content-range': `bytes 10-${content.length - 1}/${content.length}` }).end(content.subarray(10)));
    const { done, s, bytes } = start('file.bin');
    expect([await done, bytes().length]).toEqual([4, 50_000]);
    expect(s.stderr.text).toContain('another part of "file.bin"');
  });

  it.each([
    ['http to another machine', 'http://content.example/dl?tempauth=DOWNLOAD-token', 5, 'to http://content.example, which is not https'],
    ['a file of this machine', 'file:///etc/passwd', 5, 'not https'],
    ['a user name', 'https://ada:DOWNLOAD-token@content.example/', 5, 'to content.example with a user name'],
    ['nonsense', 'https://', 5, 'it is not a valid URL'],
  ])('does not follow a redirect to %s', async (_what, location, code, message) => {
    prepare(answersOf({ '/me/drive/items/F1/content': { location } }));
    const { done, s } = start('file.bin');
    expect([await done, host.requests]).toEqual([code, []]);
    expect(s.stderr.text).toContain(message);
    expectNoSecret(s);
  });

  it.each([[403, 5, 'Downloads of this file may be blocked'], [404, 5, 'returned 404'], [204, 4, 'returned 204']])('explains an answer of %d from the download host', async (status, code, message) => {
    prepare(answersOf());
    host.scripts.push(...Array.from({ length: 40 }, () => (_request: unknown, response: { writeHead(status: number): { end(): void } }) => { response.writeHead(status).end(); }));
    const clock = impatientClock();
    const s = fakeSurroundings({ env: env(), clock: { ...clock, sleep: () => { clock.jump(30_000); return Promise.resolve(); } } });
    expect(await main(['cat', 'me', 'file.bin'], s)).toBe(code);
    expect(s.stderr.text).toContain(message);
    expectNoSecret(s);
  });

  it.each([
    ['a notebook', { id: 'N', name: 'Notes', package: { type: 'oneNote' } }, '"/x" is a OneNote notebook, which has no content of its own.'],
    ['another package', { id: 'N', name: 'Notes', package: { type: 'other' } }, '"/x" is a package'],
    ['a shortcut to a folder', { id: 'S', name: 'x', remoteItem: { id: 'R', folder: {}, parentReference: { driveId: 'd' } } }, '"/x" is a shortcut to a folder.'],
    ['a shortcut that leads nowhere', { id: 'S', name: 'x', remoteItem: {} }, '"x" is a shortcut, and Graph does not say where it leads.'],
  ])('says what it is instead of reading %s', async (_what, found, message) => {
    prepare({ '/me/drive/root:/x': found, '/drives/d/items/R': { id: 'R', name: 'Theirs', folder: {} } });
    const { done, s } = start('x');
    expect(await done).toBe(5);
    expect(s.stderr.text).toContain(message);
  });

  it('reads the file that a shortcut leads to', async () => {
    prepare({
      '/me/drive/root:/x': { id: 'S', name: 'x', remoteItem: { id: 'R', file: {}, parentReference: { driveId: 'd' } } }, '/drives/d/items/R': { id: 'R', name: 'theirs.bin', eTag: '"1"', file: {} },
      '/drives/d/items/R/content': { location: `${host.url}/dl` },
    });
    host.scripts.push(whole(content));
    const { done, bytes } = start('x');
    expect([await done, hash(bytes())]).toEqual([0, hash(content)]);
  });

  it('refuses to write what is not text to a terminal', async () => {
    prepare(answersOf());
    host.scripts.push(whole(Buffer.from('a\u0000b')));
    const s = fakeSurroundings({ env: env(), tty: { stdout: true } });
    expect([await main(['cat', 'me', 'file.bin'], s), s.stdout.text]).toEqual([2, '']);
    expect(s.stderr.text).toContain('Redirect the output to a file');
  });

  it('ends on Ctrl-C while its reader does not read', async () => {
    prepare(answersOf());
    host.scripts.push(whole(content));
    const s = fakeSurroundings({ env: env() });
    s.stdout.stall();
    const stalled = new Promise<void>((resolve) => {
      const write = s.stdout.write.bind(s.stdout);
      s.stdout.write = ((piece: Buffer, done: () => void) => {
        resolve();
        return write(piece, done);
      }) as typeof s.stdout.write;
    });
    const done = main(['cat', 'me', 'file.bin'], s);
    await stalled;
    s.raise('SIGINT');
    expect(await done).toBe(130);
  });
});
