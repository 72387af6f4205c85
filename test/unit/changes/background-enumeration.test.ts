import { describe, expect, it } from '@jest/globals';
import { MOST_ITEMS, PAGE_FLOOR_MS } from '../../../src/changes/index/background-enumeration.ts';
import { fixedPace } from '../../../src/changes/poll-schedule.ts';
import type { DeltaPage, DeltaStart } from '../../../src/delta.ts';
import { WatchError } from '../../../src/errors.ts';
import type { IndexingEvent } from '../../../src/events.ts';
import { startChanges, type ChangesScript, type ScriptOptions } from '../../support/changes-script.ts';
import { memoryPositions, type Disk } from '../../support/memory-positions.ts';
import { ModelDrive, type ModelQuirks } from '../../support/model-drive.ts';
import { steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

const MINUTE = 60_000;

interface Scene {
  clock: SteppedClock;
  drive: ModelDrive;
  /** By name. */
  ids: Record<'Reports' | 'old' | 'Q1' | 'Q0' | 'notes', string>;
  /** When each request was made, in milliseconds since the start, and for what: `beginning`, `page`, `round`. */
  requests: { at: number; what: string }[];
  start: (more?: Partial<ScriptOptions>) => Promise<ChangesScript>;
}

function scene(quirks: Partial<ModelQuirks> = {}): Scene {
  const clock = steppedClock();
  const drive = new ModelDrive(clock.now, quirks);
  const Reports = drive.seed('Reports', 'root', true);
  const old = drive.seed('old', Reports, true);
  const ids = { Reports, old, Q1: drive.seed('Q1', Reports, false), Q0: drive.seed('Q0', old, false), notes: drive.seed('notes', 'root', false) };
  const requests: Scene['requests'] = [];
  const began = clock.now();
  const page = drive.page.bind(drive);
  drive.page = (start) => {
    const what = typeof start === 'string' ? start : 'link' in start && !start.link.endsWith('.0') ? 'page' : 'round';
    requests.push({ at: clock.now() - began, what });
    return page(start);
  };
  return { clock, drive, ids, requests, start: (more) => startChanges({ source: drive, clock, index: 'behind', ...more }) };
}

const stages = ({ events }: ChangesScript): IndexingEvent[] => events.filter((event) => event.type === 'indexing');
/** The reported changes, like `renamed /a < /b`. */
const reported = (script: ChangesScript): string[] => script.changes().map(({ change, item, previous }) => `${change} ${item.path ?? '?'}${previous?.path === undefined ? '' : ` < ${previous.path}`}`);

describe('a background enumeration', () => {
  it('starts once the watch is ready; after it, every change has its previous path', async () => {
    const { clock, drive, ids, requests, start } = scene({ deletesChildren: false });
    const script = await start();
    expect(requests.map(({ what }) => what)).toEqual(['latest', 'round', 'beginning']);
    await clock.advance(MINUTE);
    expect(stages(script).map(({ stage, items, unnamed }) => [stage, items, unnamed])).toEqual([['listing', 6, 0], ['done', 6, 0]]);
    drive.move(ids.Q1, 'root', 'Q1');
    drive.move(ids.notes, 'root', 'notes.txt');
    drive.remove(ids.old);
    script.tap();
    await clock.advance(MINUTE);
    expect(reported(script).sort()).toEqual(['deleted /Reports/old < /Reports/old', 'moved /Q1 < /Reports/Q1', 'renamed /notes.txt < /notes']);
    await script.stop();
    expect(await script.over).toBeUndefined();
  });

  it('pauses between pages, and requests none while a round is running', async () => {
    const { clock, drive, requests, start } = scene({ pageSize: 1 });
    const answer = drive.page.bind(drive);
    let held: (() => void) | undefined;
    let hold = false;
    drive.page = async (from: DeltaStart) => {
      const page = await answer(from);
      if (hold && requests.at(-1)?.what === 'round') await new Promise<void>((resolve) => { held = resolve; });
      return page;
    };
    const script = await start();
    await clock.advance(PAGE_FLOOR_MS);
    hold = true;
    script.tap();
    await clock.advance(MINUTE);
    const before = requests.length;
    expect(requests.at(-1)?.what).toBe('round');
    await clock.advance(MINUTE);
    expect(requests.length).toBe(before);
    hold = false;
    held?.();
    await clock.advance(MINUTE);
    const pages = requests.filter(({ what }) => what === 'beginning' || what === 'page').map(({ at }) => at);
    expect(pages.length).toBe(6);
    pages.forEach((at, n) => { if (n > 0) expect(at - pages[n - 1]!).toBeGreaterThanOrEqual(PAGE_FLOOR_MS); });
    expect(stages(script).at(-1)?.stage).toBe('done');
    await script.stop();
  });

  it('obeys Retry-After, and does not end the watch if the drive cannot be listed', async () => {
    const here = scene();
    const answer = here.drive.page.bind(here.drive);
    let refusals = [new WatchError('network', 'slow down', { status: 429, retryAfterMs: 40_000 })];
    here.drive.page = (from) => (from === 'beginning' && refusals.length > 0 ? Promise.reject(refusals.shift()!) : answer(from));
    const script = await here.start();
    await here.clock.advance(39_000);
    expect(here.requests.filter(({ what }) => what === 'beginning')).toEqual([]);
    await here.clock.advance(5_000);
    expect(stages(script).at(-1)).toMatchObject({ stage: 'done', items: 6 });
    await script.stop();

    refusals = Array.from({ length: 99 }, () => new WatchError('refused', 'Graph refused (403)', { status: 403 }));
    const refused = await here.start();
    await here.clock.advance(60 * MINUTE);
    expect(refusals.length).toBeGreaterThan(80);
    expect(stages(refused).at(-1)).toMatchObject({ stage: 'incomplete', reason: 'the drive could not be listed (Graph refused (403))' });
    here.drive.edit(here.ids.notes);
    refused.tap();
    await here.clock.advance(1_000);
    expect(reported(refused)).toEqual(['modified /notes']);
    await refused.stop();
    expect(await refused.over).toBeUndefined();
  });

  it('counts the changes that were reported without their previous state before it was done', async () => {
    const { clock, drive, ids, start } = scene({ pageSize: 1 });
    const script = await start();
    drive.move(ids.notes, 'root', 'first');
    drive.create('new', 'root', false);
    script.tap();
    await clock.advance(MINUTE);
    expect(reported(script).sort()).toEqual(['created /new', 'modified /first']);
    expect(stages(script).at(-1)).toMatchObject({ stage: 'done', items: 7, unnamed: 1 });
    await script.stop();
  });

  it('does not bring back a folder that was deleted meanwhile, or what was in it', async () => {
    for (const snapshot of [true, false]) {
      const { clock, drive, ids, start } = scene({ pageSize: 1, snapshot, deletesChildren: false });
      const script = await start();
      await clock.advance(2 * PAGE_FLOOR_MS);
      drive.remove(ids.Reports);
      script.tap();
      await clock.advance(MINUTE);
      expect(stages(script).at(-1)).toMatchObject({ stage: 'done', items: 2 });
      drive.gone.push({ code: 'resyncRequired', location: 'none' });
      script.tap();
      await clock.advance(MINUTE);
      expect(script.changes().map(({ change, item }) => [change, item.id])).toEqual([['deleted', ids.Reports]]);
      await script.stop();
    }
  });

  it('gives up on a drive that is too large, keeps what it has listed, and reports that once', async () => {
    const { clock, drive, start } = scene();
    const answer = drive.page.bind(drive);
    const LINK = 'https://graph.example/many';
    let asked = 0;
    const many = (): DeltaPage => {
      asked += 1;
      const items = Array.from({ length: 4_000 }, (_, n) => ({ id: `m${asked}.${n}`, name: `m${asked}.${n}`, file: {}, eTag: '1', parentReference: { id: 'root' } }));
      return { items: asked === 1 ? [{ id: 'root', name: 'root', folder: {}, root: {} }, ...items] : items, next: `${LINK}${asked}`, at: clock.now() };
    };
    drive.page = (from) => (from === 'beginning' || (typeof from === 'object' && 'link' in from && from.link.startsWith(LINK)) ? Promise.resolve(many()) : answer(from));
    const disk: Disk = { lines: [] };
    const script = await start({ positions: memoryPositions(disk, 1) });
    await clock.advance(5 * MINUTE);
    expect(asked).toBe(MOST_ITEMS / 4_000);
    expect(stages(script).filter(({ stage }) => stage !== 'listing')).toMatchObject([{ stage: 'incomplete', reason: 'the drive has more than 100,000 items' }]);
    // What was listed still has its name.
    const given = { id: 'm3.7', name: 'renamed', file: {}, eTag: '2', parentReference: { id: 'root' } };
    drive.page = (from) => (typeof from === 'object' ? Promise.resolve({ items: [given], cursor: `${LINK}.over`, at: clock.now() }) : answer(from));
    script.tap();
    await clock.advance(1_000);
    expect(reported(script)).toEqual(['renamed /renamed < /m3.7']);
    await script.stop();
    // The next run does not try again.
    asked = 0;
    const next = await start({ positions: memoryPositions(disk, 1) });
    await clock.advance(MINUTE);
    expect(asked).toBe(0);
    await next.stop();
  });

  it('gives up if it has to start over again and again', async () => {
    const here = scene({ pageSize: 2 });
    const answer = here.drive.page.bind(here.drive);
    here.drive.page = (from) => (typeof from === 'object' && 'link' in from && !from.link.endsWith('.0') ? Promise.resolve({ gone: 'resyncRequired', location: undefined }) : answer(from));
    const script = await here.start();
    await here.clock.advance(60 * MINUTE);
    expect(here.requests.filter(({ what }) => what === 'beginning').length).toBe(10);
    expect(stages(script).at(-1)).toMatchObject({ stage: 'incomplete', reason: expect.stringContaining('repeatedly asked to start over') });
    await script.stop();
  });

  it('starts over if the cursor is lost meanwhile', async () => {
    const { clock, drive, ids, requests, start } = scene({ pageSize: 1 });
    const script = await start();
    await clock.advance(PAGE_FLOOR_MS);
    const answer = drive.page.bind(drive);
    let lost = false;
    drive.page = (from) => {
      if (lost || typeof from === 'string' || !('link' in from) || !from.link.endsWith('.0')) return answer(from);
      lost = true;
      return Promise.resolve({ gone: 'resyncRequired', location: undefined });
    };
    script.tap();
    await clock.advance(MINUTE);
    expect(script.history().filter((line) => line !== 'indexing')).toEqual(['ready', 'gap']);
    expect(requests.filter(({ what }) => what === 'beginning').length).toBe(2);
    expect(stages(script).at(-1)).toMatchObject({ stage: 'done', items: 6 });
    drive.move(ids.Q1, 'root', 'Q1');
    script.tap();
    await clock.advance(1_000);
    expect(reported(script)).toEqual(['moved /Q1 < /Reports/Q1']);
    await script.stop();
  });

  it('ends with the watch at any moment', async () => {
    for (let ms = 0; ms <= 4_000; ms += 250) {
      const { clock, start, requests } = scene({ pageSize: 1 });
      const script = await start();
      await clock.advance(ms);
      await script.stop();
      expect(await script.over).toBeUndefined();
      const before = requests.length;
      await clock.advance(MINUTE);
      expect(requests.length).toBe(before);
    }
  });

  it('does not run if it is off, or if the drive was listed first', async () => {
    for (const index of ['never', 'first'] as const) {
      const { clock, requests, start } = scene();
      const script = await start({ index });
      await clock.advance(MINUTE);
      expect(requests.filter(({ what }) => what === 'beginning').length).toBe(index === 'first' ? 1 : 0);
      expect(stages(script)).toEqual([]);
      await script.stop();
    }
  });

  it('runs with polling too, without waiting for the next poll', async () => {
    const { clock, drive, ids, start } = scene();
    const script = await start({ trigger: { pace: () => fixedPace(60 * MINUTE) } });
    await clock.advance(MINUTE);
    expect(stages(script).at(-1)?.stage).toBe('done');
    drive.move(ids.Q1, 'root', 'Q1');
    await clock.advance(60 * MINUTE);
    expect(reported(script)).toEqual(['moved /Q1 < /Reports/Q1']);
    await script.stop();
  });
});

describe('what a background enumeration stores', () => {
  it('is the whole drive once it is done, so the next run knows it at once', async () => {
    const { clock, drive, ids, requests, start } = scene();
    const disk: Disk = { lines: [] };
    const first = await start({ positions: memoryPositions(disk) });
    await clock.advance(MINUTE);
    await first.stop();
    drive.move(ids.Q1, 'root', 'Q1');
    drive.remove(ids.notes);
    const before = requests.length;
    const second = await start({ positions: memoryPositions(disk) });
    await clock.advance(MINUTE);
    expect(reported(second).sort()).toEqual(['deleted /notes < /notes', 'moved /Q1 < /Reports/Q1']);
    expect(requests.slice(before).filter(({ what }) => what === 'beginning')).toEqual([]);
    await second.stop();
  });

  it.each(['never', 'behind'] as const)('includes what was reported before it is done, so that is not created again (index: %s)', async (index) => {
    const { clock, drive, start } = scene({ pageSize: 1 });
    const disk: Disk = { lines: [] };
    const first = await start({ index, positions: memoryPositions(disk) });
    const id = drive.create('new', 'root', false)!;
    first.tap();
    await clock.advance(1_000);
    await first.stop();
    expect(reported(first)).toEqual(['created /new']);
    expect(stages(first).some(({ stage }) => stage === 'done')).toBe(false);
    drive.move(id, 'root', 'newer');
    const second = await start({ index, positions: memoryPositions(disk) });
    await clock.advance(0);
    expect(second.changes()).toMatchObject([{ change: 'renamed', item: { path: '/newer' }, previous: { name: 'new' } }]);
    await second.stop();
  });
});

describe('a folder in the same round as something in it', () => {
  it('is reported if it was listed under another name', async () => {
    const { clock, drive, ids, start } = scene({ ancestors: true });
    const script = await start();
    drive.move(ids.old, ids.Reports, 'older');
    drive.edit(ids.Q0);
    script.tap();
    await clock.advance(1_000);
    expect(script.changes().map(({ change, item }) => `${change} ${item.path ?? ''}`).sort()).toEqual(['modified /Reports/older', 'modified /Reports/older/Q0']);
    await script.stop();
  });
});

describe('a change that the enumeration sees before delta reports it', () => {
  const quirks: Partial<ModelQuirks> = { lagMs: 60_000, listedAhead: true, pageSize: 1 };

  it.each([
    ['as soon as the drive is listed', 5_000],
    ['while delta still lags', 30_000],
  ])('is reported by the next run if the first ends %s', async (_when, ms) => {
    const { clock, drive, ids, start } = scene(quirks);
    const disk: Disk = { lines: [] };
    const first = await start({ positions: memoryPositions(disk) });
    drive.edit(ids.Q1);
    drive.remove(ids.notes);
    first.tap();
    await clock.advance(ms);
    expect(stages(first).at(-1)?.stage).toBe('done');
    await first.stop();
    expect(first.changes()).toEqual([]);
    for (let run = 0; run < 2; run += 1) {
      await clock.advance(run * 60 * MINUTE);
      const next = await start({ positions: memoryPositions(disk) });
      next.tap();
      await clock.advance(2 * MINUTE);
      await next.stop();
      // A deletion that delta is about to report lacks the item, and its path.
      expect(next.changes().map(({ change, item }) => [change, item.id]).sort()).toEqual(run === 0 ? [['deleted', ids.notes], ['modified', ids.Q1]] : []);
    }
  });

  it('may be lost with the cursor, which is a gap; once delta has reported everything, it is not', async () => {
    const { clock, drive, ids, start } = scene(quirks);
    const script = await start();
    drive.edit(ids.Q1);
    await clock.advance(10_000);
    expect(stages(script).at(-1)?.stage).toBe('done');
    const cursorLost = async (): Promise<string[]> => {
      const before = script.history().length;
      drive.gone.push({ code: 'resyncRequired', location: 'none' });
      script.tap();
      await clock.advance(1_000);
      return script.history().slice(before);
    };
    expect(await cursorLost()).toEqual(['gap', 'warning']);
    // Without another notification.
    await clock.advance(3 * MINUTE);
    expect(await cursorLost()).toEqual(['warning']);
    await script.stop();
  });

  it('is reported of a folder that has changed in another way since, too', async () => {
    const { clock, drive, ids, start } = scene(quirks);
    const script = await start();
    drive.move(ids.old, ids.Reports, 'older');
    await clock.advance(20_000);
    expect(stages(script).at(-1)?.stage).toBe('done');
    // Delta has only the latest state.
    drive.move(ids.old, ids.Reports, 'older');
    script.tap();
    await clock.advance(5 * MINUTE);
    expect(reported(script)).toEqual(['modified /Reports/older']);
    await script.stop();
  });

  it('is reported although delta could not be queried for minutes', async () => {
    const { clock, drive, ids, start } = scene(quirks);
    const script = await start();
    drive.edit(ids.Q1);
    await clock.advance(10_000);
    expect(stages(script).at(-1)?.stage).toBe('done');
    drive.failures.push(new WatchError('network', 'slow down', { status: 429, retryAfterMs: 5 * MINUTE }));
    script.tap();
    await clock.advance(10 * MINUTE);
    expect(reported(script)).toEqual(['modified /Reports/Q1']);
    await script.stop();
  });

  it('is reported although an answer from before took minutes', async () => {
    const { clock, drive, ids, start } = scene(quirks);
    const script = await start();
    drive.edit(ids.Q1);
    await clock.advance(10_000);
    expect(stages(script).at(-1)?.stage).toBe('done');
    const answer = drive.page.bind(drive);
    drive.page = async (from) => {
      drive.page = answer;
      const early = await answer(from);
      await clock.sleep(3 * MINUTE);
      return { ...early, at: clock.now() };
    };
    script.tap();
    await clock.advance(10 * MINUTE);
    expect(reported(script)).toEqual(['modified /Reports/Q1']);
    await script.stop();
  });
});
