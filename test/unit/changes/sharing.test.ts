import { describe, expect, it } from '@jest/globals';
import { UNANNOUNCED_LEAST_MS } from '../../../src/changes/follow-taps.ts';
import { fixedPace } from '../../../src/changes/poll-schedule.ts';
import { BoundedQueue } from '../../../src/lib/bounded-queue.ts';
import { aborted } from '../../../src/lib/abort.ts';
import type { WatchEvent } from '../../../src/events.ts';
import { startChanges, type ChangesScript } from '../../support/changes-script.ts';
import { memoryPositions, type Disk } from '../../support/memory-positions.ts';
import { LINK, scriptedSource, type ScriptedSource } from '../../support/scripted-source.ts';
import { steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

const MARK = { '@microsoft.graph.sharedChanged': 'True' };
const root = { id: 'R', name: 'root', folder: {}, root: {} };
const inRoot = { parentReference: { id: 'R', path: '/drive/root:' } };
const old = { createdDateTime: '2020-01-01T00:00:00Z', lastModifiedDateTime: '2020-01-01T00:00:00Z' };
const file = { id: 'A', name: 'a.txt', file: {}, eTag: '"a,1"', size: 3, ...inRoot, ...old, lastModifiedBy: { user: { displayName: 'Ada' } } };
const folder = { id: 'F', name: 'Plans', folder: {}, eTag: '"f,1"', ...inRoot, ...old };

interface Scene {
  clock: SteppedClock;
  source: ScriptedSource;
  script: ChangesScript;
  round: (...items: Record<string, unknown>[]) => Promise<string[]>;
}

async function start({ index = true, ...more } = {}): Promise<Scene> {
  const clock = steppedClock();
  const source = scriptedSource();
  source.answers.set('beginning', { items: [root, file, folder], cursor: `${LINK}0` });
  const script = await startChanges({ source, clock, index: index ? 'first' : 'never', ...more });
  await clock.advance(10 * 60_000);
  return {
    clock, source, script,
    async round(...items) {
      const before = script.history().length;
      source.rounds.push(items);
      script.tap();
      await clock.advance(5_000);
      return script.history().slice(before);
    },
  };
}

describe('a sharing change', () => {
  it.each(['True', 'true', true])('is reported although the eTag is the same (%j), and again the next time', async (mark) => {
    const s = await start();
    for (let times = 0; times < 2; times += 1) expect(await s.round({ ...file, '@microsoft.graph.sharedChanged': mark })).toEqual(['shared /a.txt']);
    expect(await s.round({ ...folder, '@microsoft.graph.sharedChanged': mark })).toEqual(['shared /Plans']);
    await s.script.stop();
  });

  it.each([undefined, 'False', false, null, '', 'yes', 1])('is not reported if the mark is %j', async (mark) => {
    const s = await start();
    expect(await s.round({ ...file, '@microsoft.graph.sharedChanged': mark })).toEqual([]);
    await s.script.stop();
  });

  it('has nothing made up: the item is as Graph shows it, without a previous state', async () => {
    const s = await start();
    await s.round({ ...file, ...MARK });
    const [change] = s.script.changes();
    expect(change).toEqual({
      type: 'change', time: expect.any(Number), target: 'me', change: 'shared', via: 'push',
      item: { id: 'A', name: 'a.txt', path: '/a.txt', size: 3, folder: false, eTag: '"a,1"', lastModifiedDateTime: old.lastModifiedDateTime, lastModifiedBy: file.lastModifiedBy },
    });
    await s.script.stop();
  });

  it('follows other changes of the item, and replaces a change of unknown kind', async () => {
    const s = await start();
    expect(await s.round({ ...file, ...MARK, name: 'b.txt', eTag: '"a,2"' })).toEqual(['renamed /b.txt', 'shared /b.txt']);
    await s.script.stop();
    const blind = await start({ index: false });
    expect(await blind.round({ ...file, ...MARK })).toEqual(['shared /a.txt']);
    await blind.script.stop();
  });

  it('is reported once for an item that comes twice in a round, marked once', async () => {
    const s = await start();
    expect(await s.round({ ...file, ...MARK }, file)).toEqual(['shared /a.txt']);
    await s.script.stop();
  });

  it('is not reported for a deleted item or the root', async () => {
    const s = await start();
    expect(await s.round({ ...root, ...MARK }, { id: 'A', deleted: {}, ...MARK })).toEqual(['deleted /a.txt']);
    await s.script.stop();
  });

  it('is polled for, since no notification announces it', async () => {
    const events = new BoundedQueue<WatchEvent>();
    let polled = 0;
    const s = await start({
      trigger: {
        notifications: (signal: AbortSignal) => { void aborted(signal).then(() => { events.end(); }); events.put({ type: 'ready', time: 0, target: 'me' }); return events; },
        unannounced: () => {
          polled += 1;
          return { ...fixedPace(5_000), leave: () => { polled -= 1; } };
        },
      },
    } as object);
    const asked = s.source.asked.length;
    await s.clock.advance(10 * UNANNOUNCED_LEAST_MS);
    expect(s.source.asked.length - asked).toBe(10);
    s.source.rounds.push([{ ...file, ...MARK }]);
    await s.clock.advance(UNANNOUNCED_LEAST_MS);
    expect(s.script.changes()).toMatchObject([{ change: 'shared', via: 'poll' }]);
    await s.script.stop();
    expect(polled).toBe(0);
  });

  it('is not reported again by runs that are cut short after it, unless the item has changed since', async () => {
    const disk: Disk = { lines: [] };
    const clock = steppedClock();
    const source = scriptedSource();
    source.answers.set('beginning', { items: [root, file, folder], cursor: `${LINK}0` });
    const run = async (...items: Record<string, unknown>[]): Promise<string[]> => {
      // Delta repeats from the cursor what no run has reported all of.
      source.answers.set(`${LINK}0`, { items, cursor: `${LINK}1` });
      // What --count 1 does.
      const taken = new AbortController();
      const script = await startChanges({ source, clock, index: 'first', positions: memoryPositions(disk, Infinity), signal: taken.signal, onTaken: ({ type }) => { if (type === 'change') taken.abort(); }, takes: 1 });
      await clock.advance(60_000);
      await script.stop();
      return script.history();
    };
    source.answers.set(`${LINK}0`, { items: [], cursor: `${LINK}0` });
    const first = await startChanges({ source, clock, index: 'first', positions: memoryPositions(disk, Infinity) });
    await clock.advance(10_000);
    await first.stop();
    const shared = [{ ...file, ...MARK }, { ...folder, ...MARK }];
    expect(await run(...shared)).toEqual(['shared /a.txt']);
    expect(await run(...shared)).toEqual(['shared /Plans']);
    expect(await run({ ...file, ...MARK, eTag: '"a,2"' }, shared[1]!)).toEqual(['modified /a.txt']);
    expect(await run({ ...file, ...MARK, eTag: '"a,2"' }, shared[1]!)).toEqual(['shared /a.txt']);
    expect((await run({ ...file, ...MARK, eTag: '"a,2"' }, shared[1]!)).filter((line) => line !== 'ready')).toEqual([]);
  });
});
