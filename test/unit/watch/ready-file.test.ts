import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, lstatSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readyFile, type ReadyFile, type ReadyFileOptions } from '../../../src/watch/ready-file.ts';
import { steppedClock } from '../../support/stepped-clock.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'graph-watch-ready-'));
});
afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

const opened = (path: string | undefined, watching: () => readonly string[] | undefined, more: Partial<ReadyFileOptions> = {}): ReadyFile => readyFile({
  path, watching, clock: steppedClock(), signal: new AbortController().signal, warn: () => undefined, onFailed: () => undefined, ...more,
});
const ready = (target: string) => ({ type: 'ready', time: 0, target }) as const;
const lost = (target: string) => ({ type: 'reconnecting', time: 0, target, reason: 'lost', delayMs: 1 }) as const;
const end = (target: string) => ({ type: 'end', time: 0, target, reason: 'gone', failed: true }) as const;

describe('the ready file', () => {
  it('is refused before anything is sent if it cannot be written', () => {
    const path = join(place, 'nowhere', 'ready');
    expect(() => opened(path, () => ['me'])).toThrow(expect.objectContaining({ category: 'usage', message: expect.stringContaining(path) as unknown }));
  });

  it('exists only while all targets are connected', async () => {
    const path = join(place, 'ready');
    const file = opened(path, () => ['a', 'b']);
    const seen: boolean[] = [];
    for (const event of [ready('a'), ready('b'), lost('a'), ready('a')]) {
      await file.follow(event);
      seen.push(existsSync(path));
    }
    expect(seen).toEqual([false, true, false, true]);
    await file.remove();
    expect(existsSync(path)).toBe(false);
  });

  it('waits for each of two targets that have the same name', async () => {
    const path = join(place, 'ready');
    let watching = ['drive:b/Reports', 'drive:b/Specs'];
    const file = opened(path, () => watching);
    const seen: boolean[] = [];
    for (const event of [{ ...ready('drive:b'), key: 'drive:b/Reports' }, { ...ready('drive:b'), key: 'drive:b/Specs' }]) {
      await file.follow(event);
      seen.push(existsSync(path));
    }
    watching = ['drive:b/Specs'];
    await file.follow({ ...end('drive:b'), key: 'drive:b/Reports' });
    seen.push(existsSync(path));
    await file.follow({ ...lost('drive:b'), key: 'drive:b/Specs' });
    seen.push(existsSync(path));
    expect(seen).toEqual([false, true, true, false]);
  });

  it('does not exist while it is unknown whether there are more targets', async () => {
    const path = join(place, 'ready');
    let watching: readonly string[] | undefined;
    const file = opened(path, () => watching);
    await file.follow(ready('me'));
    const seen = [existsSync(path)];
    for (const now of [['me'], undefined, ['me', 'drive:b']]) {
      watching = now;
      await file.recount();
      seen.push(existsSync(path));
    }
    expect(seen).toEqual([false, true, false, false]);
  });

  it('contains the last ready record, complete, and leaves no draft beside it', async () => {
    const path = join(place, 'ready');
    const file = opened(path, () => ['me']);
    await file.follow(ready('me'));
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ type: 'ready', time: '1970-01-01T00:00:00.000Z', target: 'me' });
    await file.follow({ ...ready('me'), time: 1000 });
    expect(readFileSync(path, 'utf8')).toBe('{"type":"ready","time":"1970-01-01T00:00:01.000Z","target":"me"}\n');
    expect(readdirSync(place)).toEqual(['ready']);
  });

  it('is replaced as a whole, so that a reader of the old one can finish it', async () => {
    const path = join(place, 'ready');
    const file = opened(path, () => ['me']);
    await file.follow(ready('me'));
    const reader = openSync(path, 'r');
    await file.follow({ ...ready('me'), time: 1_000 });
    expect(readFileSync(reader, 'utf8')).toContain('1970-01-01T00:00:00.000Z');
    closeSync(reader);
  });

  it('appears when the one target that was not connected ends, but not when that was the last', async () => {
    const path = join(place, 'ready');
    let watching = ['a', 'b'];
    const file = opened(path, () => watching);
    await file.follow(ready('a'));
    watching = ['a'];
    await file.follow(end('b'));
    expect(existsSync(path)).toBe(true);
    watching = [];
    await file.follow(end('a'));
    expect(existsSync(path)).toBe(false);
  });

  it('appears when several targets that were not connected end at the same time', async () => {
    const path = join(place, 'ready');
    let watching = ['a', 'b', 'c'];
    const file = opened(path, () => watching);
    await file.follow(ready('a'));
    watching = ['a'];
    await Promise.all([file.follow(end('b')), file.follow(end('c'))]);
    expect(existsSync(path)).toBe(true);
  });

  it('disappears when a target joins that is not connected yet', async () => {
    const path = join(place, 'ready');
    let watching = ['a'];
    const file = opened(path, () => watching);
    await file.follow(ready('a'));
    watching = ['a', 'b'];
    await file.recount();
    expect(existsSync(path)).toBe(false);
    await file.follow(ready('b'));
    expect(existsSync(path)).toBe(true);
  });

  it('is not left behind by a write that a loss overtakes', async () => {
    const path = join(place, 'ready');
    const file = opened(path, () => ['a', 'b']);
    await file.follow(ready('a'));
    // The loss of one target is reported while the file for the other one is being written.
    await Promise.all([file.follow(ready('b')), file.follow(lost('a'))]);
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(place)).toEqual([]);
  });

  it('is complete however many targets connect at the same time', async () => {
    const path = join(place, 'ready');
    const targets = Array.from({ length: 50 }, (_, n) => `${n}`);
    const file = opened(path, () => targets);
    await Promise.all(targets.map((target) => file.follow(ready(target))));
    await Promise.all(targets.map((target) => file.follow({ ...ready(target), time: 1_000 })));
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ type: 'ready', time: '1970-01-01T00:00:01.000Z' });
    expect(readdirSync(place)).toEqual(['ready']);
  });

  it('can be removed synchronously, but only if this run wrote it', async () => {
    const path = join(place, 'ready');
    const file = opened(path, () => ['me']);
    writeFileSync(path, 'somebody else\'s');
    file.removeNow();
    expect(readFileSync(path, 'utf8')).toBe('somebody else\'s');
    rmSync(path);
    await file.follow(ready('me'));
    file.removeNow();
    expect(existsSync(path)).toBe(false);
  });

  it('stays during a renewal, and with events that do not concern the connection', async () => {
    const path = join(place, 'ready');
    const file = opened(path, () => ['me']);
    await file.follow(ready('me'));
    await file.follow({ type: 'renewed', time: 0, target: 'me' });
    await file.follow({ type: 'notification', time: 0, target: 'me', data: 1 });
    await file.follow({ type: 'warning', time: 0, target: 'me', message: 'careful' });
    expect(existsSync(path)).toBe(true);
  });

  it('replaces the record of a killed run', async () => {
    const path = join(place, 'ready');
    const killed = opened(path, () => ['me']);
    await killed.follow(ready('me'));
    const file = opened(path, () => ['me']);
    await file.remove();
    expect(existsSync(path)).toBe(false);
    await file.follow(ready('me'));
    expect(existsSync(path)).toBe(true);
  });

  it('does nothing without a path', async () => {
    const file = opened(undefined, () => ['me']);
    await file.follow(ready('me'));
    await file.remove();
    expect(readdirSync(place)).toEqual([]);
  });
});

describe('something in place of the ready file', () => {
  const RECORD = '{"type":"ready","time":"1970-01-01T00:00:00.000Z","target":"me"}\n';

  it.each<[string, (path: string) => void]>([
    ['a text', (path) => { writeFileSync(path, 'my notes\n'); }],
    ['an empty file', (path) => { writeFileSync(path, ''); }],
    ['other JSON', (path) => { writeFileSync(path, '{"type":"ready"}\n'); }],
    ['several records', (path) => { writeFileSync(path, RECORD + RECORD); }],
    ['a file that is far too long', (path) => { writeFileSync(path, RECORD.trimEnd() + ' '.repeat(100_000)); }],
    ['a folder', (path) => { mkdirSync(path); }],
    ['a link to a ready record', (path) => {
      writeFileSync(`${path}-record`, RECORD);
      symlinkSync(`${path}-record`, path);
    }],
    ['a link to nothing', (path) => { symlinkSync(`${path}-nothing`, path); }],
    ['a pipe', (path) => { execFileSync('mkfifo', [path]); }],
  ])('is refused before it is touched: %s', (_what, make) => {
    const path = join(place, 'ready');
    make(path);
    const before = lstatSync(path);
    expect(() => opened(path, () => ['me'])).toThrow(expect.objectContaining({ category: 'usage', message: expect.stringContaining(path) as unknown, hint: expect.any(String) as unknown }));
    expect([lstatSync(path).ino, lstatSync(path).mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  });

  it('is refused if it is a device', () => {
    expect(() => opened('/dev/null', () => ['me'])).toThrow(expect.objectContaining({ category: 'usage' }));
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('is left alone if somebody put it there meanwhile', async () => {
    const path = join(place, 'ready');
    const file = opened(path, () => ['me']);
    await file.follow(ready('me'));
    writeFileSync(path, 'my notes\n');
    await expect(file.remove()).rejects.toMatchObject({ category: 'usage' });
    expect(() => { file.removeNow(); }).toThrow();
    expect(readFileSync(path, 'utf8')).toBe('my notes\n');
  });

  it('is left alone by a run that never wrote it', async () => {
    const path = join(place, 'ready');
    const file = opened(path, () => ['me']);
    writeFileSync(path, 'my notes\n');
    await file.remove();
    expect(readFileSync(path, 'utf8')).toBe('my notes\n');
  });
});

describe('a ready file that cannot be written', () => {
  /** Moves the folder away; the result moves it back. */
  const away = (): (() => void) => {
    renameSync(place, `${place}-away`);
    return () => { renameSync(`${place}-away`, place); };
  };
  const scene = () => {
    const clock = steppedClock();
    const said: string[] = [];
    const failed: unknown[] = [];
    const stop = new AbortController();
    const path = join(place, 'ready');
    const file = opened(path, () => ['me'], { clock, signal: stop.signal, warn: (line) => said.push(line), onFailed: (error) => failed.push(error) });
    // Each attempt ends before the next second begins, since recount() waits for it.
    const seconds = async (count: number): Promise<void> => {
      for (let second = 0; second < count; second += 1) {
        await clock.advance(1_000);
        await file.recount();
      }
    };
    return { clock, seconds, said, failed, stop, path, file };
  };

  it('for a moment is retried, with a warning', async () => {
    const { seconds, said, failed, path, file } = scene();
    await file.follow(ready('me'));
    await file.follow(lost('me'));
    const back = away();
    await file.follow(ready('me'));
    await file.follow({ ...ready('me'), time: 2_000 });
    await seconds(2);
    expect(said).toEqual([expect.stringMatching(/ready cannot be written: ENOENT.*; retrying for a minute$/)]);
    back();
    await seconds(2);
    expect(readFileSync(path, 'utf8')).toContain('00:00:02.000Z');
    // And it still follows the connection.
    await file.follow(lost('me'));
    expect(existsSync(path)).toBe(false);
    await seconds(120);
    expect([said.length, failed]).toEqual([1, []]);
  });

  it('is removed if the connection is lost while a retry is writing it', async () => {
    const { clock, path, file } = scene();
    await file.follow(ready('me'));
    await file.follow(lost('me'));
    const back = away();
    await file.follow(ready('me'));
    back();
    const retried = clock.advance(1_000);
    while (!existsSync(path)) await new Promise((resolve) => { setImmediate(resolve); });
    await file.follow(lost('me'));
    await retried;
    expect(existsSync(path)).toBe(false);
  });

  it('is not written later if the connection is lost again by then', async () => {
    const { seconds, path, file } = scene();
    await file.follow(ready('me'));
    await file.follow(lost('me'));
    const back = away();
    await file.follow(ready('me'));
    await file.follow(lost('me'));
    back();
    await seconds(5);
    expect(existsSync(path)).toBe(false);
  });

  it('for more than a minute ends the watch', async () => {
    const { seconds, failed, file } = scene();
    await file.follow(ready('me'));
    await file.follow(lost('me'));
    const back = away();
    await file.follow(ready('me'));
    await seconds(59);
    expect(failed).toEqual([]);
    await seconds(5);
    expect(failed).toEqual([expect.objectContaining({ category: 'usage', message: expect.stringContaining('ENOENT') as unknown })]);
    back();
  });

  it('at the first connection ends the watch at once', async () => {
    const { failed, said, file } = scene();
    const back = away();
    await expect(file.follow(ready('me'))).rejects.toMatchObject({ category: 'usage' });
    expect([failed, said]).toEqual([[], []]);
    back();
  });

  it('is not retried once the watch is over', async () => {
    const { seconds, failed, stop, file } = scene();
    await file.follow(ready('me'));
    await file.follow(lost('me'));
    const back = away();
    await file.follow(ready('me'));
    stop.abort();
    await seconds(120);
    expect(failed).toEqual([]);
    back();
  });
});

describe('the ready file of a cluster member', () => {
  const idle = { type: 'ready', time: 7, target: 'cluster:prod' } as const;

  it('exists once the member has joined, even with nothing to watch', async () => {
    const path = join(place, 'ready');
    let joined = false;
    const file = opened(path, () => [], { standby: () => (joined ? idle : undefined) });
    await file.recount();
    expect(existsSync(path)).toBe(false);
    joined = true;
    await file.recount();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ type: 'ready', target: 'cluster:prod' });
  });

  it('exists only while its whole share is connected', async () => {
    const path = join(place, 'ready');
    let [joined, watching] = [true, ['a']];
    const file = opened(path, () => watching, { standby: () => (joined ? idle : undefined) });
    const seen: boolean[] = [];
    const look = async (change: () => Promise<void>): Promise<void> => {
      await change();
      seen.push(existsSync(path));
    };
    await look(() => file.recount());
    await look(() => file.follow(ready('a')));
    watching = ['a', 'b'];
    await look(() => file.recount());
    await look(() => file.follow(ready('b')));
    joined = false;
    await look(() => file.recount());
    joined = true;
    watching = [];
    await look(() => file.recount());
    expect(seen).toEqual([false, true, false, true, false, true]);
  });
});
