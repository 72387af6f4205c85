import { existsSync, mkdirSync, mkdtempSync, rmSync, watch as watchFolder, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../src/main.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';
import { fakeGraph, type GraphAnswer } from '../support/fake-graph.ts';
import { fakeSurroundings, type FakeSurroundings } from '../support/fake-surroundings.ts';

/** Changes to files: the one for the folder Reports, made at the start, may arrive late. */
const changes = (lines: readonly Line[]): [string | undefined, string | undefined][] =>
  lines.filter(({ type, item }) => type === 'change' && item?.path.endsWith('.txt') === true).map(({ label, item }) => [label, item?.path]);

interface Line { type: string; target: string; label?: string; reason?: string; item?: { path: string } }

let drive: EmulatedDrive;
let site: string;
let file: string;
const running: { s: FakeSurroundings; done: Promise<number> }[] = [];
beforeEach(async () => {
  drive = await emulatedDrive();
  mkdirSync(join(drive.running.folder, 'Reports'), { recursive: true });
  await drive.running.admin('settle');
  site = drive.running.emulator.site.webUrl;
  file = join(drive.place, 'targets');
});
afterEach(async () => {
  for (const { s } of running) s.raise('SIGINT');
  await Promise.all(running.splice(0).map(({ done }) => done));
  await drive.close();
});

/** Resolves once this many targets are ready, or the watch has ended. */
async function watch(args: readonly string[], ready: number): Promise<{ s: FakeSurroundings; done: Promise<number>; lines: () => Line[] }> {
  const s = fakeSurroundings({ env: drive.env, random: () => 0.001 });
  const watching = { s, done: main(['watch', ...args, '--lifecycle'], s), lines: () => s.stdout.lines.map((line) => JSON.parse(line) as Line) };
  running.push(watching);
  await Promise.race([s.stdout.until((text) => text.split('"type":"ready"').length > ready), watching.done]);
  return watching;
}

const untilThere = (path: string): Promise<void> => untilIs(path, true);
const untilGone = (path: string): Promise<void> => untilIs(path, false);

/** Resolves once the file exists, or no longer does. */
async function untilIs(path: string, there: boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const watcher = watchFolder(dirname(path), () => { look(); });
    const look = (): void => {
      if (existsSync(path) !== there) return;
      watcher.close();
      resolve();
    };
    look();
  });
}

describe('lines in the file of watch many', () => {
  it('can be addresses (a folder means the changes in it), and a bad one is reported by line number without affecting the others', async () => {
    writeFileSync(file, [`${site}/Documents/Reports as reports`, `${site}/Specifications as specs`, `${site}/Nothing as bad`, '', `site:${site.replace('/sites/', ':/sites/').replace('https://', '')}`].join('\n'));
    const { s, done, lines } = await watch(['many', file], 3);
    await s.stderr.until('line 3 (bad)');
    writeFileSync(join(drive.running.folder, 'beside.txt'), 'x');
    await s.stdout.until((text) => text.split('"type":"notification"').length > 2);
    writeFileSync(join(drive.running.folder, 'Reports', 'below.txt'), 'x');
    await s.stdout.until('below.txt');
    s.raise('SIGINT');
    expect(await done).toBe(130);
    expect(s.stderr.text).toMatch(/error: line 3 \(bad\): There is no library or site/);
    expect(s.stderr.text).toMatch(/line 1 \(reports\): Documents\/Reports\n/);
    // Of the site's libraries, the one that line 2 also names is watched once, with that line's label.
    expect(lines().filter(({ type }) => type === 'ready').map(({ label }) => label).sort()).toEqual(['Documents', 'reports', 'specs']);
    expect(changes(lines())).toEqual([['reports', '/Reports/below.txt']]);
    expect(new Set(lines().filter(({ type }) => type === 'notification').map(({ label }) => label))).toEqual(new Set(['specs', 'Documents']));
  });

  it('can be two folders of one drive: the ready file waits for both, and stays when one of them is removed', async () => {
    mkdirSync(join(drive.running.folder, 'Plans'), { recursive: true });
    await drive.running.admin('settle');
    writeFileSync(file, `${site}/Documents/Reports as reports\n${site}/Documents/Plans as plans\n`);
    const ready = join(drive.place, 'ready');
    const { s, lines } = await watch(['many', file, '--ready-file', ready], 2);
    expect(existsSync(ready)).toBe(true);
    writeFileSync(join(drive.running.folder, 'Reports', 'r.txt'), 'x');
    writeFileSync(join(drive.running.folder, 'Plans', 'p.txt'), 'x');
    await s.stdout.until((text) => text.includes('r.txt') && text.includes('p.txt'));
    writeFileSync(file, `${site}/Documents/Plans as plans\n`);
    s.raise('SIGHUP');
    await s.stdout.until('removed from the list of targets');
    expect(existsSync(ready)).toBe(true);
    s.raise('SIGINT');
    await s.stderr.until('no reconnects');
    expect(s.stdout.text).not.toContain('"key"');
    expect(lines().filter(({ type }) => type === 'change').map(({ label }) => label).sort()).toEqual(expect.arrayContaining(['plans', 'reports']));
  });

  it('have been looked up before the ready file exists', async () => {
    const graph = await fakeGraph();
    try {
      let answer = (): void => undefined;
      const held = new Promise<GraphAnswer>((resolve) => { answer = () => { resolve({ status: 404, body: {} }); }; });
      graph.answers.push(...Array.from({ length: 6 }, () => ({ url }: { url: string }) => (url.includes('/drives/plain/') ? { notificationUrl: `${graph.pushUrl}/notifications?token=plain` } : held)));
      writeFileSync(file, 'drive plain\nhttps://contoso.sharepoint.com/sites/team as team\n');
      const ready = join(drive.place, 'ready');
      const s = fakeSurroundings({ env: { GRAPH_WATCH_TOKEN: 'opaque-token', GRAPH_WATCH_GRAPH_URL: graph.url }, random: () => 0.001 });
      const done = main(['watch', 'many', file, '--lifecycle', '--ready-file', ready], s);
      running.push({ s, done });
      await s.stdout.until('"type":"ready"');
      expect(existsSync(ready)).toBe(false);
      // Whoever removes the line need not wait for it.
      writeFileSync(file, 'drive plain\n');
      s.raise('SIGHUP');
      await untilThere(ready);
      writeFileSync(file, 'drive plain\nhttps://contoso.sharepoint.com/sites/team as team\n');
      const more = untilGone(ready);
      s.raise('SIGHUP');
      await more;
      answer();
      await s.stderr.until('error: line 2 (team)');
      await untilThere(ready);
    } finally {
      for (const { s } of running) s.raise('SIGINT');
      await graph.close();
    }
  });

  it('end the watch with the worst exit code if none of them works', async () => {
    writeFileSync(file, `${site}/Nothing\n${site}/Documents/None\n`);
    const { s, done } = await watch(['many', file], 1);
    expect(await done).toBe(5);
    expect(s.stderr.text).toMatch(/line 1: There is no library or site/);
    expect(s.stderr.text).toMatch(/line 2: There is no \/None/);
    expect(s.stdout.text).toBe('');
  });

  it('are looked up once, and again on SIGHUP only if they are not known yet', async () => {
    writeFileSync(file, `${site}/Documents as one\n${site}/Nothing\n`);
    const { s, lines } = await watch(['many', file], 1);
    await s.stderr.until('error: line 2: ');
    writeFileSync(file, `# moved down\n${site}/Nothing\n${site}/Documents as same\n${site}/Specifications as two\n`);
    s.raise('SIGHUP');
    await s.stdout.until((text) => text.split('"type":"ready"').length > 2);
    expect(s.stderr.text).toContain('Reloaded targets: 0 added, 0 removed, 1 unchanged');
    expect(s.stderr.text.split('Nothing').length).toBe(3);
    expect(lines().filter(({ type }) => type === 'end')).toEqual([]);
    writeFileSync(file, `${site}/Specifications as two\n`);
    s.raise('SIGHUP');
    await s.stdout.until('removed from the list of targets');
    expect(lines().find(({ type }) => type === 'end')).toMatchObject({ label: 'same' });
  });

  it.each([
    ['https://contoso.sharepoint.com/sites/team', /^error: Line 2: That address belongs to the cloud "global"/],
    ['site https://contoso.sharepoint.us/sites/team', /^error: Line 2: That address belongs to the cloud "usgov"/],
    ['drive ..', /^error: Line 2: ".." is not a valid drive id/],
    ['drive', /^error: Line 2: /],
  ])('that are wrong are refused before anything is sent: %s', async (line, message) => {
    writeFileSync(file, `me\n${line}\n`);
    const { s, done } = await watch(['many', file], 1);
    expect(await done).toBe(2);
    expect(s.stderr.text).toMatch(message);
  });

  it('wait out an unreachable service as long as another target is connected', async () => {
    const graph = await fakeGraph();
    try {
      const busy = { status: 503, body: {} };
      graph.answers.push(({ url }) => (url.includes('/drives/plain/') ? {} : busy), ({ url }) => (url.includes('/drives/plain/') ? {} : busy));
      writeFileSync(file, 'drive plain\nhttps://contoso.sharepoint.com/sites/team as team\n');
      const s = fakeSurroundings({ env: { GRAPH_WATCH_TOKEN: 'opaque-token', GRAPH_WATCH_GRAPH_URL: graph.url }, random: () => 0.001 });
      const done = main(['watch', 'many', file, '--lifecycle'], s);
      running.push({ s, done });
      await s.stderr.until(/couldn't look up line 2 \(team\) \(.*\); retrying in/);
      s.raise('SIGINT');
      expect(await done).toBe(130);
    } finally {
      await graph.close();
    }
  });
});

describe('watch site', () => {
  it.each([['its URL', () => site], ['the URL of a page in it', () => `${site}/SitePages/Home.aspx`], ['the URL of a library', () => `${site}/Documents/Forms/AllItems.aspx`], ['host and path', () => site.replace('https://', '').replace('/', ':/')]])('watches every library, given %s', async (_what, address) => {
    const { s, done, lines } = await watch(['site', address(), '--changes'], 2);
    writeFileSync(join(drive.running.folder, 'new.txt'), 'x');
    await s.stdout.until((text) => text.split('"path":"/new.txt"').length > 2);
    s.raise('SIGINT');
    expect(await done).toBe(130);
    expect(changes(lines()).sort()).toEqual([['Documents', '/new.txt'], ['Specifications', '/new.txt']]);
    expect(s.stderr.text).toContain(': Documents, Specifications');
  });

  it('lets the title of a library send nothing to the terminal', async () => {
    await drive.close();
    const directoryFile = join(mkdtempSync(join(tmpdir(), 'graph-watch-titles-')), 'company.json');
    writeFileSync(directoryFile, JSON.stringify({ sites: [{ name: 'Engineering', displayName: 'Engineering', libraries: ['Documents', 'Evil\u202etitle'] }] }));
    drive = await emulatedDrive({ directoryFile });
    const { s } = await watch(['site', drive.running.emulator.site.webUrl, '--changes', '--index'], 2);
    await s.stderr.until(/Evil.*: indexed: /);
    expect(s.stderr.text).toContain('Evil\\u202etitle: indexed: ');
    expect(s.stderr.text).not.toContain('\u202e');
    rmSync(dirname(directoryFile), { recursive: true });
  });

  it('reports what does not exist, and that a cursor belongs to one drive', async () => {
    const nowhere = await watch(['site', site.replace('Engineering', 'Nowhere')], 1);
    expect(await nowhere.done).toBe(5);
    expect(nowhere.s.stderr.text).toMatch(/error: https:\/\/\S*Nowhere: /);
    const usgov = await watch(['site', 'https://contoso.sharepoint.us/sites/a'], 1);
    expect(await usgov.done).toBe(2);
  });
});

it('watch list accepts the URL of a subsite whose parent has a library of the same name', async () => {
  const { s, lines } = await watch(['list', `${new URL(site).origin}/sites/Handbook/Policies`, 'Documents'], 1);
  expect(s.stderr.text).toBe('');
  expect(lines()[0]).toMatchObject({ type: 'ready', target: `list:${new URL(site).host}:/sites/Handbook/Policies/Documents` });
});
