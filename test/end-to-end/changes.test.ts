import { mkdir, mkdtemp, rename, rm, stat, writeFile, appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { main } from '../../src/main.ts';
import type { DeltaQuirks, EmulatorOptions } from '../../src/emulator/options.ts';
import { startBinary, type Running } from '../support/binary.ts';
import { fakeSurroundings, type FakeSurroundings } from '../support/fake-surroundings.ts';
import { ReplayedTree } from '../support/replayed-tree.ts';
import { runEmulator, type RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { ChangeEvent } from '../../src/events.ts';

/** A change as it is printed. */
type Line = Omit<ChangeEvent, 'time' | 'type'> & { type: string; time: string };
const changesIn = (text: string): Line[] =>
  text.split('\n').slice(0, -1).map((line) => JSON.parse(line) as Line).filter(({ type }) => type === 'change');
const said = (text: string): string[] => changesIn(text).map(({ change, item }) => `${change} ${item.path ?? '?'}`);

let running: RunningEmulator;
let config: string;
const binaries: Running[] = [];
async function start(options: Partial<EmulatorOptions> = {}): Promise<void> {
  const drive = await mkdtemp(join(tmpdir(), 'graph-watch-changes-'));
  config = join(drive, 'config');
  await mkdir(join(drive, 'drive', 'Reports', 'old'), { recursive: true });
  await writeFile(join(drive, 'drive', 'Reports', 'Q1.txt'), 'one');
  await writeFile(join(drive, 'drive', 'Reports', 'old', 'Q0.txt'), 'null');
  running = await runEmulator({ folder: join(drive, 'drive'), ...options });
  const { graphUrl, caFile } = running.emulator;
  await mkdir(join(config, 'emulator'), { recursive: true });
  await writeFile(join(config, 'emulator', 'emulator.json'), JSON.stringify({ graphUrl, login: graphUrl, caFile }));
}
afterEach(async () => {
  for (const binary of binaries.splice(0)) {
    binary.process.kill('SIGKILL');
    await binary.done;
  }
  await running.close();
  await rm(join(config, '..'), { recursive: true, force: true });
});

const env = (token = running.emulator.admin.issueToken()): Record<string, string> => ({
  GRAPH_WATCH_TOKEN: token, GRAPH_WATCH_CLOUD: 'emulator', GRAPH_WATCH_CONFIG_DIR: config,
});
const at = (path: string): string => join(running.folder, path);
const noticed = (): Promise<void> => running.emulator.admin.rescan();

interface Watch {
  s: FakeSurroundings;
  done: Promise<number>;
}
function watch(args: readonly string[], token?: string): Watch {
  const s = fakeSurroundings({ env: env(token), random: () => 0.001 });
  return { s, done: main(['watch', 'me', '--lifecycle', ...args], s) };
}
async function ready({ s }: Watch): Promise<void> {
  await s.stdout.until('"type":"ready"');
}
async function stopped({ s, done }: Watch): Promise<string> {
  s.raise('SIGINT');
  expect(await done).toBe(130);
  return s.stdout.text;
}

describe('watch --changes on the emulator', () => {
  it('prints what happened to files and folders, and counts it', async () => {
    await start();
    const w = watch(['--changes', '--index', '-n', '6']);
    await ready(w);
    await writeFile(at('new.txt'), 'new');
    await noticed();
    await w.s.stdout.until('created');
    await appendFile(at('new.txt'), ' more');
    await noticed();
    await w.s.stdout.until('modified');
    await rename(at('new.txt'), at('Reports/newer.txt'));
    await noticed();
    await w.s.stdout.until('moved');
    await rename(at('Reports'), at('Archive'));
    await noticed();
    await w.s.stdout.until('renamed');
    await rm(at('Archive/old'), { recursive: true });
    await noticed();
    expect(await w.done).toBe(0);
    expect(said(w.s.stdout.text)).toEqual([
      'created /new.txt', 'modified /new.txt', 'moved /Reports/newer.txt', 'renamed /Archive', 'deleted /Archive/old/Q0.txt', 'deleted /Archive/old',
    ]);
    const [created, , moved] = changesIn(w.s.stdout.text);
    expect(created).toEqual({
      type: 'change', time: expect.stringMatching(/^\d{4}.*Z$/), target: 'me', change: 'created', via: 'push', changedToSeenMs: expect.any(Number),
      item: {
        id: expect.any(String), name: 'new.txt', path: '/new.txt', size: 3, folder: false, eTag: expect.any(String), webUrl: expect.any(String),
        lastModifiedDateTime: expect.any(String), lastModifiedBy: expect.objectContaining({ user: expect.objectContaining({ displayName: 'Ada Lovelace' }) }),
      },
    });
    expect(moved).toMatchObject({ previous: { name: 'new.txt', path: '/new.txt', size: 8 } });
    expect(w.s.stderr.text).toMatch(/indexed: 5 items in 1 page/);
    expect(w.s.stderr.text).toContain('6 events in');
  });

  it.each<[string, Partial<EmulatorOptions> & { quirks?: Partial<DeltaQuirks> }]>([
    ['an empty first delta', { quirks: { emptyFirst: true } }],
    ['repeats within a page', { quirks: { repeats: 'within-page' } }],
    ['repeats across pages', { quirks: { repeats: 'across-pages' }, pageSize: 1 }],
    ['no paths', { quirks: { withoutPath: true } }],
    ['a personal drive', { personality: 'personal' }],
    ['a lag', { deltaLagMs: 1_500 }],
    ['children before their folder', { quirks: { order: 'children-first' }, pageSize: 2 }],
    ['everything at once', { quirks: { emptyFirst: true, repeats: 'across-pages', withoutPath: true, ancestors: true, linkForm: 'function' }, pageSize: 1, deltaLagMs: 500 }],
  ])('prints each change once despite %s', async (_name, options) => {
    await start(options);
    const w = watch(['--changes', '--no-index', '-n', '3']);
    await ready(w);
    await writeFile(at('Reports/Q2.txt'), 'two');
    await rm(at('Reports/Q1.txt'));
    await appendFile(at('Reports/old/Q0.txt'), '!');
    await noticed();
    expect(await w.done).toBe(0);
    // Whether the old item is reported as created depends on the second in which it was created: it is hardly older than the watch.
    const lines = changesIn(w.s.stdout.text).map(({ change, item }) => `${change === 'deleted' ? 'deleted' : 'there'} ${item.path ?? item.name ?? 'nameless'}`);
    expect(lines.sort()).toEqual([options.personality === 'personal' ? 'deleted /Reports/Q1.txt' : 'deleted nameless', 'there /Reports/Q2.txt', 'there /Reports/old/Q0.txt']);
  });

  it.each(['none', 'good', 'broken'] as const)('prints the differences after a 410 with an index (Location: %s), and a gap without', async (location) => {
    await start();
    const indexed = watch(['--changes', '--index']);
    await ready(indexed);
    running.emulator.admin.gone({ code: 'resyncChangesApplyDifferences', location, count: 1 });
    await rm(at('Reports/Q1.txt'));
    await noticed();
    await indexed.s.stdout.until('deleted');
    expect(said(await stopped(indexed))).toEqual(['deleted /Reports/Q1.txt']);
    const plain = watch(['--changes', '--no-index']);
    await ready(plain);
    running.emulator.admin.gone({ code: 'resyncRequired', location, count: 1 });
    await writeFile(at('x'), 'x');
    await noticed();
    await plain.s.stdout.until('"type":"gap"');
    expect(await stopped(plain)).toContain('resyncRequired');
  });

  it.each<[string, readonly string[]]>([['a socket', []], ['polling', ['--poll', '1s']]])('knows every name once the drive is listed in the background (%s)', async (_name, args) => {
    await start({ pageSize: 2 });
    const w = watch(['--changes', '--debug', '-n', '4', ...args]);
    await ready(w);
    await w.s.stderr.until('indexing done');
    await rename(at('Reports/Q1.txt'), at('Reports/Q2.txt'));
    await noticed();
    await w.s.stdout.until('renamed');
    await rename(at('Reports/Q2.txt'), at('Q2.txt'));
    await noticed();
    await w.s.stdout.until('moved');
    await rm(at('Reports/old'), { recursive: true });
    await noticed();
    expect(await w.done).toBe(0);
    expect(said(w.s.stdout.text)).toEqual(['renamed /Reports/Q2.txt', 'moved /Q2.txt', 'deleted /Reports/old/Q0.txt', 'deleted /Reports/old']);
    expect(changesIn(w.s.stdout.text).map(({ previous }) => previous?.path)).toEqual(['/Reports/Q1.txt', '/Reports/Q2.txt', '/Reports/old/Q0.txt', '/Reports/old']);
    // Nothing lacked a name, and it was quick.
    expect(w.s.stderr.text).not.toContain('indexed');
  });

  it('polls without a socket or an endpoint, also with an app-only token, and says so', async () => {
    await start();
    const { drive } = running.emulator;
    const s = fakeSurroundings({ env: env(running.emulator.admin.issueToken({ appOnly: true })) });
    expect(await main(['watch', 'drive', drive.id], s)).toBe(5);
    expect(s.stderr.text).toContain('--poll');
    const polling = fakeSurroundings({ env: env(running.emulator.admin.issueToken({ appOnly: true })) });
    const done = main(['watch', 'drive', drive.id, '--poll', '1s', '--lifecycle', '-n', '1'], polling);
    await polling.stdout.until('"type":"ready"');
    await writeFile(at('x'), 'x');
    await noticed();
    expect(await done).toBe(0);
    expect(changesIn(polling.stdout.text)).toMatchObject([{ change: 'created', via: 'poll', item: { path: '/x' } }]);
    expect(running.emulator.admin.state().endpoints).toEqual([]);
  });
});

describe('a cursor', () => {
  it('lets a script make a change first and wait for it afterwards, without a race', async () => {
    await start();
    const s = fakeSurroundings({ env: env() });
    expect(await main(['cursor', 'me'], s)).toBe(0);
    const word = s.stdout.text;
    expect(word).toMatch(/^\S+\n$/);
    await writeFile(at('x'), 'x');
    await noticed();
    const w = watch(['--after', word.trim(), '-n', '1']);
    expect(await w.done).toBe(0);
    expect(changesIn(w.s.stdout.text)).toMatchObject([{ change: 'created', via: 'catchup', item: { path: '/x' } }]);
  });

  it('is refused for another drive', async () => {
    await start({ drives: 1 });
    const s = fakeSurroundings({ env: env() });
    await main(['cursor', 'drive', running.emulator.extraDrives[0]!], s);
    const w = watch(['--after', s.stdout.text.trim()]);
    expect(await w.done).toBe(2);
    expect(w.s.stderr.text).toContain('another drive');
    expect(await watch(['--after', 'nonsense']).done).toBe(2);
  });

  it('can be a time on a business drive, and is refused with a reason on a personal one', async () => {
    await start();
    await writeFile(at('x'), 'x');
    await noticed();
    const w = watch(['--since', '1h', '--changes']);
    await w.s.stdout.until('/x');
    expect(said(await stopped(w))).toContain('created /x');
    await running.close();
    await start({ personality: 'personal' });
    const refused = watch(['--since', '1h']);
    expect(await refused.done).toBe(5);
    expect(refused.s.stderr.text).toContain('graph-watch cursor');
  });
});

describe('--resume', () => {
  it('continues where the last run ended, also in the middle of a round', async () => {
    await start();
    await stopped(await (async () => { const w = watch(['--resume']); await ready(w); return w; })());
    for (const name of ['a', 'b', 'c']) await writeFile(at(name), name);
    await noticed();
    const seen: string[] = [];
    for (let run = 0; run < 3; run += 1) {
      const w = watch(['--resume', '-n', '1']);
      expect(await w.done).toBe(0);
      expect(changesIn(w.s.stdout.text)[0]!.via).toBe('catchup');
      seen.push(...said(w.s.stdout.text));
    }
    expect(seen.sort()).toEqual(['created /a', 'created /b', 'created /c']);
  });

  it('refuses a second process on the same name with exit 2', async () => {
    await start();
    const first = watch(['--resume', 'ci']);
    await ready(first);
    const second = watch(['--resume', 'ci']);
    expect(await second.done).toBe(2);
    expect(second.s.stderr.text).toContain('"ci"');
    await stopped(first);
  });

  it('sets a damaged position aside, says so, and continues from now', async () => {
    await start();
    await mkdir(join(config, 'resume'), { recursive: true });
    await writeFile(join(config, 'resume', 'ci.jsonl'), 'not what it was');
    const w = watch(['--resume', 'ci', '--changes']);
    await ready(w);
    expect(await stopped(w)).toMatch(/"type":"gap".*damaged/);
  });

  it('loses and invents nothing when it is killed at random moments, and with an index gets every name right', async () => {
    // Chooses the moments; the printed seed repeats them.
    const seed = Number(process.env.KILL_SEED ?? Math.floor(Math.random() * 2 ** 31));
    process.stderr.write(`KILL_SEED=${seed}\n`);
    const [draw] = fc.sample(fc.infiniteStream(fc.integer({ min: 0, max: 999 })), { seed, numRuns: 1 });
    const below = (count: number): number => Number(draw!.next().value) % count;
    await start({ deltaLagMs: 20 });
    const args = ['watch', 'me', '--changes', '--index', '--resume', '--lifecycle'];
    const watched = (): Running => {
      const binary = startBinary(args, { env: env() });
      binaries.push(binary);
      return binary;
    };
    const tree = new ReplayedTree([]);
    for (const [id, path] of await pathsOf()) tree.apply({ change: 'created', item: { id, path } } as ChangeEvent);
    const printed: Line[] = [];
    /** Every path that ever existed, and its sizes over time. */
    const made = new Map<string, Set<number>>();
    let work = 0;
    const change = async (): Promise<void> => {
      work += 1;
      const name = `f${work % 7}.txt`;
      if (work % 5 === 0) await rm(at(`Reports/${name}`), { force: true });
      else await appendFile(at(`Reports/${name}`), 'x');
      if (work % 9 === 0) await rename(at('Reports'), at('Moved')).then(() => rename(at('Moved'), at('Reports')));
      const { size } = await stat(at(`Reports/${name}`)).catch(() => ({ size: -1 }));
      if (size >= 0) made.set(`/Reports/${name}`, (made.get(`/Reports/${name}`) ?? new Set()).add(size));
      await noticed();
    };
    let current = watched();
    await current.until('stdout', '"type":"ready"');
    for (let life = 0; life < 3; life += 1) {
      for (let steps = 1 + below(8); steps > 0; steps -= 1) await change();
      if (below(2) === 0) await current.until('stdout', '"type":"change"').catch(() => undefined);
      current.process.kill('SIGKILL');
      printed.push(...changesIn(whole((await current.done).stdout)));
      await change();
      current = watched();
    }
    await current.until('stdout', '"type":"ready"');
    await writeFile(at('last.txt'), 'last');
    made.set('/last.txt', new Set([4]));
    await noticed();
    await current.until('stdout', 'last.txt');
    current.process.kill('SIGKILL');
    printed.push(...changesIn(whole((await current.done).stdout)));

    for (const line of printed) tree.apply(line as unknown as ChangeEvent);
    expect(new Map([...tree.paths()].sort())).toEqual(new Map([...(await pathsOf())].sort()));
    // Each line reports something that happened.
    const files = printed.filter(({ item }) => !item.folder);
    for (const { change: kind, item } of files) {
      if (kind === 'created' || kind === 'modified') expect([kind, item.path, made.get(item.path ?? '')?.has(item.size ?? -1)]).toEqual([kind, item.path, true]);
    }
    const versions = files.filter(({ change: kind }) => kind !== 'deleted').map(({ change: kind, item }) => `${kind} ${item.id} ${item.eTag ?? ''} ${item.path ?? ''}`);
    // A kill between a line and its position lets the next run report a change again: each time, at most the round under way.
    const repeated = versions.length - new Set(versions).size;
    expect(repeated).toBeLessThanOrEqual(3 * 8);
    // The latest size of each existing file was reported.
    for (const [id, path] of await pathsOf()) {
      const last = files.findLast(({ item }) => item.id === id);
      if (last !== undefined) expect([path, last.item.size]).toEqual([path, (await stat(at(path.slice(1)))).size]);
    }
  });
});

/** The lines without a last one that was cut off. */
function whole(text: string): string {
  return text.slice(0, text.lastIndexOf('\n') + 1);
}

/** The drive as delta lists it. */
async function pathsOf(): Promise<Map<string, string>> {
  running.emulator.admin.setPace({ deltaLagMs: 0 });
  const answer = await running.graph('/v1.0/me/drive/root/delta');
  running.emulator.admin.setPace({ deltaLagMs: 20 });
  const found = new Map<string, string>();
  for (const item of answer.items()) {
    if ('root' in item) continue;
    const { path } = item.parentReference as { path: string };
    found.set(String(item.id), `${decodeURIComponent(path.slice(path.indexOf('root:') + 5))}/${String(item.name)}`);
  }
  return found;
}
