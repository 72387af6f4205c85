import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../../src/main.ts';
import { fakeSurroundings, type FakeSurroundings } from '../../support/fake-surroundings.ts';
import { steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'graph-watch-replay-')); });
afterEach(() => { rmSync(folder, { recursive: true }); });

function recording(name: string, ...lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}
const at = (second: number): string => new Date(Date.UTC(2026, 10, 24, 13, 0, second)).toISOString();
const change = (name: string, second: number, more = ''): string =>
  `{"type":"change","time":"${at(second)}","target":"me"${more},"change":"created","item":{"id":"${name}","name":"${name}","path":"/${name}","size":3,"folder":false},"via":"push"}`;
const ready = (second: number): string => `{"type":"ready","time":"${at(second)}","target":"me"}`;

interface Run extends FakeSurroundings { done: Promise<number> }
function replay(argv: readonly string[], { clock, stdin, tty = {}, env = {} }: { clock?: SteppedClock; stdin?: string; tty?: object; env?: Record<string, string> } = {}): Run {
  const surroundings = fakeSurroundings({ tty, env, ...(clock === undefined ? {} : { clock }) });
  if (stdin !== undefined) (surroundings.stdin as unknown as { end: (text: string) => void }).end(stdin);
  return Object.assign(surroundings, { done: main(['replay', ...argv], surroundings) });
}

describe('a replay', () => {
  it('prints what was recorded, file after file, and lifecycle records on stderr', async () => {
    const [first, second] = [recording('b', ready(0), change('x', 1)), recording('a', change('y', 2))];
    const { done, stdout, stderr } = replay([first, second]);
    expect(await done).toBe(0);
    expect(stdout.lines).toEqual([change('x', 1), change('y', 2)]);
    expect(stderr.text).toMatch(/ {2}ready {5}Watching me\n2 events in /);
    const all = replay([first, second, '--lifecycle', '--quiet']);
    expect(await all.done).toBe(0);
    expect(all.stdout.lines).toEqual([ready(0), change('x', 1), change('y', 2)]);
    expect(all.stderr.text).toBe('');
  });

  it('reads stdin', async () => {
    const { done, stdout } = replay(['-'], { stdin: `\ufeff${change('x', 1)}\r\n` });
    expect(await done).toBe(0);
    expect(stdout.lines).toEqual([change('x', 1)]);
  });

  it('passes only what the filters let through', async () => {
    const { done, stdout } = replay([recording('a', change('x', 1), change('y', 2)), '--path', '/y', '--change', 'created,shared']);
    expect(await done).toBe(0);
    expect(stdout.lines).toEqual([change('y', 2)]);
  });

  it('shows the recorded times, and targets once there are several', async () => {
    const file = recording('a', change('x', 1), change('y', 2, ',"label":"finance"'), change('z', 3).replace('"me"', '"drive:b!1"'));
    const { done, stdout } = replay([file, '-o', 'pretty'], { env: { TZ: 'UTC' } });
    expect(await done).toBe(0);
    expect(stdout.lines).toEqual([expect.stringMatching(/^Nov 24 \d\d:00 {2}created/), expect.stringMatching(/^Nov 24 \d\d:00 {2}finance {2}created/), expect.stringMatching(/^Nov 24 \d\d:00 {2}drive:b!1 {2}created/)]);
  });

  it('ends with --count', async () => {
    const { done, stdout } = replay([recording('a', change('x', 1), 'oops', change('y', 2), change('z', 3)), '-n', '2']);
    expect(await done).toBe(0);
    expect(stdout.lines).toHaveLength(2);
  });

  it('needs no sign-in, except to find out who is signed in', async () => {
    for (const option of ['--by', '--not-by']) {
      const { done, stderr } = replay([recording('a', change('x', 1)), option, 'me']);
      expect(await done).toBe(3);
      expect(stderr.text).toContain('not signed in');
    }
  });

  it('reports what it skipped: unknown records, and a last line that was cut off', async () => {
    const path = recording('a', change('x', 1), '{"type":"stats"}', '{"type":"stats","a":1}');
    writeFileSync(path, '{"type":"chan', { flag: 'a' });
    const { done, stderr } = replay([path]);
    expect(await done).toBe(0);
    expect(stderr.text).toContain(`warning: ${path}:4: the recording ends in the middle of this line, which is skipped\n`);
    expect(stderr.text).toContain('warning: skipped 2 records that this version doesn\'t know: stats\n');
  });

  it('names the first ten damaged lines, counts all, and exits with 1', async () => {
    const path = recording('a', change('x', 1), ...Array.from({ length: 12 }, () => 'oops\u001b[2J'), change('y', 2));
    const { done, stdout, stderr } = replay([path]);
    expect(await done).toBe(1);
    expect(stdout.lines).toHaveLength(2);
    expect(stderr.text.match(/skipped a damaged line/g)).toHaveLength(10);
    expect(stderr.text).toContain(`warning: ${path}:2: skipped a damaged line (not JSON)\n`);
    expect(stderr.text).toContain(`error: 12 lines are damaged, the first at ${path}:2.\nAll other lines were replayed.\n`);
  });

  it.each<[string, (place: string) => string[], string]>([
    ['a missing file', (place) => [join(place, 'none')], 'there is no such file'],
    ['a folder', (place) => [place], 'it is a folder'],
    ['a missing file after a good one', (place) => [recording('good', change('x', 1)), join(place, 'none')], 'there is no such file'],
    ['stdin twice', () => ['-', '-'], 'only once'],
    ['a speed of zero', () => ['-', '--speed', '0'], 'positive number'],
    ['an option for actions without an action', () => ['-', '--batch'], 'need a command'],
  ])('is refused before anything is printed for %s', async (_what, argv, message) => {
    const { done, stdout, stderr } = replay(argv(folder));
    expect(await done).toBe(2);
    expect([stdout.text, stderr.text]).toEqual(['', expect.stringContaining(message)]);
  });

  it('says that a file is not a recording, without mentioning its lines', async () => {
    const { done, stderr } = replay([recording('notes.txt', 'To whom it may concern', 'no')]);
    expect(await done).toBe(2);
    expect(stderr.text).toMatch(/^error: .*notes\.txt is not a recording: .*\n.*\n$/);
  });
});

describe('with --speed', () => {
  it('keeps the recorded intervals at that speed; a clock that was set back causes no wait', async () => {
    const clock = steppedClock();
    const { done, stdout, stderr } = replay([recording('a', ready(0), change('a', 20), change('b', 5), change('c', 10)), '--speed', '10'], { clock });
    await stderr.until('ready');
    await clock.advance(1_900);
    expect(stdout.lines).toEqual([]);
    await clock.advance(200);
    expect(stdout.lines).toHaveLength(2);
    await clock.advance(500);
    expect(stdout.lines).toHaveLength(3);
    expect(await done).toBe(0);
  });

  it('reports a long wait, which --timeout and Ctrl-C can end', async () => {
    const clock = steppedClock();
    const file = recording('a', change('a', 0), change('b', 3_600));
    const timed = replay([file, '--speed', '1x', '-t', '5m'], { clock });
    await timed.stderr.until('the next event is due in 1 h 00 m\n');
    await clock.advance(300_000);
    expect(await timed.done).toBe(124);
    expect(timed.stdout.lines).toHaveLength(1);
    const stopped = replay([file, '--speed', '1'], { clock });
    await stopped.stdout.until('\n');
    stopped.raise('SIGINT');
    expect(await stopped.done).toBe(130);
  });
});

it('a replay is published only on request, not by NATS_URL alone', async () => {
  const { done, stderr } = replay([recording('a', change('x', 1))], { env: { NATS_URL: 'nats://127.0.0.1:1' } });
  expect(await done).toBe(0);
  expect(stderr.text).not.toContain('NATS');
});

it('a replay ends quietly when its reader goes away', async () => {
  const run = replay([recording('a', ...Array.from({ length: 50_000 }, (_, index) => change(`f${index}`, 1)))]);
  run.stdout.breakWith('EPIPE');
  expect(await run.done).toBe(0);
  expect(run.stderr.text).toMatch(/^\d+ events in .*\n$/);
});
