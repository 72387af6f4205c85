import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../src/main.ts';
import { fakeSurroundings } from '../support/fake-surroundings.ts';
import { impatientClock } from '../support/impatient-clock.ts';
import { manyScene, type ManyScene } from '../support/watching-many.ts';

let scene: ManyScene;
beforeEach(async () => {
  scene = await manyScene();
});
afterEach(async () => {
  await scene.close();
});

describe('a target that joins a running watch', () => {
  it.each([['its endpoint', []], ['its cursor', ['--changes', '--poll', '1h']]])('does not fail if %s is throttled for longer than a first connection may take', async (_name, flags) => {
    const clock = impatientClock();
    const { graph } = scene;
    const empty = { body: { value: [], '@odata.deltaLink': `${graph.url}/v1.0/drives/x/root/delta?token=1` } };
    const busy = { status: 429, headers: { 'retry-after': '300' } };
    if (flags.length > 0) graph.answers.unshift(empty, busy, empty);
    else graph.answers.unshift(scene.named, busy);
    const { s, done, lines, ready } = await scene.start('drive one\n', flags, { clock });
    await ready(1);
    await writeFile(scene.file, 'drive one\ndrive two\n');
    s.raise('SIGHUP');
    await s.stdout.until('"type":"reconnecting"');
    expect(lines().at(-1)).toMatchObject({ target: 'drive:two', delayMs: 300_000 });
    clock.jump(300_000);
    await clock.skip(300_000);
    await ready(2);
    s.raise('SIGINT');
    expect(await done).toBe(130);
  });
});

describe('SIGHUP', () => {
  it('during startup makes the watch reread the file once it has started', async () => {
    const { graph } = scene;
    const empty = { body: { value: [], '@odata.deltaLink': `${graph.url}/v1.0/drives/x/root/delta?token=1` } };
    graph.answers.unshift({ status: 503, body: {} }, { body: { owner: { user: { id: '1' } } } }, empty, empty);
    const clock = impatientClock();
    const { s, done, ready, lines } = await scene.start('drive one\n', ['--poll', '1h', '--not-by', 'me', '--timeout', '1h'], { clock });
    await s.stderr.until("couldn't find out who is signed in");
    await writeFile(scene.file, 'drive one\ndrive two\n');
    s.raise('SIGHUP');
    await s.stderr.until('Reloaded targets: 1 added, 0 removed, 1 unchanged');
    await ready(2);
    expect(lines().map(({ type, target }) => `${type} ${target}`).sort()).toEqual(['ready drive:one', 'ready drive:two']);
    s.raise('SIGINT');
    expect(await done).toBe(130);
  });
});

describe('the ready file', () => {
  it('is created once the targets that prevented it are removed from the file, and is removed when a target joins', async () => {
    const { graph, folder, file } = scene;
    const path = join(folder, 'ready');
    const { s, done, lines, ready } = await scene.start('drive one\n', ['--ready-file', path]);
    await ready(1);
    expect(existsSync(path)).toBe(true);
    graph.pushes.push('no-ack', 'no-ack');
    await writeFile(file, 'drive one\ndrive two\ndrive three\n');
    s.raise('SIGHUP');
    await graph.until(() => graph.handshakes.length === 3);
    expect(existsSync(path)).toBe(false);
    await writeFile(file, 'drive one\n');
    s.raise('SIGHUP');
    await s.stdout.until((text) => text.split('"type":"end"').length > 2);
    expect(lines().filter(({ type }) => type === 'end').map(({ target }) => target).sort()).toEqual(['drive:three', 'drive:two']);
    expect(existsSync(path)).toBe(true);
    let seen: boolean | undefined;
    graph.answers.unshift((request) => {
      seen = existsSync(path);
      return scene.named(request);
    });
    await writeFile(file, 'drive one\ndrive four\n');
    s.raise('SIGHUP');
    await ready(2);
    expect(seen).toBe(false);
    expect(existsSync(path)).toBe(true);
    s.raise('SIGINT');
    expect(await done).toBe(130);
    expect(existsSync(path)).toBe(false);
    // Each end is reported once.
    expect(lines().filter(({ type }) => type === 'end')).toHaveLength(4);
  });
});

describe('targets expected on stdin', () => {
  it('are awaited only until --timeout', async () => {
    const clock = impatientClock();
    const s = fakeSurroundings({ env: { GRAPH_WATCH_TOKEN: 'opaque-token', GRAPH_WATCH_GRAPH_URL: scene.graph.url }, clock });
    const done = main(['watch', 'many', '-', '--timeout', '2s'], s);
    await clock.skip(2_000);
    expect(await done).toBe(124);
    expect(scene.graph.requests).toEqual([]);
  });

  it('are checked before anything is sent, even if the line comes late', async () => {
    const s = fakeSurroundings({ env: { GRAPH_WATCH_TOKEN: 'opaque-token', GRAPH_WATCH_GRAPH_URL: scene.graph.url } });
    const done = main(['watch', 'many', '-', '--timeout', '1h'], { ...s, stdin: Readable.from(['drive one\n', 'folder x\n']) });
    expect(await done).toBe(2);
    expect(s.stderr.text).toContain('Line 2');
    expect(scene.graph.requests).toEqual([]);
  });
});
