import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../src/main.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';
import { fakeGraph } from '../support/fake-graph.ts';
import { fakeSurroundings, type FakeSurroundings } from '../support/fake-surroundings.ts';

interface Run {
  code: number;
  /** Lines such as `created /a` for changes, and the type of every other record. */
  told: string[];
  stderr: string;
}

const told = ({ stdout }: FakeSurroundings): string[] => stdout.lines.map((line) => {
  const { type, change, item } = JSON.parse(line) as { type: string; change?: string; item?: { path?: string } };
  return change === undefined ? type : `${change} ${item?.path ?? '?'}`;
});

let drive: EmulatedDrive;
beforeEach(async () => {
  drive = await emulatedDrive();
});
afterEach(async () => {
  await drive.close();
});

async function once(argv: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const s = fakeSurroundings({ env: { ...drive.env, ...env }, random: () => 0.001 });
  const code = await main(['watch', ...argv, '--once'], s);
  return { code, told: told(s), stderr: s.stderr.text };
}
async function write(...paths: string[]): Promise<void> {
  for (const path of paths) {
    drive.write(path, path);
    await drive.running.emulator.admin.rescan();
  }
}

describe('--once', () => {
  it('stores the position in the first run and reports in each later one what changed since, without an endpoint', async () => {
    const first = await once(['me', '--resume', '--lifecycle']);
    expect(first).toMatchObject({ code: 0, told: ['end'] });
    expect(first.stderr).toMatch(/^stored the position; the next run reports what has changed since\n0 changes in .*\n$/);
    await write('a', 'b');
    const second = await once(['me', '--resume']);
    expect([second.code, second.told.sort()]).toEqual([0, ['created /a', 'created /b']]);
    expect(second.stderr).toMatch(/reported everything up to now\n2 changes in .*\n$/);
    expect(await once(['me', '--resume'])).toMatchObject({ code: 0, told: [] });
    expect(drive.running.emulator.admin.state().endpoints).toEqual([]);
  });

  it('also works with tokens that cannot get an endpoint', async () => {
    const { admin, drive: { id } } = drive.running.emulator;
    const env = { GRAPH_WATCH_TOKEN: admin.issueToken({ appOnly: true }) };
    expect(await once(['drive', id, '--resume', 'app'], env)).toMatchObject({ code: 0, told: [] });
    await write('a');
    expect(await once(['drive', id, '--resume', 'app'], env)).toMatchObject({ code: 0, told: ['created /a'] });
  });

  it('can start at a cursor or a time instead, and then does not mention a position', async () => {
    const s = fakeSurroundings({ env: drive.env });
    await main(['cursor', 'me'], s);
    await write('a');
    const after = await once(['me', '--after', s.stdout.text.trim(), '--lifecycle']);
    expect(after).toMatchObject({ code: 0, told: ['created /a', 'end'] });
    expect(after.stderr).not.toContain('position');
    expect((await once(['me', '--since', '1h'])).told).toContain('created /a');
    expect(await once(['me', '--since', '1h', '--resume', 'hour', '--path', '/nothing'])).toMatchObject({ code: 0, told: [] });
    expect(await once(['me', '--resume', 'hour'])).toMatchObject({ code: 0, told: [] });
  });

  it('knows all previous names from the second run on if the first one listed the drive', async () => {
    await write('old', 'gone');
    expect(await once(['me', '--resume', '--index'])).toMatchObject({ code: 0, told: [] });
    await drive.running.emulator.admin.rescan();
    await rm(join(drive.running.folder, 'gone'));
    await drive.running.emulator.admin.rescan();
    expect(await once(['me', '--resume'])).toMatchObject({ code: 0, told: ['deleted /gone'] });
  });

  it('leaves what exceeds --count to the next run', async () => {
    await once(['me', '--resume']);
    await write('a', 'b', 'c');
    const seen: string[] = [];
    for (let run = 0; run < 3; run += 1) {
      const { code, told: lines } = await once(['me', '--resume', '-n', '1']);
      expect([code, lines.length]).toEqual([0, 1]);
      seen.push(...lines);
    }
    expect(seen.sort()).toEqual(['created /a', 'created /b', 'created /c']);
    expect(await once(['me', '--resume', '-n', '1'])).toMatchObject({ code: 0, told: [] });
  });

  it('ends when the action has handled everything; after a failure, the next run handles the rest', async () => {
    await once(['me', '--resume']);
    await write('a', 'b');
    const log = join(drive.place, 'log');
    const noting = (then: string): string[] => ['--', 'sh', '-c', `echo $GRAPH_WATCH_EVENT_PATH >> ${log}; ${then}`];
    const s = fakeSurroundings({ env: drive.env });
    expect(await main(['watch', 'me', '--resume', '--once', '--fail-fast', ...noting('exit 1')], s)).toBe(6);
    const again = fakeSurroundings({ env: drive.env });
    expect(await main(['watch', 'me', '--resume', '--once', '--debounce', '10m', ...noting('exit 0')], again)).toBe(0);
    expect(told(again).length).toBe(2);
    expect(await once(['me', '--resume'])).toMatchObject({ code: 0, told: [] });
  });

  it('reports a gap if Graph has forgotten the cursor, and continues from there in the next run', async () => {
    await once(['me', '--resume']);
    drive.running.emulator.admin.gone({ code: 'resyncRequired', location: 'none', count: 1 });
    await write('lost');
    expect(await once(['me', '--resume', '--lifecycle'])).toMatchObject({ code: 0, told: ['gap', 'end'] });
    await write('found');
    expect(await once(['me', '--resume', '--lifecycle'])).toMatchObject({ code: 0, told: ['created /found', 'end'] });
  });

  it('queries each of many targets once, and exits with the worst code', async () => {
    const file = join(drive.place, 'targets');
    await writeFile(file, `me as mine\ndrive ${drive.running.emulator.drive.id}\n`);
    const first = await once(['many', file, '--resume', '--lifecycle']);
    expect(first).toMatchObject({ code: 0, told: ['end', 'end'] });
    expect(first.stderr).toContain('mine: stored the position');
    await write('a');
    const second = await once(['many', file, '--resume']);
    expect(second).toMatchObject({ code: 0, told: ['created /a', 'created /a'] });
    await writeFile(file, 'me as mine\ndrive nothing\n');
    const third = await once(['many', file, '--resume', '--lifecycle']);
    expect(third).toMatchObject({ code: 5, told: ['end', 'end'] });
    expect(third.stderr).toMatch(/^error: drive:nothing: /m);
  });
});

describe('--once if Graph does not answer', () => {
  it('ends instead of waiting, and leaves the position where it was', async () => {
    const graph = await fakeGraph();
    const folder = await mkdtemp(join(tmpdir(), 'graph-watch-once-'));
    const env = { GRAPH_WATCH_TOKEN: 'opaque-token', GRAPH_WATCH_GRAPH_URL: graph.url, GRAPH_WATCH_CONFIG_DIR: folder };
    const link = (token: string): string => `${graph.url}/v1.0/me/drive/root/delta?token=${token}`;
    const file = { id: 'i1', name: 'a', file: {}, parentReference: { id: 'r', path: '/drives/d/root:' }, createdDateTime: new Date().toISOString() };
    const run = async (...answers: Parameters<typeof graph.answers.push>): Promise<Run & { urls: string[] }> => {
      graph.answers.push(...answers);
      const before = graph.requests.length;
      const s = fakeSurroundings({ env, random: () => 0.001 });
      const code = await main(['watch', 'me', '--once', '--resume'], s);
      return { code, told: told(s), stderr: s.stderr.text, urls: graph.requests.slice(before).map(({ url }) => url) };
    };
    try {
      const drive0 = { body: { id: 'd' } };
      expect(await run(drive0, { body: { value: [], '@odata.deltaLink': link('1') } })).toMatchObject({ code: 0 });
      // In the middle, after a good first page: a watch would wait for an hour here.
      const throttled = await run(drive0, { body: { value: [file], '@odata.nextLink': link('1.1') } }, { status: 429, headers: { 'retry-after': '3600' }, body: { error: { code: 'activityLimitReached' } } });
      expect(throttled).toMatchObject({ code: 4, told: [] });
      expect(throttled.stderr).toContain('activityLimitReached');
      const last = await run(drive0, { body: { value: [file], '@odata.deltaLink': link('2') } });
      expect(last).toMatchObject({ code: 0, told: ['created /a'] });
      expect(last.urls[1]).toBe('/v1.0/me/drive/root/delta?token=1');
    } finally {
      await graph.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
