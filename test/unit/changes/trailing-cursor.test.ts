import { describe, expect, it } from '@jest/globals';
import { Round } from '../../../src/changes/index/round.ts';
import { fixedPace } from '../../../src/changes/poll-schedule.ts';
import { KEEP_CURSOR_MS, TrailingCursor } from '../../../src/changes/trailing-cursor.ts';
import { startChanges } from '../../support/changes-script.ts';
import { LINK, scriptedSource } from '../../support/scripted-source.ts';
import { steppedClock } from '../../support/stepped-clock.ts';

const position = (cursor: string): { cursor: string; at: number } => ({ cursor, at: 0 });

function round(...items: Record<string, unknown>[]): Round {
  const made = new Round();
  made.add(items);
  return made;
}

describe('a cursor after an empty round', () => {
  it('stays for two minutes, and then moves to one that is two minutes old', () => {
    let now = 0;
    const trailing = new TrailingCursor(() => now);
    let current = position('0');
    const seen: [number, string][] = [];
    for (let count = 1; now <= 600_000; count += 1, now += 30_000) {
      current = trailing.after(round(), current, position(String(count)));
      seen.push([now, current.cursor]);
    }
    // The cursor of second 0 is used from second 120 on, that of second 120 from second 240 on, and so on.
    expect(seen.filter(([, cursor], index) => cursor !== seen[index - 1]?.[1])).toEqual([[0, '0'], [120_000, '1'], [240_000, '5'], [360_000, '9'], [480_000, '13'], [600_000, '17']]);
  });

  it('moves at once after a round with changes, and drops the ones that waited', () => {
    let now = 0;
    const trailing = new TrailingCursor(() => now);
    expect(trailing.after(round(), position('0'), position('1')).cursor).toBe('0');
    now = KEEP_CURSOR_MS;
    expect(trailing.after(round({ id: 'a', name: 'a' }), position('0'), position('2')).cursor).toBe('2');
    expect(trailing.after(round(), position('2'), position('3')).cursor).toBe('2');
  });

  it('stays also if only the root came along', () => {
    const trailing = new TrailingCursor(() => 0);
    expect(trailing.after(round({ id: 'R', root: {}, folder: {} }), position('0'), position('1')).cursor).toBe('0');
  });

  it('is not kept forever because the clock was set back', () => {
    let now = 3_600_000;
    const trailing = new TrailingCursor(() => now);
    trailing.after(round(), position('0'), position('1'));
    now = 0;
    expect(trailing.after(round(), position('0'), position('2')).cursor).toBe('1');
  });
});

describe('a deletion that enters the change log', () => {
  /** A cursor from before the deletion gets it once the change log has it; a later cursor never does. */
  async function watched(lagMs: number): Promise<string[]> {
    const clock = steppedClock();
    const source = scriptedSource();
    const began = clock.now();
    const deletedAt = began + 60_000;
    source.answers.set('latest', { items: [], cursor: `${LINK}0` });
    for (let cursor = 0; cursor < 100; cursor += 1) {
      source.answers.set(`${LINK}${cursor}`, () => {
        const delivered = began + cursor * 10_000 < deletedAt && clock.now() >= deletedAt + lagMs;
        const items = delivered ? [{ id: 'gone', deleted: {}, name: 'gone.txt', parentReference: { id: 'R', path: '/drive/root:' } }] : [];
        return { items, cursor: `${LINK}${Math.floor((clock.now() - began) / 10_000)}` };
      });
    }
    const script = await startChanges({ source, clock, trigger: { pace: () => fixedPace(10_000) } });
    await clock.advance(10 * 60_000);
    await script.stop();
    return script.history().filter((line) => line !== 'ready');
  }

  it.each([0, 15_000, 60_000, 110_000])('%d ms late is reported once', async (lagMs) => {
    expect(await watched(lagMs)).toEqual(['deleted /gone.txt']);
  });
});
