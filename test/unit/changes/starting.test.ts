import { describe, expect, it } from '@jest/globals';
import { WatchError } from '../../../src/errors.ts';
import type { PositionStore } from '../../../src/changes/resume/position-store.ts';
import { memoryPositions, type Disk } from '../../support/memory-positions.ts';
import { ModelDrive } from '../../support/model-drive.ts';
import { startChanges, type ChangesScript, type ScriptOptions } from '../../support/changes-script.ts';
import { settle, steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

const HOUR = 3_600_000;

interface Scene {
  clock: SteppedClock;
  drive: ModelDrive;
  positions: () => PositionStore;
  start: (more?: Partial<ScriptOptions>) => Promise<ChangesScript>;
  /** Catches up, stops in order, and returns what was reported. */
  run: (more?: Partial<ScriptOptions>) => Promise<string[]>;
}

function scene(): Scene {
  const clock = steppedClock();
  const drive = new ModelDrive(clock.now);
  const disk: Disk = { lines: [] };
  const positions = (): PositionStore => memoryPositions(disk);
  const start: Scene['start'] = (more = {}) => startChanges({ source: drive, clock, positions: positions(), ...more });
  return {
    clock, drive, positions, start,
    async run(more) {
      const script = await start(more);
      await script.stop();
      expect(await script.over).toBeUndefined();
      return script.history().filter((line) => line !== 'ready');
    },
  };
}
/** Creates files, each a second later than the one before. */
async function create({ drive, clock }: Scene, ...names: string[]): Promise<void> {
  for (const name of names) {
    await clock.advance(1_000);
    drive.create(name, 'root', false);
  }
}

describe('a stored position', () => {
  it('is stored after a start in the past, even if nothing happened', async () => {
    const here = scene();
    expect(await here.run({ start: { since: here.clock.now() - HOUR } })).toEqual([]);
    await create(here, 'a');
    expect(await here.run()).toEqual(['created /a']);
    expect(await here.run()).toEqual([]);
  });

  it.each([
    ['a start in the past', (time: number) => ({ start: { since: time } })],
    ['a cursor', (time: number, cursor: string) => ({ start: { cursor, at: time } })],
  ] as const)('moves on with each change that was taken, from %s', async (_name, startOf) => {
    for (const fullIndex of [false, true]) {
      const here = scene();
      const cursor = await here.drive.page('latest');
      const time = here.clock.now();
      await create(here, 'a', 'b', 'c');
      const start = startOf(time, 'cursor' in cursor ? cursor.cursor : '');
      expect(await here.run({ ...start, index: fullIndex ? 'first' : 'never', takes: 1 })).toEqual(['created /a']);
      expect(await here.run({ index: fullIndex ? 'first' : 'never', takes: 1 })).toEqual(['created /b']);
      expect(await here.run({ index: fullIndex ? 'first' : 'never' })).toEqual(['created /c']);
      expect(await here.run({ index: fullIndex ? 'first' : 'never' })).toEqual([]);
    }
  });

  it('moves on with each change even if the drive is listed only now', async () => {
    const here = scene();
    await here.run();
    await create(here, 'a', 'b', 'c');
    for (const name of ['a', 'b', 'c']) expect(await here.run({ index: 'first', takes: 1 })).toEqual([`created /${name}`]);
    await create(here, 'd');
    expect(await here.run({ index: 'first' })).toEqual(['created /d']);
  });

  it('leads to no other report of what Graph repeats, if the drive is listed only now', async () => {
    const here = scene();
    await here.run();
    await create(here, 'a', 'b');
    expect(await here.run()).toEqual(['created /a', 'created /b']);
    const script = await here.start({ index: 'first' });
    await here.clock.advance(1_000);
    for (const item of here.drive.items.values()) if (item.name === 'a') here.drive.repeat(item.id);
    script.tap();
    await here.clock.advance(5_000);
    await script.stop();
    expect(script.history().filter((line) => line !== 'ready')).toEqual([]);
  });

  it('leads to another report of what changed since, if the drive is listed only now', async () => {
    const here = scene();
    await here.run();
    await create(here, 'a', 'b');
    expect(await here.run({ index: 'first', takes: 1 })).toEqual(['created /a']);
    const [a] = [...here.drive.items.values()].filter(({ name }) => name === 'a');
    await here.clock.advance(10_000);
    here.drive.edit(a!.id);
    expect((await here.run({ index: 'first' })).sort()).toEqual(['created /b', 'modified /a']);
  });

  it('moves on with each change that was taken, in runs that end by themselves', async () => {
    const here = scene();
    const once = { trigger: { once: true } } as const;
    expect(await here.run(once)).toEqual([]);
    expect(await here.run(once)).toEqual([]);
    await create(here, 'a', 'b', 'c');
    expect(await here.run({ ...once, takes: 1 })).toEqual(['created /a']);
    const script = await here.start({ ...once, takes: 0 });
    await script.killAfter(0);
    expect(await here.run({ ...once, takes: 1 })).toEqual(['created /b']);
    const last = await here.start(once);
    // Nobody stops it.
    expect(await last.over).toBeUndefined();
    expect(last.history()).toEqual(['created /c']);
    expect(await here.run()).toEqual([]);
  });

  it('does not move past a gap that was not taken', async () => {
    const here = scene();
    await here.run();
    for (const taken of [0, 1]) {
      here.drive.gone.push({ code: 'resyncRequired', location: 'none' });
      const script = await here.start({ index: 'first', takes: taken });
      await script.killAfter(taken);
      expect(script.history()).toEqual(taken === 0 ? [] : ['gap']);
    }
  });

  it('handles a round of more changes than a call can take arguments', async () => {
    const here = scene();
    await here.run();
    const items = Array.from({ length: 150_000 }, (_, n) => ({
      id: `x${n}`, name: `x${n}`, file: {}, parentReference: { id: 'root', path: '/drives/d/root:' }, eTag: '1', createdDateTime: new Date(here.clock.now()).toISOString(),
    }));
    here.drive.page = () => Promise.resolve({ items, cursor: 'https://graph.example/delta?token=9.0', at: here.clock.now() });
    expect((await here.run()).length).toBe(items.length);
  });
});

it('gives up after a minute if the drive answers but delta does not', async () => {
  const here = scene();
  here.drive.failures.push(...Array.from({ length: 99 }, () => new WatchError('network', 'it rains')));
  const script = await here.start({ identify: () => Promise.resolve() });
  await here.clock.advance(60_000);
  expect(await Promise.race([script.over, settle().then(() => 'still trying')])).toMatchObject({ message: 'it rains' });
});
