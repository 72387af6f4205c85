import { describe, expect, it } from '@jest/globals';
import { fixedPace } from '../../../src/changes/poll-schedule.ts';
import { QUERY_FLOOR_MS } from '../../../src/changes/query-floor.ts';
import { WatchError } from '../../../src/errors.ts';
import { ModelDrive, type ModelQuirks } from '../../support/model-drive.ts';
import { startChanges, type ChangesScript, type ScriptOptions } from '../../support/changes-script.ts';
import { settle, steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

const MINUTE = 60_000;

interface Scene {
  clock: SteppedClock;
  drive: ModelDrive;
  reports: string;
  q1: string;
  start: (more?: Partial<ScriptOptions>) => Promise<ChangesScript>;
}

/** `/Reports/Q1.txt`, long there. */
function scene(quirks: Partial<ModelQuirks> = {}): Scene {
  const clock = steppedClock();
  const drive = new ModelDrive(clock.now, quirks);
  const reports = drive.seed('Reports', 'root', true);
  const q1 = drive.seed('Q1.txt', reports, false);
  return { clock, drive, reports, q1, start: (more = {}) => startChanges({ source: drive, clock, ...more }) };
}

const reported = (script: ChangesScript): string[] => script.history().filter((line) => line !== 'ready');
const deltas = (drive: ModelDrive): number => drive.asked.filter((asked) => typeof asked === 'object' && 'link' in asked).length;

describe('what is asked, and when', () => {
  it('arms the cursor before it says ready', async () => {
    const { drive, start } = scene();
    const order: string[] = [];
    const page = drive.page.bind(drive);
    drive.page = (from) => {
      order.push(typeof from === 'string' ? from : 'link');
      return page(from);
    };
    const script = await start({ onTaken: ({ type }) => order.push(type) });
    expect(order.indexOf('latest')).toBe(0);
    expect(order.filter((step) => step !== 'link').slice(0, 2)).toEqual(['latest', 'ready']);
    await script.stop();
  });

  it('asks once more after a request, however many taps came during it', async () => {
    const { clock, drive, reports, start } = scene();
    const script = await start();
    await clock.advance(2 * MINUTE);
    const before = deltas(drive);
    let answer: () => void = () => undefined;
    const page = drive.page.bind(drive);
    drive.page = async (from) => {
      await new Promise<void>((resolve) => { answer = resolve; });
      return page(from);
    };
    script.tap();
    await clock.advance(0);
    for (let taps = 0; taps < 10; taps += 1) script.tap();
    await clock.advance(0);
    drive.create('a', reports, false);
    answer();
    await clock.advance(QUERY_FLOOR_MS);
    answer();
    await clock.advance(0);
    expect(deltas(drive) - before).toBe(2);
    expect(reported(script)).toEqual(['created /Reports/a']);
    await script.stop();
  });

  it('asks again after an empty answer, with growing pauses, for a minute', async () => {
    const { clock, drive, start } = scene();
    const script = await start();
    await clock.advance(10 * MINUTE);
    clock.sleeps.length = 0;
    const before = deltas(drive);
    script.tap();
    await clock.advance(10 * MINUTE);
    expect(clock.sleeps).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 30_000]);
    expect(deltas(drive) - before).toBe(7);
    await script.stop();
  });

  it('starts the pauses anew at a new tap', async () => {
    const { clock, start } = scene();
    const script = await start();
    await clock.advance(10 * MINUTE);
    clock.sleeps.length = 0;
    script.tap();
    await clock.advance(4_000);
    script.tap();
    await clock.advance(10 * MINUTE);
    expect(clock.sleeps).toEqual([1_000, 2_000, 4_000, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000]);
    await script.stop();
  });

  it('queries at once after a tap, and then more and more rarely, however many taps come', async () => {
    const { clock, drive, q1, start } = scene();
    const script = await start();
    await clock.advance(10 * MINUTE);
    const before = deltas(drive);
    drive.edit(q1);
    script.tap();
    await clock.advance(0);
    expect([deltas(drive) - before, reported(script)]).toEqual([1, ['modified /Reports/Q1.txt']]);
    for (let taps = 0; taps < 100; taps += 1) {
      script.tap();
      await clock.advance(100);
    }
    // After 1, 1.2, 1.44 s and so on.
    expect(deltas(drive) - before).toBe(7);
    await script.stop();
  });

  it('queries a second after the last time at the latest, although the clock was set back', async () => {
    const { clock, drive, start } = scene();
    const script = await start();
    await clock.advance(10 * MINUTE);
    script.tap();
    await clock.advance(0);
    const before = deltas(drive);
    clock.jump(-3_600_000);
    script.tap();
    await clock.advance(QUERY_FLOOR_MS);
    expect(deltas(drive) - before).toBeGreaterThan(0);
    await script.stop();
  });

  it('finds what lags a minute behind its only notification', async () => {
    const { clock, drive, q1, start } = scene({ lagMs: 59_000 });
    const script = await start();
    await clock.advance(10 * MINUTE);
    drive.edit(q1);
    script.tap();
    await clock.advance(MINUTE);
    expect(reported(script)).toEqual(['modified /Reports/Q1.txt']);
    await script.stop();
  });

  it('asks after every connect, and calls what it finds then a catch-up', async () => {
    const { clock, drive, q1, start } = scene();
    const script = await start();
    await clock.advance(10 * MINUTE);
    script.lose();
    drive.edit(q1);
    script.connect();
    await clock.advance(0);
    expect(script.history()).toEqual(['ready', 'reconnecting', 'ready', 'modified /Reports/Q1.txt']);
    expect(script.changes()).toMatchObject([{ via: 'catchup' }]);
    await script.stop();
  });

  it('lets notifications pass only if configured so', async () => {
    const { clock, start } = scene();
    const script = await start({ withNotifications: true });
    script.tap();
    await clock.advance(0);
    expect(script.history()).toEqual(['ready', 'notification']);
    await script.stop();
  });

  it('queries at its interval when it polls, and says ready on its own', async () => {
    const { clock, drive, q1, start } = scene();
    const script = await start({ trigger: { pace: () => fixedPace(30_000) } });
    drive.edit(q1);
    await clock.advance(29_000);
    expect(script.history()).toEqual(['ready']);
    await clock.advance(1_000);
    expect(script.changes()).toMatchObject([{ change: 'modified', via: 'poll' }]);
    drive.failures.push(new WatchError('network', 'it rains'));
    drive.edit(q1);
    await clock.advance(31_000);
    expect(script.history()).toEqual(['ready', 'modified /Reports/Q1.txt', 'reconnecting', 'ready', 'modified /Reports/Q1.txt']);
    await script.stop();
  });
});

describe('what goes wrong', () => {
  it('waits as long as Graph asks, and drops nothing', async () => {
    const { clock, drive, q1, start } = scene();
    const script = await start();
    await clock.advance(10 * MINUTE);
    drive.failures.push(new WatchError('network', 'too many', { status: 429, retryAfterMs: 17_000 }), new WatchError('network', 'held', { code: 'held', retryAfterMs: 400 }));
    drive.edit(q1);
    script.tap();
    await clock.advance(17_399);
    expect(reported(script)).toEqual(['warning', 'warning']);
    expect(script.events.find(({ type }) => type === 'warning')).toMatchObject({ message: expect.stringContaining('retrying in 17 s') });
    expect(script.events.findLast(({ type }) => type === 'warning')).toMatchObject({ message: expect.stringContaining('retrying in 400 ms') });
    await clock.advance(1);
    expect(reported(script)).toEqual(['warning', 'warning', 'modified /Reports/Q1.txt']);
    await script.stop();
  });

  it('tries forever once it is armed, and shows what else comes meanwhile', async () => {
    const { clock, drive, q1, start } = scene();
    const script = await start();
    await clock.advance(10 * MINUTE);
    drive.failures.push(...Array.from({ length: 40 }, () => new WatchError('network', 'it rains')));
    drive.edit(q1);
    script.tap();
    script.lose();
    await clock.advance(1_000);
    expect(script.history()).toContain('reconnecting');
    await clock.advance(60 * MINUTE);
    expect(script.history().at(-1)).toBe('modified /Reports/Q1.txt');
    await script.stop();
  });

  it.each([false, true])('gives up after a minute where it never worked, and at once where trying again is of no use (full index: %p)', async (fullIndex) => {
    const { clock, drive, start } = scene();
    drive.failures.push(...Array.from({ length: 99 }, () => new WatchError('network', 'it rains')));
    const script = await start({ index: fullIndex ? 'first' : 'never' });
    await clock.advance(MINUTE);
    expect(await Promise.race([script.over, settle().then(() => 'still trying')])).toMatchObject({ message: 'it rains' });
    expect(new Set(script.history())).toEqual(new Set(['reconnecting']));
    const other = scene();
    other.drive.failures.push(new WatchError('refused', 'Graph answered 403'));
    expect(await (await other.start({ index: fullIndex ? 'first' : 'never' })).over).toMatchObject({ category: 'refused' });
  });

  it.each(['resyncRequired', 'resyncChangesApplyDifferences', 'resyncChangesUploadDifferences', 'resyncApplyDifferences', 'resyncUploadDifferences'])(
    'says a gap with its reason after 410 %s where it knows nothing, and goes on from now',
    async (code) => {
      const { clock, drive, q1, start } = scene();
      const script = await start();
      await clock.advance(10 * MINUTE);
      drive.edit(q1);
      drive.gone.push({ code, location: 'good' });
      script.tap();
      await clock.advance(MINUTE);
      expect(reported(script)).toEqual(['gap']);
      expect(script.events.find(({ type }) => type === 'gap')).toMatchObject({ reason: expect.stringContaining(code) });
      drive.edit(q1);
      script.tap();
      await clock.advance(QUERY_FLOOR_MS);
      expect(reported(script)).toEqual(['gap', 'modified /Reports/Q1.txt']);
      await script.stop();
    },
  );

  it.each(['none', 'good', 'broken'] as const)('prints the differences after a 410 with an index: Location %s', async (location) => {
    const { clock, drive, q1, reports, start } = scene({ pageSize: 1 });
    const old = drive.seed('old.txt', 'root', false);
    const script = await start({ index: 'first' });
    drive.gone.push({ code: 'resyncRequired', location });
    drive.edit(q1);
    drive.remove(old);
    drive.create('new.txt', reports, false);
    script.tap();
    await clock.advance(MINUTE);
    expect(reported(script)).toEqual(['warning', 'deleted /old.txt', 'modified /Reports/Q1.txt', 'created /Reports/new.txt']);
    await script.stop();
  });
});

describe('what delta says', () => {
  it.each([['repeats', { repeats: true }], ['paging', { pageSize: 1 }], ['ancestors', { ancestors: true }], ['everything', { repeats: true, pageSize: 1, ancestors: true }]])(
    'prints each change once: %s',
    async (_name, quirks) => {
      const { clock, drive, q1, reports, start } = scene(quirks);
      const script = await start();
      await clock.advance(10 * MINUTE);
      drive.edit(q1);
      drive.edit(q1);
      drive.create('Q2.txt', reports, false);
      script.tap();
      await clock.advance(MINUTE);
      expect(reported(script)).toEqual(['modified /Reports/Q1.txt', 'created /Reports/Q2.txt']);
      expect(script.changes()[0]!.item.size).toBe(12);
      await script.stop();
    },
  );

  it('has no previous for what it never saw, and all of it for what it did', async () => {
    const { clock, drive, q1, start } = scene();
    const script = await start();
    await clock.advance(10 * MINUTE);
    drive.edit(q1);
    script.tap();
    await clock.advance(MINUTE);
    drive.move(q1, 'root', 'Q1-final.txt');
    script.tap();
    await clock.advance(MINUTE);
    const [first, second] = script.changes();
    expect(first).not.toHaveProperty('previous');
    expect(first).toMatchObject({ change: 'modified', changedToSeenMs: 0 });
    expect(second).toMatchObject({
      change: 'moved', item: { name: 'Q1-final.txt', path: '/Q1-final.txt', size: 11 },
      previous: { name: 'Q1.txt', path: '/Reports/Q1.txt', size: 11 },
    });
    await script.stop();
  });

  it.each(['name', 'size'] as const)('knows what was deleted although its %s is missing', async (deletedLacks) => {
    const { clock, drive, q1, start } = scene({ deletedLacks });
    const script = await start({ index: 'first' });
    drive.remove(q1);
    script.tap();
    await clock.advance(QUERY_FLOOR_MS);
    expect(script.changes()).toMatchObject([{ change: 'deleted', item: { name: 'Q1.txt', path: '/Reports/Q1.txt', size: 10, folder: false } }]);
    await script.stop();
  });

  it('gives at least the id of what was deleted without ever having been seen', async () => {
    const { clock, drive, q1, start } = scene();
    const script = await start();
    drive.remove(q1);
    script.tap();
    await clock.advance(MINUTE);
    expect(script.changes()).toMatchObject([{ change: 'deleted', item: { id: q1, folder: false } }]);
    expect(script.changes()[0]!.item).not.toHaveProperty('name');
    await script.stop();
  });

  it.each([['delta says paths', false], ['parents are looked up', true]])('prints a renamed folder once, and right paths below it afterwards: %s', async (_name, withoutPath) => {
    const { clock, drive, reports, q1, start } = scene({ withoutPath });
    const script = await start();
    await clock.advance(10 * MINUTE);
    drive.edit(q1);
    script.tap();
    await clock.advance(MINUTE);
    drive.move(reports, 'root', 'Archive');
    script.tap();
    await clock.advance(MINUTE);
    drive.edit(q1);
    script.tap();
    await clock.advance(MINUTE);
    expect(reported(script)).toEqual(['modified /Reports/Q1.txt', 'modified /Archive', 'modified /Archive/Q1.txt']);
    await script.stop();
  });

  it('looks a parent up once', async () => {
    const { clock, drive, q1, start } = scene({ withoutPath: true });
    const deep = drive.seed('deep', drive.seed('b', drive.seed('a', 'root', true), true), true);
    const script = await start();
    await clock.advance(10 * MINUTE);
    for (const name of ['x', 'y', 'z']) {
      drive.create(name, deep, false);
      drive.edit(q1);
      script.tap();
      await clock.advance(MINUTE);
    }
    expect(reported(script).filter((line) => line.startsWith('created'))).toEqual(['created /a/b/deep/x', 'created /a/b/deep/y', 'created /a/b/deep/z']);
    const lookUps = drive.asked.flatMap((asked) => (typeof asked === 'object' && 'item' in asked ? [asked.item] : []));
    expect(lookUps.sort()).toEqual([...new Set(lookUps)].sort());
    await script.stop();
  });

  it('says nothing of what came and went between two looks, with an index', async () => {
    const { clock, drive, reports, start } = scene();
    const script = await start({ index: 'first' });
    drive.remove(drive.create('brief', reports, false)!);
    script.tap();
    await clock.advance(MINUTE);
    expect(reported(script)).toEqual([]);
    await script.stop();
  });
});
