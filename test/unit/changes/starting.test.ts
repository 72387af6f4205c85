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
  /** Runs to the end of what there is to catch up with, and leaves in order. */
  told: (more?: Partial<ScriptOptions>) => Promise<string[]>;
}

function scene(): Scene {
  const clock = steppedClock();
  const drive = new ModelDrive(clock.now);
  const disk: Disk = { lines: [] };
  const positions = (): PositionStore => memoryPositions(disk);
  const start: Scene['start'] = (more = {}) => startChanges({ source: drive, clock, positions: positions(), ...more });
  return {
    clock, drive, positions, start,
    async told(more) {
      const script = await start(more);
      await script.stop();
      expect(await script.over).toBeUndefined();
      return script.history().filter((line) => line !== 'ready');
    },
  };
}
/** Each a second later than the one before. */
async function create({ drive, clock }: Scene, ...names: string[]): Promise<void> {
  for (const name of names) {
    await clock.advance(1_000);
    drive.create(name, 'root', false);
  }
}

describe('a position that is kept', () => {
  it('is kept from a start in the past on, also where nothing had happened', async () => {
    const here = scene();
    expect(await here.told({ start: { since: here.clock.now() - HOUR } })).toEqual([]);
    await create(here, 'a');
    expect(await here.told()).toEqual(['created /a']);
    expect(await here.told()).toEqual([]);
  });

  it.each([
    ['a start in the past', (time: number) => ({ start: { since: time } })],
    ['a cursor', (time: number, cursor: string) => ({ start: { cursor, at: time } })],
  ] as const)('is moved on with each change that was taken, from %s', async (_name, startOf) => {
    for (const fullIndex of [false, true]) {
      const here = scene();
      const cursor = await here.drive.page('latest');
      const time = here.clock.now();
      await create(here, 'a', 'b', 'c');
      const start = startOf(time, 'cursor' in cursor ? cursor.cursor : '');
      expect(await here.told({ ...start, index: fullIndex ? 'first' : 'never', takes: 1 })).toEqual(['created /a']);
      expect(await here.told({ index: fullIndex ? 'first' : 'never', takes: 1 })).toEqual(['created /b']);
      expect(await here.told({ index: fullIndex ? 'first' : 'never' })).toEqual(['created /c']);
      expect(await here.told({ index: fullIndex ? 'first' : 'never' })).toEqual([]);
    }
  });

  it('is moved on with each change also where the tree is learned only now', async () => {
    const here = scene();
    await here.told();
    await create(here, 'a', 'b', 'c');
    for (const name of ['a', 'b', 'c']) expect(await here.told({ index: 'first', takes: 1 })).toEqual([`created /${name}`]);
    await create(here, 'd');
    expect(await here.told({ index: 'first' })).toEqual(['created /d']);
  });

  it('reports again what changed since it was reported, if the tree is learned only now', async () => {
    const here = scene();
    await here.told();
    await create(here, 'a', 'b');
    expect(await here.told({ index: 'first', takes: 1 })).toEqual(['created /a']);
    const [a] = [...here.drive.items.values()].filter(({ name }) => name === 'a');
    await here.clock.advance(10_000);
    here.drive.edit(a!.id);
    expect((await here.told({ index: 'first' })).sort()).toEqual(['created /b', 'modified /a']);
  });

  it('is moved on with each change that was taken, by runs that end on their own', async () => {
    const here = scene();
    const once = { trigger: { once: true } } as const;
    expect(await here.told(once)).toEqual([]);
    expect(await here.told(once)).toEqual([]);
    await create(here, 'a', 'b', 'c');
    expect(await here.told({ ...once, takes: 1 })).toEqual(['created /a']);
    const script = await here.start({ ...once, takes: 0 });
    await script.killAfter(0);
    expect(await here.told({ ...once, takes: 1 })).toEqual(['created /b']);
    const last = await here.start(once);
    // Nobody stops it.
    expect(await last.over).toBeUndefined();
    expect(last.history()).toEqual(['created /c']);
    expect(await here.told()).toEqual([]);
  });

  it('is not written past a gap that was not taken', async () => {
    const here = scene();
    await here.told();
    for (const taken of [0, 1]) {
      here.drive.gone.push({ code: 'resyncRequired', location: 'none' });
      const script = await here.start({ index: 'first', takes: taken });
      await script.killAfter(taken);
      expect(script.history()).toEqual(taken === 0 ? [] : ['gap']);
    }
  });

  it('takes a round of more changes than the stack takes arguments', async () => {
    const here = scene();
    await here.told();
    const items = Array.from({ length: 150_000 }, (_, n) => ({
      id: `x${n}`, name: `x${n}`, file: {}, parentReference: { id: 'root', path: '/drives/d/root:' }, eTag: '1', createdDateTime: new Date(here.clock.now()).toISOString(),
    }));
    here.drive.page = () => Promise.resolve({ items, cursor: 'https://graph.example/delta?token=9.0', at: here.clock.now() });
    expect((await here.told()).length).toBe(items.length);
  });
});

it('gives up after a minute where the drive can be asked for and delta cannot', async () => {
  const here = scene();
  here.drive.failures.push(...Array.from({ length: 99 }, () => new WatchError('network', 'it rains')));
  const script = await here.start({ identify: () => Promise.resolve() });
  await here.clock.advance(60_000);
  expect(await Promise.race([script.over, settle().then(() => 'still trying')])).toMatchObject({ message: 'it rains' });
});
