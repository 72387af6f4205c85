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

/** `/Reports/Q1.txt`, which is old. */
function scene(quirks: Partial<ModelQuirks> = {}): Scene {
  const clock = steppedClock();
  const drive = new ModelDrive(clock.now, quirks);
  const reports = drive.seed('Reports', 'root', true);
  const q1 = drive.seed('Q1.txt', reports, false);
  return { clock, drive, reports, q1, start: (more = {}) => startChanges({ source: drive, clock, ...more }) };
}

const reported = (script: ChangesScript): string[] => script.history().filter((line) => line !== 'ready');
const deltas = (drive: ModelDrive): number => drive.asked.filter((asked) => typeof asked === 'object' && 'link' in asked).length;

describe('following a drive', () => {
  it('gets its cursor before it is ready', async () => {
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

  it('queries once more after a request, however many notifications came during it', async () => {
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

  it('queries again after an empty answer, with growing pauses, for a minute', async () => {
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

  it('starts with short pauses again at a new notification', async () => {
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

  it('queries at once after a notification, and then less and less often, however many come', async () => {
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

  it('queries a second after the last time at the latest, even if the clock was set back', async () => {
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

  it('finds a change that lags a minute behind its only notification', async () => {
    const { clock, drive, q1, start } = scene({ lagMs: 59_000 });
    const script = await start();
    await clock.advance(10 * MINUTE);
    drive.edit(q1);
    script.tap();
    await clock.advance(MINUTE);
    expect(reported(script)).toEqual(['modified /Reports/Q1.txt']);
    await script.stop();
  });

  it('queries after every connect, and reports what it finds then as a catch-up', async () => {
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

  it('passes on notifications only on request', async () => {
    const { clock, start } = scene();
    const script = await start({ withNotifications: true });
    script.tap();
    await clock.advance(0);
    expect(script.history()).toEqual(['ready', 'notification']);
    await script.stop();
  });

  it('queries at its interval when it polls, and is ready without a connection', async () => {
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

describe('following a drive through failures', () => {
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

  it('retries forever once it has a cursor, and passes on other events meanwhile', async () => {
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

  it.each([false, true])('gives up after a minute if it never worked, and at once if a retry is useless (full index: %p)', async (fullIndex) => {
    const { clock, drive, start } = scene();
    drive.failures.push(...Array.from({ length: 99 }, () => new WatchError('network', 'it rains')));
    const script = await start({ index: fullIndex ? 'first' : 'never' });
    await clock.advance(MINUTE);
    expect(await Promise.race([script.over, settle().then(() => 'still trying')])).toMatchObject({ message: 'it rains' });
    expect(new Set(script.history())).toEqual(new Set(['reconnecting']));
    const other = scene();
    other.drive.failures.push(new WatchError('refused', 'Graph returned 403'));
    expect(await (await other.start({ index: fullIndex ? 'first' : 'never' })).over).toMatchObject({ category: 'refused' });
  });

  it.each(['resyncRequired', 'resyncChangesApplyDifferences', 'resyncChangesUploadDifferences', 'resyncApplyDifferences', 'resyncUploadDifferences'])(
    'reports a gap with its reason after 410 %s without an index, and continues from now',
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

  it.each(['none', 'good', 'broken'] as const)('reports the differences after a 410 with an index: Location %s', async (location) => {
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

describe('the changes from delta', () => {
  it.each([['repeats', { repeats: true }], ['paging', { pageSize: 1 }], ['ancestors', { ancestors: true }], ['everything', { repeats: true, pageSize: 1, ancestors: true }]])(
    'are reported once each: %s',
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

  it('have a previous state only for items seen before, and then all of it', async () => {
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

  it.each(['name', 'size'] as const)('describe a deleted item even if delta omits its %s', async (deletedLacks) => {
    const { clock, drive, q1, start } = scene({ deletedLacks });
    const script = await start({ index: 'first' });
    drive.remove(q1);
    script.tap();
    await clock.advance(QUERY_FLOOR_MS);
    expect(script.changes()).toMatchObject([{ change: 'deleted', item: { name: 'Q1.txt', path: '/Reports/Q1.txt', size: 10, folder: false } }]);
    await script.stop();
  });

  it('have at least the id of a deleted item that was never seen', async () => {
    const { clock, drive, q1, start } = scene();
    const script = await start();
    drive.remove(q1);
    script.tap();
    await clock.advance(MINUTE);
    expect(script.changes()).toMatchObject([{ change: 'deleted', item: { id: q1, folder: false } }]);
    expect(script.changes()[0]!.item).not.toHaveProperty('name');
    await script.stop();
  });

  it.each([['delta sends paths', false], ['parents are looked up', true]])('include a renamed folder once, and correct paths below it afterwards: %s', async (_name, withoutPath) => {
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

  it('need one look-up per parent', async () => {
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

  it('omit what was created and deleted between two queries, with an index', async () => {
    const { clock, drive, reports, start } = scene();
    const script = await start({ index: 'first' });
    drive.remove(drive.create('brief', reports, false)!);
    script.tap();
    await clock.advance(MINUTE);
    expect(reported(script)).toEqual([]);
    await script.stop();
  });
});
