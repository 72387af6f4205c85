import { describe, expect, it } from '@jest/globals';
import { fixedPace } from '../../../src/changes/poll-schedule.ts';
import { RECHECK_GRACE_MS } from '../../../src/changes/recheck.ts';
import type { PositionStore } from '../../../src/changes/resume/position-store.ts';
import type { DeltaGone, DeltaPage, DeltaStart } from '../../../src/delta.ts';
import { WatchError } from '../../../src/errors.ts';
import { startChanges, type ChangesScript, type ScriptOptions } from '../../support/changes-script.ts';
import { memoryPositions, type Disk } from '../../support/memory-positions.ts';
import { ModelDrive } from '../../support/model-drive.ts';
import { settle, steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

const HOUR = 3_600_000;

/** A drive whose delta leaves out chosen items. */
class SilentDrive extends ModelDrive {
  readonly silent = new Set<string>();
  enumerations = 0;

  override async page(start: DeltaStart): Promise<DeltaPage | DeltaGone> {
    if (start === 'beginning') this.enumerations += 1;
    const page = await super.page(start);
    if (typeof start === 'string' || 'gone' in page) return page;
    return { ...page, items: page.items.filter((item) => !this.silent.has((item as { id: string }).id)) };
  }
}

interface Scene {
  clock: SteppedClock;
  drive: SilentDrive;
  script: ChangesScript;
  docs: string;
  a: string;
  b: string;
  /** The changes since the last call, with their `via`. */
  news: () => string[];
}

async function start(more: Partial<ScriptOptions> = {}): Promise<Scene> {
  const clock = steppedClock();
  const drive = new SilentDrive(clock.now);
  const docs = drive.seed('Docs', 'root', true);
  const a = drive.seed('a.txt', docs, false);
  const b = drive.seed('b.txt', 'root', false);
  const script = await startChanges({ source: drive, clock, index: 'first', recheckMs: HOUR, ...more });
  let seen = 0;
  return {
    clock, drive, script, docs, a, b,
    news() {
      const fresh = script.changes().slice(seen);
      seen += fresh.length;
      return fresh.map(({ change, item, via }) => `${change} ${item.path ?? item.id} ${via}`);
    },
  };
}

const polled: Partial<ScriptOptions> = { trigger: { pace: () => fixedPace(30_000) } };

describe.each([['a socket', {}], ['polling', polled]])('a recheck, with %s', (_what, options) => {
  it('reports a deletion that delta never delivered, once', async () => {
    const s = await start(options);
    s.drive.silent.add(s.a);
    s.drive.remove(s.a);
    s.script.tap();
    await s.clock.advance(HOUR);
    expect(s.news()).toEqual([]);
    await s.clock.advance(RECHECK_GRACE_MS + 60_000);
    expect(s.news()).toEqual(['deleted /Docs/a.txt recheck']);
    // Delta may deliver it later.
    s.drive.silent.clear();
    s.script.tap();
    await s.clock.advance(3 * HOUR);
    expect(s.news()).toEqual([]);
    expect(s.drive.enumerations).toBe(4);
    await s.script.stop();
  });

  it('reports what else delta never delivered: an item created, modified or moved', async () => {
    const s = await start(options);
    const c = s.drive.create('c.txt', s.docs, false)!;
    for (const id of [c, s.a, s.b]) s.drive.silent.add(id);
    s.drive.edit(s.a);
    s.drive.move(s.b, s.docs, 'moved.txt');
    await s.clock.advance(HOUR + RECHECK_GRACE_MS + 60_000);
    expect(s.news().sort()).toEqual(['created /Docs/c.txt recheck', 'modified /Docs/a.txt recheck', 'moved /Docs/moved.txt recheck']);
    await s.script.stop();
  });

  it('leaves to delta what delta delivers before, meanwhile, or within two minutes', async () => {
    const s = await start(options);
    s.drive.remove(s.a);
    s.script.tap();
    await s.clock.advance(60_000);
    expect(s.news()).toEqual([expect.stringMatching(/^deleted \/Docs\/a\.txt (push|poll)$/)]);
    await s.clock.advance(HOUR - 61_000);
    // The enumeration shows it, and delta has it only a minute later.
    s.drive.silent.add(s.b);
    s.drive.edit(s.b);
    await s.clock.advance(60_000);
    s.drive.silent.clear();
    s.drive.edit(s.b);
    s.script.tap();
    await s.clock.advance(HOUR - 120_000);
    expect(s.news()).toEqual([expect.stringMatching(/^modified \/b\.txt (push|poll)$/)]);
    await s.script.stop();
  });

  it('does not report what was deleted with its folder meanwhile', async () => {
    const s = await start(options);
    s.drive.silent.add(s.a);
    s.drive.remove(s.a);
    for (const name of ['new.txt', 'Folder']) s.drive.silent.add(s.drive.create(name, s.docs, name === 'Folder')!);
    await s.clock.advance(HOUR);
    s.drive.remove(s.docs);
    s.script.tap();
    await s.clock.advance(10 * 60_000);
    expect(s.news()).toEqual([expect.stringMatching(/^deleted \/Docs (push|poll)$/)]);
    await s.script.stop();
  });

  it('that fails is repeated at the next interval, and does not end the watch', async () => {
    const s = await start(options);
    await s.clock.advance(HOUR - 1_000);
    s.drive.silent.add(s.a);
    s.drive.remove(s.a);
    const page = s.drive.page.bind(s.drive);
    let fails = true;
    s.drive.page = (at): Promise<DeltaPage | DeltaGone> => (at === 'beginning' && fails ? Promise.reject(new WatchError('internal', 'out of order')) : page(at));
    await s.clock.advance(10 * 60_000);
    expect(s.script.events).toContainEqual(expect.objectContaining({ type: 'warning', message: 'couldn\'t recheck the drive (out of order); trying again in 1 h 00 m' }));
    fails = false;
    await s.clock.advance(HOUR + 10 * 60_000);
    expect(s.news()).toEqual(['deleted /Docs/a.txt recheck']);
    await s.script.stop();
  });
});

it('a recheck does not report what delta has mentioned meanwhile, even if its result waits for longer than the interval', async () => {
  const s = await start(polled);
  s.drive.silent.add(s.a);
  s.drive.remove(s.a);
  await s.clock.advance(HOUR);
  expect(s.drive.enumerations).toBe(2);
  s.drive.silent.clear();
  s.drive.restore();
  await s.clock.advance(60_000);
  expect(s.news()).toEqual(['moved /a.txt poll']);
  let release: (() => void) | undefined;
  const held = new Promise<void>((resolve) => { release = resolve; });
  const page = s.drive.page.bind(s.drive);
  s.drive.page = async (from) => {
    if (typeof from === 'object') await held;
    return page(from);
  };
  await s.clock.advance(HOUR + 2 * 60_000);
  release?.();
  await s.clock.advance(60_000);
  expect(s.news()).toEqual([]);
  await s.clock.advance(2 * HOUR);
  expect(s.news()).toEqual([]);
  expect(s.drive.enumerations).toBeGreaterThan(3);
  await s.script.stop();
});

it('a recheck changes nothing while the position is being rewritten for a watch that ends', async () => {
  const inner = memoryPositions({ lines: [] });
  const sizes: number[] = [];
  let release: () => void = () => undefined;
  let held = Promise.resolve();
  const positions: PositionStore = {
    ...inner,
    get overgrown() { return true; },
    async rewrite(at, known) {
      sizes.push(known.size);
      await held;
      sizes.push(known.size);
      await inner.rewrite(at, known);
    },
  };
  const s = await start({ positions });
  s.drive.silent.add(s.a);
  s.drive.remove(s.a);
  await s.clock.advance(HOUR);
  held = new Promise((resolve) => { release = resolve; });
  await s.clock.advance(RECHECK_GRACE_MS + 10_000);
  const stopped = s.script.stop();
  await settle();
  release();
  await stopped;
  expect(sizes.slice(-2)).toEqual([4, 4]);
});

it('what a recheck found is in the stored position, so the next run does not report it again', async () => {
  const disk: Disk = { lines: [] };
  const s = await start({ ...polled, positions: memoryPositions(disk) });
  s.drive.silent.add(s.a);
  s.drive.remove(s.a);
  await s.clock.advance(HOUR + RECHECK_GRACE_MS + 60_000);
  expect(s.news()).toEqual(['deleted /Docs/a.txt recheck']);
  await s.script.stop();
  const next = await startChanges({ source: s.drive, clock: s.clock, index: 'first', recheckMs: HOUR, ...polled, positions: memoryPositions(disk) });
  await s.clock.advance(3 * HOUR);
  expect(next.changes()).toEqual([]);
  await next.stop();
});
