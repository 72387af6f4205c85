import { describe, expect, it } from '@jest/globals';
import { AncestorEvidence } from '../../../src/changes/index/ancestors.ts';
import { applyRound } from '../../../src/changes/index/apply-round.ts';
import { DriveIndex } from '../../../src/changes/index/drive-index.ts';
import { RecentDeletions } from '../../../src/changes/index/recent-deletions.ts';
import { applySteps, Round, stepOf } from '../../../src/changes/index/round.ts';
import type { ChangeEvent, WatchEvent } from '../../../src/events.ts';
import { HIGH_WATER } from '../../../src/lib/bounded-queue.ts';
import { memoryPositions, type Disk } from '../../support/memory-positions.ts';
import { ModelDrive } from '../../support/model-drive.ts';
import { fixedPace } from '../../../src/changes/poll-schedule.ts';
import { startChanges } from '../../support/changes-script.ts';
import { LINK, scriptedSource } from '../../support/scripted-source.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';

const MINUTE = 60_000;

type Raw = Record<string, unknown>;

function roundOf(raws: readonly Raw[]): Round {
  const round = new Round();
  round.add(raws);
  return round;
}

async function apply(round: Round, index: DriveIndex): Promise<ChangeEvent[]> {
  const { events } = await applyRound(round, {
    index, deletions: new RecentDeletions(), ancestors: new AncestorEvidence(), since: 0, baseline: undefined, uncertain: new Map(),
    observation: { target: 'me', via: 'push', now: 0, serviceNow: 0 }, lookUp: () => Promise.resolve(undefined),
  });
  return events;
}

/** Counts the look-ups in all maps: a measure of work that no clock disturbs. */
async function lookUpsDuring(work: () => Promise<void>): Promise<number> {
  const { get, has } = Map.prototype as unknown as Record<'get' | 'has', (this: Map<unknown, unknown>, key: unknown) => unknown>;
  let count = 0;
  try {
    Map.prototype.get = function counted(this: Map<unknown, unknown>, key) {
      count += 1;
      return get.call(this, key);
    };
    Map.prototype.has = function counted(this: Map<unknown, unknown>, key) {
      count += 1;
      return has.call(this, key) === true;
    };
    await work();
    return count;
  } finally {
    Object.assign(Map.prototype, { get, has });
  }
}

const ROOT = { id: 'R', name: 'root', root: {}, folder: {} };
/** Each folder is inside the previous one. */
const nested = (count: number, more: (n: number) => Raw = () => ({})): Raw[] => Array.from({ length: count }, (_, n) => ({
  id: `f${n}`, name: `n${n}`, folder: {}, eTag: '1', lastModifiedDateTime: new Date(n * 1000).toISOString(), parentReference: { id: n === 0 ? 'R' : `f${n - 1}` }, ...more(n),
}));

describe('the work of a round grows no faster than its items:', () => {
  const before = (count: number, complete: boolean): DriveIndex => {
    const index = new DriveIndex();
    applySteps([ROOT, ...nested(count)].map((raw) => stepOf([...roundOf([raw]).items.values()][0]!)), index);
    index.complete = complete;
    return index;
  };
  const empty = (complete: boolean): DriveIndex => {
    const index = new DriveIndex();
    applySteps([stepOf([...roundOf([ROOT]).items.values()][0]!)], index);
    index.complete = complete;
    return index;
  };

  it.each<[string, (count: number) => [Raw[], DriveIndex]]>([
    ['new nested folders', (count) => [nested(count), empty(true)]],
    ['the same, the innermost first', (count) => [nested(count).reverse(), empty(true)]],
    ['the same, without an index', (count) => [nested(count), empty(false)]],
    ['the same, with a root that is not known', (count) => [nested(count), new DriveIndex()]],
    ['folders that are all renamed', (count) => [nested(count, (n) => ({ name: `m${n}` })), before(count, true)]],
    ['folders that are all deleted', (count) => [nested(count, () => ({ deleted: {} })), before(count, true)]],
    ['folders whose outermost one is deleted', (count) => [[{ id: 'f0', deleted: {} }, ...nested(count).slice(1)], before(count, true)]],
    ['folders that are turned inside out', (count) => [nested(count, (n) => ({ parentReference: { id: n === count - 1 ? 'R' : `f${n + 1}` } })), before(count, true)]],
    ['files in one folder that take each other\'s names', (count) => [
      Array.from({ length: count }, (_, n) => ({ id: `x${n}`, name: `n${(n + 1) % count}`, eTag: '2', parentReference: { id: 'R' } })),
      (() => {
        const index = empty(true);
        applySteps(Array.from({ length: count }, (_, n) => stepOf([...roundOf([{ id: `x${n}`, name: `n${n}`, eTag: '1', parentReference: { id: 'R' } }]).items.values()][0]!)), index);
        return index;
      })(),
    ]],
  ])('%s', async (_what, make) => {
    const steps: number[] = [];
    for (const count of [2_000, 8_000]) {
      const [raws, index] = make(count);
      const round = roundOf(raws);
      steps.push(await lookUpsDuring(async () => { expect((await apply(round, index)).length).toBeGreaterThan(0); }));
    }
    expect(steps[1]! / steps[0]!).toBeLessThan(6);
  });
});

it('a folder that is its own parent, or in a cycle, breaks no round', async () => {
  for (const circle of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
    const raws = circle.map((id, n) => ({ id, name: id, folder: {}, eTag: '1', parentReference: { id: circle[(n + 1) % circle.length] } }));
    for (const complete of [false, true]) {
      const index = new DriveIndex();
      index.complete = complete;
      expect((await apply(roundOf(raws), index)).map(({ item }) => item.path)).toEqual(circle.map(() => undefined));
      await apply(roundOf([{ id: 'a', deleted: {} }]), index);
    }
  }
});

it('an identity that is too large or too deep is left out', async () => {
  let deep: Raw = {};
  for (let depth = 0; depth < 100_000; depth += 1) deep = { user: deep };
  const ada = { user: { displayName: 'Ada', id: '1' } };
  for (const [lastModifiedBy, kept] of [[ada, true], [deep, false], [{ user: { displayName: 'x'.repeat(1_000_000) } }, false], [{ user: Array.from({ length: 100_000 }, () => 1) }, false]] as const) {
    const [event] = await apply(roundOf([{ id: 'x', name: 'x', lastModifiedBy }]), new DriveIndex());
    expect(JSON.stringify(event!.item.lastModifiedBy)).toEqual(kept ? JSON.stringify(ada) : undefined);
  }
});

describe('a time', () => {
  const DAY = 86_400_000;
  it.each<[string, number, string | ((now: number) => string), number | undefined]>([
    ['clocks that agree', 0, (now) => new Date(now - 5_000).toISOString(), 5_000],
    ['a skew of less than a second, which is ignored', -900, (now) => new Date(now - 5_000).toISOString(), 5_000],
    ['a service a day behind', -DAY, (now) => new Date(now - DAY - 5_000).toISOString(), 5_000],
    ['a service an hour ahead', DAY / 24, (now) => new Date(now + DAY / 24 - 5_000).toISOString(), 5_000],
    ['a change in the service\'s future', 0, (now) => new Date(now + 5_000).toISOString(), 0],
    ['no time', 0, '0001-01-01T00:00:00-08:00', undefined],
    ['the end of time', 0, '9999-12-31T23:59:59Z', undefined],
    ['not a time', 0, 'yesterday', undefined],
  ])('gives changedToSeenMs by the service\'s clock: %s', async (_what, ahead, modified, expected) => {
    const clock = steppedClock();
    const source = scriptedSource();
    source.at = () => clock.now() + ahead;
    const script = await startChanges({ source, clock, index: 'first' });
    await clock.advance(10 * MINUTE);
    source.rounds.push([{ id: 'x', name: 'x', lastModifiedDateTime: typeof modified === 'string' ? modified : modified(clock.now()) }]);
    script.tap();
    await clock.advance(0);
    expect(script.changes().map(({ change, changedToSeenMs }) => [change, changedToSeenMs])).toEqual([['created', expected]]);
    await script.stop();
  });

  it('in a stored position is ignored if it is impossible', async () => {
    const clock = steppedClock();
    const source = scriptedSource();
    source.answers.set(`${LINK}kept`, { gone: 'resyncRequired', location: undefined });
    const script = await startChanges({ source, clock, start: { cursor: `${LINK}kept`, at: 1e300 } });
    await clock.advance(MINUTE);
    expect(script.events.find(({ type }) => type === 'gap')).toMatchObject({ from: clock.now() - MINUTE });
    await script.stop();
  });
});

it('ids of a personal drive are case-insensitive', async () => {
  const clock = steppedClock();
  const source = scriptedSource();
  const script = await startChanges({ source, clock });
  await clock.advance(10 * MINUTE);
  const round = async (raw: Raw): Promise<void> => {
    source.rounds.push([raw]);
    script.tap();
    await clock.advance(10 * MINUTE);
  };
  const edited = (id: string, eTag: string): Raw => ({ id, name: 'a', eTag, lastModifiedDateTime: new Date(clock.now()).toISOString(), parentReference: { id: '4f0c2a9b71d3e586!s0', path: '/drives/4f0c2a9b71d3e586/root:' } });
  await round(edited('4F0C2A9B71D3E586!s1a', '1'));
  await round(edited('4f0c2a9b71d3e586!s1A', '2'));
  await round({ id: '4f0C2a9b71d3e586!S1a', deleted: {} });
  expect(script.changes().map(({ change, item, previous }) => [change, item.id, previous?.path])).toEqual([
    ['modified', '4F0C2A9B71D3E586!s1a', undefined], ['modified', '4F0C2A9B71D3E586!s1a', '/a'], ['deleted', '4F0C2A9B71D3E586!s1a', '/a'],
  ]);
  await script.stop();
});

it('other ids are case-sensitive', async () => {
  const clock = steppedClock();
  const source = scriptedSource();
  const script = await startChanges({ source, clock });
  source.rounds.push([{ id: 'b!aBcDeF', name: 'a' }, { id: 'b!abcdef', name: 'b' }]);
  script.tap();
  await clock.advance(MINUTE);
  expect(script.changes().map(({ item }) => item.id)).toEqual(['b!aBcDeF', 'b!abcdef']);
  await script.stop();
});

describe('edge cases', () => {
  it('a deletion that Graph repeats is reported once, even without an index', async () => {
    const clock = steppedClock();
    const source = scriptedSource();
    const script = await startChanges({ source, clock });
    await clock.advance(10 * MINUTE);
    for (const raws of [[{ id: 'x', name: 'x', deleted: {} }], [{ id: 'x', name: 'x', deleted: {} }, { id: 'y', deleted: { state: 'deleted' } }], [{ id: 'y', deleted: {} }]]) {
      source.rounds.push(raws);
      script.tap();
      await clock.advance(10 * MINUTE);
    }
    expect(script.history().slice(1)).toEqual(['deleted x', 'deleted y']);
    await script.stop();
  });

  it('an item that was moved out of a deleted folder is still known, even after a restart', async () => {
    const clock = steppedClock();
    const drive = new ModelDrive(clock.now, { deletesChildren: false });
    const folder = drive.seed('old', 'root', true);
    const deep = drive.seed('deep', folder, true);
    const file = drive.seed('x', deep, false);
    const disk: Disk = { lines: [] };
    const first = await startChanges({ source: drive, clock, index: 'first', positions: memoryPositions(disk, 100) });
    await clock.advance(10 * MINUTE);
    drive.move(deep, 'root', 'deep');
    drive.remove(folder);
    first.tap();
    await clock.advance(MINUTE);
    await first.stop();
    const again = await startChanges({ source: drive, clock, index: 'first', positions: memoryPositions(disk, 100) });
    await clock.advance(MINUTE);
    drive.move(file, deep, 'y');
    again.tap();
    await clock.advance(MINUTE);
    expect([...first.history().slice(1), ...again.history().slice(1)]).toEqual(['moved /deep', 'deleted /old', 'renamed /deep/y']);
    await again.stop();
  });

  it('a change that a killed run may have reported is reported by a resync, even if it was undone', async () => {
    const clock = steppedClock();
    const drive = new ModelDrive(clock.now, {});
    const file = drive.seed('a', 'root', false);
    const disk: Disk = { lines: [] };
    const first = await startChanges({ source: drive, clock, index: 'first', positions: memoryPositions(disk, 100) });
    await clock.advance(10 * MINUTE);
    first.stall();
    const before = drive.items.get(file)!;
    drive.edit(file);
    first.tap();
    await clock.advance(MINUTE);
    // The change is stored as maybe reported; whether it was, nobody knows.
    await first.killAfter(0);
    drive.items.set(file, before);
    const page = drive.page.bind(drive);
    drive.page = (start) => (start === 'beginning' ? Promise.resolve({
      items: [ROOT, { id: file, name: 'a', eTag: `"${file},1"`, parentReference: { id: 'root' }, file: {} }].map((raw) => (raw === ROOT ? { ...ROOT, id: 'root' } : raw)), cursor: `${LINK}x`,
    }) : page(start));
    drive.gone.push({ code: 'resyncRequired', location: 'none' });
    const again = await startChanges({ source: drive, clock, index: 'first', positions: memoryPositions(disk, 100) });
    await clock.advance(0);
    expect(again.history().slice(0, 3)).toEqual(['warning', 'modified /a', 'ready']);
    await again.stop();
  });

  it('an item that a killed run may have reported, and that is gone, is reported as deleted by a resync', async () => {
    const clock = steppedClock();
    const drive = new ModelDrive(clock.now, {});
    const disk: Disk = { lines: [] };
    const first = await startChanges({ source: drive, clock, index: 'first', positions: memoryPositions(disk, 100) });
    await clock.advance(10 * MINUTE);
    first.stall();
    const brief = drive.create('brief', 'root', false)!;
    first.tap();
    await clock.advance(MINUTE);
    await first.killAfter(0);
    drive.remove(brief);
    drive.gone.push({ code: 'resyncRequired', location: 'none' });
    const again = await startChanges({ source: drive, clock, index: 'first', positions: memoryPositions(disk, 100) });
    await clock.advance(MINUTE);
    expect(again.history()).toEqual(['warning', 'deleted /brief', 'ready']);
    await again.stop();
  });

  it.each([['notifications', undefined], ['an interval', { pace: () => fixedPace(1_000) }]])('a reader that takes nothing holds back the queries: %s', async (_what, trigger) => {
    const clock = steppedClock();
    const source = scriptedSource();
    let items = 0;
    const page = source.page.bind(source);
    source.page = (start, signal) => {
      if (typeof start !== 'string') source.rounds.push(Array.from({ length: HIGH_WATER / 2 }, () => ({ id: `x${items += 1}`, name: 'x' })));
      return page(start, signal);
    };
    const script = await startChanges({ source, clock, ...(trigger === undefined ? {} : { trigger }) });
    script.stall();
    for (let turns = 0; turns < 10; turns += 1) {
      script.tap();
      await clock.advance(2_000);
    }
    const held = items;
    expect(held).toBeLessThan(HIGH_WATER * 3);
    script.flow();
    await clock.advance(MINUTE);
    expect(items).toBeGreaterThan(held);
    await script.stop();
  });

  it('a reader that takes nothing holds back the notifications', async () => {
    const clock = steppedClock();
    let given = 0;
    let go: () => void = () => undefined;
    const stalled = new Promise<void>((resolve) => { go = resolve; });
    const script = await startChanges({
      source: scriptedSource(), clock, withNotifications: true,
      trigger: {
        async* notifications(): AsyncGenerator<WatchEvent> {
          await stalled;
          while (given < HIGH_WATER * 5) {
            given += 1;
            yield await Promise.resolve({ type: 'notification', time: 0, target: 'me', data: {} });
          }
        },
      },
    });
    script.stall();
    go();
    for (let turns = 0; turns < 10; turns += 1) await settle();
    expect(given).toBeLessThan(HIGH_WATER * 2);
    await script.stop();
  });
});
