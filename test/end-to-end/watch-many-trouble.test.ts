import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { impatientClock } from '../support/impatient-clock.ts';
import { manyScene, type ManyScene } from '../support/watching-many.ts';

let scene: ManyScene;
beforeEach(async () => {
  scene = await manyScene();
});
afterEach(async () => {
  await scene.close();
});

describe('a target that joins others', () => {
  it.each([['its endpoint', []], ['its cursor', ['--changes', '--poll', '1h']]])('is waited for where %s is throttled for longer than a first connection may take', async (_name, flags) => {
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
