import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CloudEvent } from 'cloudevents';
import { whoAmI } from '../../src/watch/finding/who-am-i.ts';
import { startBinary } from '../support/binary.ts';
import { schemaErrors } from '../support/events-schema.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';
import { impatientClock } from '../support/impatient-clock.ts';

let drive: EmulatedDrive;
beforeEach(async () => {
  drive = await emulatedDrive();
});
afterEach(async () => {
  await drive.close();
});

/** A command that appends a line of JSON to `out` on each run, and prints that it did. */
function recorder(ending = ''): string[] {
  const code = 'const fs = require("node:fs"); const stdin = fs.readFileSync(0, "utf8"); const { GRAPH_WATCH_EVENT_PATH: path } = process.env;'
    + 'fs.appendFileSync(process.argv[1], JSON.stringify({ stdin: JSON.parse(stdin), env: process.env }) + "\\n"); console.log(`did ${path}`);';
  return ['--', process.execPath, '-e', code + ending, join(drive.place, 'out')];
}

interface Run { stdin: Record<string, unknown>; env: Record<string, string> }

function runs(): Run[] {
  return readFileSync(join(drive.place, 'out'), 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line) as Run);
}

const pathOf = (record: Record<string, unknown> | undefined): unknown => (record?.item as { path?: string } | undefined)?.path;

describe('filters', () => {
  it('pass and count only what was asked for', async () => {
    const watch = await drive.watch(['--changes', '--path', 'reports/**', '--only', 'files', '--change', 'created,modified', '-n', '2']);
    drive.write('Other/x.txt', 'no');
    drive.write('Reports/a.txt', 'yes');
    await watch.stdout.until('/Reports/a.txt');
    drive.write('Reports/b.txt', 'yes');
    expect(await watch.done).toBe(0);
    expect(watch.records.map(pathOf)).toEqual(['/Reports/a.txt', '/Reports/b.txt']);
  });

  it('recognize the user\'s own changes by the id that Graph puts into a change', async () => {
    const me = await whoAmI(async (path) => {
      const { status, headers, json } = await drive.running.graph(`/v1.0${path}`);
      return { status, headers: headers as Record<string, string>, body: json };
    }, new AbortController().signal);
    for (const name of [me.email ?? '', 'me']) {
      const watch = await drive.watch(['--changes', '--by', name, '-n', '1']);
      drive.write('mine.txt', `by ${name}`);
      expect(await watch.done).toBe(0);
      expect(watch.records[0]).toMatchObject({ item: { lastModifiedBy: { user: { id: me.id } } } });
    }
    const other = await drive.watch(['--changes', '--notifications', '--not-by', 'me']);
    drive.write('mine-too.txt', 'mine');
    await other.stdout.until('notification');
    other.raise('SIGINT');
    expect(await other.done).toBe(130);
    expect(other.stdout.text).not.toContain('"change"');
  });

  it.each([
    [['--path', '/x'], 'Add --changes.'],
    [['--changes', '--path', '/x['], 'is not a valid glob'],
    [['--changes', '--change', 'lost'], 'created, modified'],
    [['--changes', '--by', ' '], 'is empty'],
    [['--batch'], 'need a command'],
    [['--forward-header', 'A: b'], 'need --forward'],
    [['--forward', 'http://example.com/'], 'plain http'],
    [['--'], 'Missing command'],
    [['ls'], 'If it is a command: graph-watch watch me --changes -- ls'],
  ])('and actions that make no sense are refused before anything is sent: %j', async (args, message) => {
    const watch = await drive.watch(args);
    expect(await watch.done).toBe(2);
    expect(watch.stderr.text).toContain(message);
    expect(watch.stdout.text).toBe('');
  });
});

describe('a command', () => {
  it('is run for each change in order, with the event, and without the token', async () => {
    const watch = await drive.watch(['--changes', '--debug', '-n', '2', ...recorder()]);
    drive.write('a.txt', '1');
    await watch.stdout.until('/a.txt');
    drive.write('b.txt', '2');
    expect(await watch.done).toBe(0);
    expect(runs().map(({ stdin }) => stdin)).toEqual(watch.records);
    expect(watch.records.flatMap(schemaErrors)).toEqual([]);
    expect(runs().map(({ env }) => [env.GRAPH_WATCH_EVENT_TYPE, env.GRAPH_WATCH_EVENT_CHANGE, env.GRAPH_WATCH_EVENT_PATH])).toEqual([['change', 'created', '/a.txt'], ['change', 'created', '/b.txt']]);
    expect(JSON.stringify(runs())).not.toContain(drive.token);
    // stdout is for events alone.
    expect(watch.stderr.text).toContain('did /a.txt\n');
  });

  it('is run for notifications too', async () => {
    const watch = await drive.watch(['-n', '1', ...recorder()]);
    drive.write('a.txt', '1');
    expect(await watch.done).toBe(0);
    expect(runs().map(({ stdin }) => stdin)).toEqual(watch.records);
    expect(runs()[0]?.env).toMatchObject({ GRAPH_WATCH_EVENT_TYPE: 'notification' });
  });

  it('writes to stdout if people read it', async () => {
    const watch = await drive.watch(['--changes', '-n', '1', ...recorder()], { tty: true });
    drive.write('a.txt', 'four');
    expect(await watch.done).toBe(0);
    const [change, said] = watch.stdout.lines;
    expect(change).toMatch(/created.* {2}Ada Lovelace {4}\/a\.txt$/);
    expect(said).toBe('did /a.txt');
  });

  it('may fail: the failure is reported, and the watch continues', async () => {
    const watch = await drive.watch(['--changes', '-n', '2', ...recorder('process.exit(3)')]);
    drive.write('a.txt', '1');
    await watch.stdout.until('/a.txt');
    drive.write('b.txt', '2');
    expect(await watch.done).toBe(0);
    expect(watch.stderr.text.match(/error: .* failed with exit code 3\./g)).toHaveLength(2);
  });

  it('that fails ends the watch with --fail-fast, and the next run repeats it for the same event', async () => {
    const first = await drive.watch(['--changes', '--resume', '--fail-fast', ...recorder('process.exit(3)')]);
    drive.write('a.txt', '1');
    expect(await first.done).toBe(6);
    expect(first.stderr.text).toMatch(/\nerror: .* for created \/a\.txt failed with exit code 3\.\n$/);
    const second = await drive.watch(['--changes', '--resume', '-n', '1', ...recorder()]);
    expect(await second.done).toBe(0);
    expect(second.records[0]).toMatchObject({ via: 'catchup', item: { path: '/a.txt' } });
    // This time it was handled, and it is not reported again.
    const third = await drive.watch(['--changes', '--resume', '-n', '1', ...recorder()]);
    drive.write('b.txt', '2');
    expect(await third.done).toBe(0);
    expect(runs().map(({ stdin }) => pathOf(stdin))).toEqual(['/a.txt', '/a.txt', '/b.txt']);
  });

  it('that does not exist is reported, with what to do', async () => {
    const watch = await drive.watch(['--changes', '--', join(drive.place, 'nothing')]);
    expect(await watch.done).toBe(127);
    expect(watch.stderr.text).toContain('program not found');
  });

  it('that does not end is killed after Ctrl-C, and the exit code is that of Ctrl-C', async () => {
    const clock = impatientClock();
    const watch = await drive.watch(['--changes', '--', process.execPath, '-e', 'process.on("SIGINT", () => console.log("asked")); console.log("running"); setInterval(() => {}, 1000)'], { clock });
    drive.write('a.txt', '1');
    await watch.stderr.until('running');
    watch.raise('SIGINT');
    await watch.stderr.until('asked');
    await clock.skip(2_000);
    expect(await watch.done).toBe(130);
    expect(watch.stderr.text).not.toContain('SIGTERM.');
  });

  it('gets everything that gathered during a pause at once, with the real binary', async () => {
    const run = startBinary(['watch', 'me', '--changes', '-n', '2', '--debounce', '1m', '--batch', ...recorder()], { env: drive.env });
    await run.until('stderr', 'waiting for changes');
    drive.write('a.txt', '1');
    await run.until('stdout', '/a.txt');
    drive.write('b.txt', '2');
    // The pause is a minute, but once the count is reached nothing more can come.
    expect((await run.done).code).toBe(0);
    expect(runs().map(({ env }) => env.GRAPH_WATCH_EVENT_COUNT)).toEqual(['2']);
    expect(JSON.stringify(runs())).not.toContain(drive.token);
  });
});

describe('a forward', () => {
  let server: Server;
  let url: string;
  let seen: { headers: IncomingHttpHeaders; body: Record<string, unknown> }[];
  let answers: [status: number, headers: Record<string, string>][];
  beforeEach(async () => {
    seen = [];
    answers = [];
    server = createServer((request, response) => {
      void text(request).then((body) => {
        seen.push({ headers: request.headers, body: JSON.parse(body) as Record<string, unknown> });
        const [status, headers] = answers.shift() ?? [200, {}];
        response.writeHead(status, headers).end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?signature=very-secret-query`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('posts each event in order, retries what was not accepted, and shows no secrets', async () => {
    answers = [[503, { 'retry-after': '0' }], [429, { 'retry-after': '0' }]];
    const watch = await drive.watch(['--changes', '--debug', '-n', '2', '--forward', url, '--forward-header', 'Authorization: Bearer very-secret-header']);
    drive.write('a.txt', '1');
    await watch.stdout.until('/a.txt');
    drive.write('b.txt', '2');
    expect(await watch.done).toBe(0);
    expect(seen.map(({ body }) => pathOf(body))).toEqual(['/a.txt', '/a.txt', '/a.txt', '/b.txt']);
    expect([seen[2]?.body, seen[3]?.body]).toEqual(watch.records);
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer very-secret-header', 'content-type': 'application/json' });
    expect(watch.stderr.text).toContain('it returned 503');
    expect(watch.stdout.text + watch.stderr.text).not.toMatch(/very-secret/);
    expect(JSON.stringify(seen)).not.toContain(drive.token);
  });

  it('reports what was refused, and with --fail-fast ends the watch', async () => {
    answers = [[404, {}], [410, {}]];
    const patient = await drive.watch(['--changes', '-n', '1', '--forward', url]);
    drive.write('a.txt', '1');
    expect(await patient.done).toBe(0);
    expect(patient.stderr.text).toContain('failed: it returned 404.');
    const strict = await drive.watch(['--changes', '-n', '1', '--fail-fast', '--forward', url]);
    drive.write('b.txt', '1');
    expect(await strict.done).toBe(6);
    expect(seen).toHaveLength(2);
  });

  it('posts CloudEvents that the official SDK accepts, the same ones as on stdout', async () => {
    const watch = await drive.watch(['--changes', '-o', 'cloudevents', '--lifecycle', '-n', '1', '--forward', url]);
    drive.write('Reports/a.txt', '1');
    expect(await watch.done).toBe(0);
    for (const record of watch.records) expect(new CloudEvent(record as Partial<CloudEvent<unknown>>).validate()).toBe(true);
    expect(watch.records.map(({ type }) => type)).toEqual(expect.arrayContaining(['dev.graph-watch.lifecycle.ready', 'dev.graph-watch.change.created', 'dev.graph-watch.lifecycle.end']));
    const change = watch.records.find(({ type }) => type === 'dev.graph-watch.change.created');
    expect(change).toMatchObject({ source: `${drive.running.emulator.graphUrl}/v1.0/me/drive` });
    expect(seen.map(({ body }) => body)).toEqual([change]);
    expect(seen[0]?.headers['content-type']).toBe('application/cloudevents+json');
  });
});
