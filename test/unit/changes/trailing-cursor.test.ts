import { describe, expect, it } from '@jest/globals';
import { Round } from '../../../src/changes/index/round.ts';
import { fixedPace } from '../../../src/changes/poll-schedule.ts';
import { KEEP_CURSOR_MS, TrailingCursor } from '../../../src/changes/trailing-cursor.ts';
import { startChanges, type ChangesScript } from '../../support/changes-script.ts';
import { memoryPositions, type Disk } from '../../support/memory-positions.ts';
import { LINK, scriptedSource, type ScriptedSource } from '../../support/scripted-source.ts';
import { steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

const told = (script: ChangesScript): string[] => script.history().filter((line) => line !== 'ready');
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

  it('moves at once from one that is three days old, before the service forgets it', () => {
    let now = 3 * 86_400_000;
    const trailing = new TrailingCursor(() => now);
    expect(trailing.after(round(), position('0'), position('1')).cursor).toBe('0');
    now += 1;
    expect(new TrailingCursor(() => now).after(round(), position('0'), position('2')).cursor).toBe('2');
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
  interface Scene { clock: SteppedClock; source: ScriptedSource }

  /** A cursor from before the deletion gets it once the change log has it; a later cursor never does. */
  function scene(lagMs: number): Scene {
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
    return { clock, source };
  }

  it.each([0, 15_000, 60_000, 110_000])('%d ms late is reported once', async (lagMs) => {
    const { clock, source } = scene(lagMs);
    const script = await startChanges({ source, clock, trigger: { pace: () => fixedPace(10_000) } });
    await clock.advance(10 * 60_000);
    await script.stop();
    expect(told(script)).toEqual(['deleted /gone.txt']);
  });

  it.each([
    ['--once every minute', { once: true } as const, 60_000],
    ['a watch that is restarted every 20 s', { pace: () => fixedPace(10_000) }, 20_000],
  ])('late is reported once by %s', async (_how, trigger, everyMs) => {
    for (const lagMs of [0, 15_000, 60_000, 110_000]) {
      const { clock, source } = scene(lagMs);
      const disk: Disk = { lines: [] };
      const lines: string[] = [];
      // The first round after the deletion begins five seconds later.
      await clock.advance(5_000);
      for (let runs = 0; runs * everyMs < 10 * 60_000; runs += 1) {
        const script = await startChanges({ source, clock, trigger, positions: memoryPositions(disk) });
        await clock.advance(everyMs);
        await script.stop();
        lines.push(...told(script));
      }
      expect([lagMs, lines]).toEqual([lagMs, ['deleted /gone.txt']]);
    }
  });
});

it('what a killed run may have reported is remembered as long as the cursor stays', async () => {
  const clock = steppedClock();
  const source = scriptedSource();
  source.answers.set('beginning', { items: [{ id: 'R', name: 'root', folder: {}, root: {} }], cursor: `${LINK}0` });
  const disk: Disk = { lines: [] };
  const killed = await startChanges({ source, clock, index: 'first', positions: memoryPositions(disk) });
  await clock.advance(60_000);
  killed.stall();
  source.rounds.push([{ id: 'new', name: 'new.txt', eTag: '1', parentReference: { id: 'R' } }]);
  killed.tap();
  await clock.advance(10_000);
  await killed.killAfter(1);
  expect(told(killed)).toEqual(['created /new.txt']);
  const next = await startChanges({ source, clock, index: 'first', positions: memoryPositions(disk) });
  await clock.advance(60_000);
  source.rounds.push([{ id: 'new', deleted: {} }]);
  next.tap();
  await clock.advance(10_000);
  expect(told(next)).toEqual(['deleted /new.txt']);
  await next.stop();
});
