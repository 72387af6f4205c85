import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readyFile } from '../../../src/watch/ready-file.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'graph-watch-ready-'));
});
afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

const ready = (target: string) => ({ type: 'ready', time: 0, target }) as const;
const lost = (target: string) => ({ type: 'reconnecting', time: 0, target, reason: 'lost', delayMs: 1 }) as const;
const end = (target: string) => ({ type: 'end', time: 0, target, reason: 'gone', failed: true }) as const;

describe('the ready file', () => {
  it('is refused before anything is sent where it cannot be written', () => {
    const path = join(place, 'nowhere', 'ready');
    expect(() => readyFile(path, () => ['me'])).toThrow(expect.objectContaining({ category: 'usage', message: expect.stringContaining(path) as unknown }));
  });

  it('is there exactly while all targets are connected', async () => {
    const path = join(place, 'ready');
    const file = readyFile(path, () => ['a', 'b']);
    const seen: boolean[] = [];
    for (const event of [ready('a'), ready('b'), lost('a'), ready('a')]) {
      await file.follow(event);
      seen.push(existsSync(path));
    }
    expect(seen).toEqual([false, true, false, true]);
    await file.remove();
    expect(existsSync(path)).toBe(false);
  });

  it('has the last ready record in it, whole, and leaves no draft beside it', async () => {
    const path = join(place, 'ready');
    const file = readyFile(path, () => ['me']);
    await file.follow(ready('me'));
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ type: 'ready', time: '1970-01-01T00:00:00.000Z', target: 'me' });
    await file.follow({ ...ready('me'), time: 1000 });
    expect(readFileSync(path, 'utf8')).toBe('{"type":"ready","time":"1970-01-01T00:00:01.000Z","target":"me"}\n');
    expect(readdirSync(place)).toEqual(['ready']);
  });

  it('comes when the one target that kept it away has ended, but not when that was the last', async () => {
    const path = join(place, 'ready');
    let watching = ['a', 'b'];
    const file = readyFile(path, () => watching);
    await file.follow(ready('a'));
    watching = ['a'];
    await file.follow(end('b'));
    expect(existsSync(path)).toBe(true);
    watching = [];
    await file.follow(end('a'));
    expect(existsSync(path)).toBe(false);
  });

  it('comes when several that kept it away end at once', async () => {
    const path = join(place, 'ready');
    let watching = ['a', 'b', 'c'];
    const file = readyFile(path, () => watching);
    await file.follow(ready('a'));
    watching = ['a'];
    await Promise.all([file.follow(end('b')), file.follow(end('c'))]);
    expect(existsSync(path)).toBe(true);
  });

  it('goes when a target joins that is not connected yet', async () => {
    const path = join(place, 'ready');
    let watching = ['a'];
    const file = readyFile(path, () => watching);
    await file.follow(ready('a'));
    watching = ['a', 'b'];
    await file.recount();
    expect(existsSync(path)).toBe(false);
    await file.follow(ready('b'));
    expect(existsSync(path)).toBe(true);
  });

  it('is not left by a write that a loss overtakes', async () => {
    const path = join(place, 'ready');
    const file = readyFile(path, () => ['a', 'b']);
    await file.follow(ready('a'));
    // The loss of one is told while the other's file is on its way to the disk.
    await Promise.all([file.follow(ready('b')), file.follow(lost('a'))]);
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(place)).toEqual([]);
  });

  it('is written whole however many are connected at once', async () => {
    const path = join(place, 'ready');
    const targets = Array.from({ length: 50 }, (_, n) => `${n}`);
    const file = readyFile(path, () => targets);
    await Promise.all(targets.map((target) => file.follow(ready(target))));
    await Promise.all(targets.map((target) => file.follow({ ...ready(target), time: 1_000 })));
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ type: 'ready', time: '1970-01-01T00:00:01.000Z' });
    expect(readdirSync(place)).toEqual(['ready']);
  });

  it('is taken away at once where nothing can be waited for, and only if it was written', async () => {
    const path = join(place, 'ready');
    const file = readyFile(path, () => ['me']);
    writeFileSync(path, 'somebody else\'s');
    file.removeNow();
    expect(existsSync(path)).toBe(true);
    await file.follow(ready('me'));
    file.removeNow();
    expect(existsSync(path)).toBe(false);
  });

  it('stays through a renewal, and through what is no matter of the connection', async () => {
    const path = join(place, 'ready');
    const file = readyFile(path, () => ['me']);
    await file.follow(ready('me'));
    await file.follow({ type: 'renewed', time: 0, target: 'me' });
    await file.follow({ type: 'notification', time: 0, target: 'me', data: 1 });
    await file.follow({ type: 'warning', time: 0, target: 'me', message: 'careful' });
    expect(existsSync(path)).toBe(true);
  });

  it('cannot be a folder', async () => {
    await expect(readyFile(place, () => ['me']).remove()).rejects.toMatchObject({ category: 'usage' });
  });

  it('is nothing where there is no path', async () => {
    const file = readyFile(undefined, () => ['me']);
    await file.follow(ready('me'));
    await file.remove();
    expect(readdirSync(place)).toEqual([]);
  });
});
