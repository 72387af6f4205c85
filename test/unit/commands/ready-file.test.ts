import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readyFile } from '../../../src/commands/ready-file.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'graph-watch-ready-'));
});
afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

const ready = (target: string) => ({ type: 'ready', time: 0, target }) as const;

describe('the ready file', () => {
  it('is refused before anything is sent where it cannot be written', () => {
    const path = join(place, 'nowhere', 'ready');
    expect(() => readyFile(path, () => ['me'])).toThrow(expect.objectContaining({ category: 'usage', message: expect.stringContaining(path) as unknown }));
  });

  it('is there exactly while all targets are connected', async () => {
    const path = join(place, 'ready');
    const file = readyFile(path, () => ['a', 'b']);
    const seen: boolean[] = [];
    for (const event of [ready('a'), ready('b'), { type: 'reconnecting', time: 0, target: 'a', reason: 'lost', delayMs: 1 } as const, ready('a')]) {
      await file.follow(event);
      seen.push(existsSync(path));
    }
    expect(seen).toEqual([false, true, false, true]);
    await file.remove();
    expect(existsSync(path)).toBe(false);
  });
});
