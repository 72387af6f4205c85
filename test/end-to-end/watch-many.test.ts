import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { defaultPositionName } from '../../src/changes/resume/position-name.ts';
import { main } from '../../src/main.ts';
import type { FakeGraph, GraphAnswer, PushConnection } from '../support/fake-graph.ts';
import { fakeSurroundings } from '../support/fake-surroundings.ts';
import { impatientClock } from '../support/impatient-clock.ts';
import { linesOf as lines, manyScene, type ManyScene, type ManyWatch } from '../support/watching-many.ts';

let scene: ManyScene;
let graph: FakeGraph;
let folder: string;
let file: string;
let named: ManyScene['named'];
let refusing: ManyScene['refusing'];

beforeEach(async () => {
  scene = await manyScene();
  ({ graph, folder, file, named, refusing } = scene);
});
afterEach(async () => {
  await scene.close();
});

const start = (targets: string, ...flags: string[]): Promise<ManyWatch> => scene.start(targets, flags);
const connectionOf = (id: string): Promise<PushConnection> => scene.connectionOf(id);

describe('watch many', () => {
  it('watches every target, and its records have target and label', async () => {
    const { s, done, ready } = await start('drive aaa as finance\n# not this one\ngroup bbb\n', '-n', '2');
    await ready(2);
    (await connectionOf('aaa')).notifyValue({ from: 'a' });
    await s.stdout.until('"from":"a"');
    (await connectionOf('bbb')).notifyValue({ from: 'b' });
    expect(await done).toBe(0);
    expect(lines(s).filter(({ type }) => type === 'notification')).toMatchObject([
      { target: 'drive:aaa', label: 'finance', data: { from: 'a' } },
      { target: 'group:bbb', data: { from: 'b' } },
    ]);
    expect(lines(s).filter(({ type }) => type === 'end').map(({ target, label }) => [target, label])).toEqual([['drive:aaa', 'finance'], ['group:bbb', undefined]]);
  });

  it('reports a target that fails permanently, continues with the others, and exits with the worst code', async () => {
    graph.answers.unshift(...[1, 2].map(() => refusing({ bad: { status: 404, body: { error: { code: 'itemNotFound', message: 'no such drive' } } } })));
    const { s, done, ready } = await start('drive bad as broken\ndrive good\n', '-n', '1');
    await ready(1);
    await s.stderr.until('error: broken: ');
    (await connectionOf('good')).notifyValue({ n: 1 });
    expect(await done).toBe(5);
    expect(lines(s).find(({ type, target }) => type === 'end' && target === 'drive:bad')).toMatchObject({ label: 'broken' });
    expect(s.stderr.text).toContain('itemNotFound');
  });

  it('exits with the worst code when no target is left', async () => {
    graph.answers.unshift(...[1, 2].map(() => refusing({ one: { status: 404, body: {} }, two: { status: 403, body: {} } })));
    const { done } = await start('drive one\ndrive two\n');
    expect(await done).toBe(5);
  });

  it('rereads the file on SIGHUP: adds and removes targets, and leaves the rest alone', async () => {
    const { s, done, ready } = await start('drive stays\ndrive goes\n');
    await ready(2);
    const stays = await connectionOf('stays');
    const goes = await connectionOf('goes');
    await writeFile(file, 'drive stays\ndrive comes as new\n');
    s.raise('SIGHUP');
    await s.stderr.until('Reloaded targets: 1 added, 1 removed, 1 unchanged');
    await ready(3);
    await goes.closed;
    expect(stays.isClosed).toBe(false);
    (await connectionOf('comes')).notifyValue({ n: 1 });
    await s.stdout.until('"n":1');
    expect(lines(s).find(({ type }) => type === 'end')).toMatchObject({ target: 'drive:goes', reason: 'removed from the list of targets' });
    s.raise('SIGINT');
    expect(await done).toBe(130);
  });

  it.each([['was emptied', ''], ['has nothing but a comment', '# drive one\n']])('changes nothing on SIGHUP if the file %s', async (_name, content) => {
    const { s, done, ready } = await start('drive one\ndrive two\n');
    await ready(2);
    await writeFile(file, content);
    s.raise('SIGHUP');
    await s.stderr.until('the list of targets is empty');
    (await connectionOf('two')).notifyValue({ n: 1 });
    await s.stdout.until('"n":1');
    expect(lines(s).filter(({ type }) => type === 'end')).toEqual([]);
    s.raise('SIGINT');
    expect(await done).toBe(130);
  });

  it('reads a file in UTF-16, as Windows PowerShell writes it', async () => {
    const { s, done, ready } = await start('drive one\n');
    await ready(1);
    await writeFile(file, Buffer.from('\uFEFFdrive one\r\ndrive two as zwei\r\n', 'utf16le'));
    s.raise('SIGHUP');
    await ready(2);
    expect(lines(s).at(-1)).toMatchObject({ target: 'drive:two', label: 'zwei' });
    s.raise('SIGINT');
    expect(await done).toBe(130);
  });

  it.each([
    ['nowhere', 'there is no such file'],
    ['.', 'it is a folder'],
  ])('says why the list %s cannot be read', async (name, why) => {
    const s = fakeSurroundings();
    expect(await main(['watch', 'many', join(folder, name)], s)).toBe(2);
    expect(s.stderr.lines.slice(0, 2)).toEqual([`error: The list of targets ${join(folder, name)} cannot be read: ${why}.`, 'It is a file with one target per line, or - for stdin.']);
  });

  it('continues as before if the file cannot be reread', async () => {
    const { s, done, ready } = await start('drive one\n');
    await ready(1);
    await writeFile(file, 'nonsense\n');
    s.raise('SIGHUP');
    await s.stderr.until("couldn't reload");
    (await connectionOf('one')).notifyValue({ n: 1 });
    await s.stdout.until('"n":1');
    s.raise('SIGTERM');
    expect(await done).toBe(143);
  });

  it('keeps the ready file while all are connected, not counting a target that has ended', async () => {
    const readyFile = join(folder, 'ready');
    const clock = impatientClock();
    const { s, done, ready } = await scene.start('drive one\ndrive two\n', ['--ready-file', readyFile], { clock });
    await ready(2);
    expect(JSON.parse(await readFile(readyFile, 'utf8'))).toMatchObject({ type: 'ready' });
    // A token from the environment that Graph refuses for a minute is final.
    graph.answers.unshift(...Array.from({ length: 6 }, () => refusing({ two: { status: 401, body: {} } })));
    (await connectionOf('two')).disconnect();
    await s.stdout.until('Graph refused the token');
    clock.jump(61_000);
    await s.stdout.until('"type":"end"');
    expect(existsSync(readyFile)).toBe(true);
    s.raise('SIGINT');
    await done;
    expect(existsSync(readyFile)).toBe(false);
  });

  it('takes the targets from stdin', async () => {
    const s = fakeSurroundings({ env: { GRAPH_WATCH_TOKEN: 'opaque-token', GRAPH_WATCH_GRAPH_URL: graph.url } });
    const done = main(['watch', 'many', '-', '-n', '1'], { ...s, stdin: Readable.from(['drive one\n']) });
    (await graph.connection(0)).notifyValue({ n: 1 });
    expect(await done).toBe(0);
  });

  it.each([['', 'No targets'], ['folder x', 'Line 1']])('refuses a file with %j before anything is sent', async (targets, message) => {
    const { s, done } = await start(targets);
    expect(await done).toBe(2);
    expect(s.stderr.text).toContain(message);
    expect(graph.requests).toHaveLength(0);
  });

  it('refuses a file that is not there', async () => {
    const s = fakeSurroundings({ env: { GRAPH_WATCH_TOKEN: 'opaque-token', GRAPH_WATCH_GRAPH_URL: graph.url } });
    expect(await main(['watch', 'many', join(folder, 'nowhere')], s)).toBe(2);
  });

  it('prints no more events than --count, whichever targets they come from, and nothing after the end', async () => {
    const { s, done, ready } = await start('drive one\ndrive two\n', '-n', '3');
    await ready(2);
    const connections = [await connectionOf('one'), await connectionOf('two')];
    for (let n = 0; n < 100; n += 1) for (const connection of connections) connection.notifyValue({ n });
    expect(await done).toBe(0);
    const types = lines(s).map(({ type }) => type);
    expect(types.filter((type) => type === 'notification')).toHaveLength(3);
    expect(types.slice(-2)).toEqual(['end', 'end']);
  });

  it('reports an end for every target, after everything that had arrived', async () => {
    const { s, done, ready } = await start('drive one\ndrive two\n', '--', process.execPath, '-e', 'process.stdin.resume().on("end", () => { console.log("done"); })');
    await ready(2);
    for (const id of ['one', 'two']) for (let n = 0; n < 3; n += 1) (await connectionOf(id)).notifyValue({ n });
    await s.stderr.until('done');
    s.raise('SIGINT');
    expect(await done).toBe(130);
    expect(lines(s).slice(-2).map(({ type, target }) => [type, target])).toEqual([['end', 'drive:one'], ['end', 'drive:two']]);
    const written = s.stderr.text;
    await new Promise((resolve) => { setImmediate(resolve); });
    expect(s.stderr.text).toBe(written);
  });

  it('watches a target again if it returns to the file before it has ended', async () => {
    const finished = join(folder, 'finished');
    const { s, done, ready } = await start('drive stays\ndrive back\n', '--', 'sh', '-c', 'echo begun; until [ -e "$0" ]; do sleep 0.02; done', finished);
    await ready(2);
    (await connectionOf('back')).notifyValue({ n: 1 });
    await s.stderr.until('begun');
    await writeFile(file, 'drive stays\n');
    s.raise('SIGHUP');
    await s.stderr.until('0 added, 1 removed, 1 unchanged');
    await writeFile(file, 'drive stays\ndrive back\n');
    s.raise('SIGHUP');
    await s.stderr.until('1 added, 0 removed, 1 unchanged');
    await writeFile(finished, '');
    await ready(3);
    expect(lines(s).filter(({ type, target }) => target === 'drive:back' && type !== 'notification').map(({ type }) => type)).toEqual(['ready', 'end', 'ready']);
    s.raise('SIGINT');
    expect(await done).toBe(130);
  });

  it('does not report a failure if a target is removed before it has started', async () => {
    const config = join(folder, 'config');
    // A lock that another process left behind: the watch waits until it is stale.
    await mkdir(join(config, 'resume', `${defaultPositionName('drive:goes')}.lock`), { recursive: true });
    await writeFile(file, 'drive goes\ndrive stays\n');
    const s = fakeSurroundings({ env: { GRAPH_WATCH_TOKEN: 'opaque-token', GRAPH_WATCH_GRAPH_URL: graph.url, GRAPH_WATCH_CONFIG_DIR: config } });
    const done = main(['watch', 'many', file, '--lifecycle', '--changes', '--resume'], s);
    await graph.until(() => graph.requests.length > 0);
    await writeFile(file, 'drive stays\n');
    s.raise('SIGHUP');
    await s.stdout.until('"type":"end"');
    expect(lines(s).find(({ type }) => type === 'end')).toMatchObject({ target: 'drive:goes', reason: 'removed from the list of targets' });
    expect(s.stderr.text).not.toContain('error:');
    s.raise('SIGINT');
    expect(await done).toBe(130);
  });

  it('names the target whose items it counts', async () => {
    const empty = { body: { value: [], '@odata.deltaLink': `${graph.url}/v1.0/drives/x/root/delta?token=1` } };
    graph.answers.unshift(empty, empty);
    const { s, done } = await start('drive one as finance\ndrive two\n', '--changes', '--index');
    await s.stderr.until((text) => text.split('indexed').length > 2);
    expect(s.stderr.text).toContain('finance: indexed: 0 items in 1 page');
    expect(s.stderr.text).toContain('drive:two: indexed: 0 items in 1 page');
    s.raise('SIGINT');
    expect(await done).toBe(130);
  });

  it('can be interrupted while it waits for the targets on stdin', async () => {
    const s = fakeSurroundings({ env: { GRAPH_WATCH_TOKEN: 'opaque-token', GRAPH_WATCH_GRAPH_URL: graph.url } });
    const done = main(['watch', 'many', '-'], s);
    while (s.stdin.listenerCount('readable') === 0) await new Promise((resolve) => { setImmediate(resolve); });
    s.raise('SIGINT');
    expect(await done).toBe(130);
  });

  it('makes at most sixteen attempts at once', async () => {
    let underWay = 0;
    let most = 0;
    const held: (() => void)[] = [];
    graph.answers.unshift(...Array.from({ length: 40 }, () => async (request: { url: string }): Promise<GraphAnswer> => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise<void>((go) => { held.push(go); });
      underWay -= 1;
      return named(request);
    }));
    const { s, done, ready } = await start(Array.from({ length: 40 }, (_, n) => `drive d${n}`).join('\n'));
    for (let answered = 0; answered < 40; answered += 1) {
      await graph.until(() => graph.requests.length === Math.min(16 + answered, 40));
      while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
      held.shift()!();
    }
    await ready(40);
    expect(most).toBe(16);
    s.raise('SIGINT');
    expect(await done).toBe(130);
  });
});
