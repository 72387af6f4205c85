import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FollowedDrive } from '../../../src/changes/follower.ts';
import type { ChangeEvent } from '../../../src/events.ts';
import { startChanges, type ChangesScript } from '../../support/changes-script.ts';
import { MirrorByPath, type Listing } from '../../support/mirror-by-path.ts';
import { ModelDrive, type ModelQuirks } from '../../support/model-drive.ts';
import { steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 200);
const MINUTE = 60_000;

type Operation =
  | { do: 'create'; folder: boolean; name: string; into: number }
  | { do: 'edit' | 'remove'; which: number }
  | { do: 'move'; which: number; into: number; name: string };

const name = fc.constantFrom('a', 'b', 'c', 'd', 'B');
const which = fc.nat(20);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ do: fc.constant('create' as const), folder: fc.boolean(), name, into: which }),
  fc.record({ do: fc.constantFrom('edit' as const, 'remove' as const), which }),
  fc.record({ do: fc.constant('move' as const), which, into: which, name }),
  fc.record({ do: fc.constant('move' as const), which, into: which, name }),
);
const rounds = fc.array(fc.record({ gone: fc.boolean(), operations: fc.array(operation, { maxLength: 8 }) }), { maxLength: 4 });
const quirks: fc.Arbitrary<Partial<ModelQuirks>> = fc.record({ pageSize: fc.constantFrom(1, 3, 100), repeats: fc.boolean(), ancestors: fc.boolean(), rootAlone: fc.boolean(), childFirst: fc.boolean(), deletesChildren: fc.boolean() });

function perform(drive: ModelDrive, each: Operation): void {
  const pick = (index: number): string => [...drive.items.keys()][index % drive.items.size]!;
  const folder = (index: number): string => {
    const folders = [...drive.items.values()].filter((item) => item.folder);
    return folders[index % folders.length]!.id;
  };
  switch (each.do) {
    case 'create': drive.create(each.name, folder(each.into), each.folder); break;
    case 'edit': drive.edit(pick(each.which)); break;
    case 'remove': drive.remove(pick(each.which)); break;
    case 'move': drive.move(pick(each.which), folder(each.into), each.name); break;
  }
}

function listing(drive: ModelDrive): Listing {
  return { paths: new Map([...drive.paths()].map(([id, path]) => [path, id])), folders: new Set([...drive.items.values()].filter((item) => item.folder).map(({ id }) => id)) };
}

interface Scene {
  clock: SteppedClock;
  drive: ModelDrive;
  lines: ChangeEvent[];
  script: ChangesScript;
}

async function scene(given: Partial<ModelQuirks>, index: FollowedDrive['index'], meanwhile: readonly Operation[] = []): Promise<Scene> {
  const clock = steppedClock();
  const drive = new ModelDrive(clock.now, given);
  const lines: ChangeEvent[] = [];
  const script = await startChanges({ source: drive, clock, index, onTaken: (event) => { if (event.type === 'change') lines.push(event); } });
  for (const each of meanwhile) {
    perform(drive, each);
    script.tap();
    await clock.advance(700);
  }
  // Until delta has caught up with the listing.
  await clock.advance(3 * MINUTE);
  lines.splice(0);
  return { clock, drive, lines, script };
}

/** Runs one round, and replays its changes. */
async function round({ clock, drive, lines, script }: Scene, mirror: MirrorByPath): Promise<ChangeEvent[]> {
  script.tap();
  await clock.advance(MINUTE);
  const now = listing(drive);
  const reported = lines.splice(0);
  for (const line of reported) mirror.apply(line, now);
  expect([...mirror.paths()].sort()).toEqual([...now.paths].sort());
  return reported;
}

describe('the changes of any round, replayed by path', () => {
  it('give the tree with a full index, also after a 410', async () => {
    await fc.assert(fc.asyncProperty(rounds, quirks, async (plan, given) => {
      const here = await scene(given, 'first');
      const mirror = new MirrorByPath(listing(here.drive));
      for (const { gone, operations } of plan) {
        for (const each of operations) perform(here.drive, each);
        if (gone) here.drive.gone.push({ code: 'resyncRequired', location: 'none' });
        await round(here, mirror);
      }
      await here.script.stop();
    }), { numRuns: RUNS });
  }, 60_000 + RUNS * 200);

  it('give the tree after a background enumeration, whatever changed meanwhile; each has its previous state', async () => {
    await fc.assert(fc.asyncProperty(fc.array(operation, { maxLength: 12 }), rounds, quirks, fc.boolean(), async (meanwhile, plan, given, snapshot) => {
      const here = await scene({ ...given, snapshot }, 'behind', meanwhile);
      const mirror = new MirrorByPath(listing(here.drive));
      for (const { gone, operations } of plan) {
        for (const each of operations) perform(here.drive, each);
        if (gone) here.drive.gone.push({ code: 'resyncRequired', location: 'none' });
        const reported = await round(here, mirror);
        expect(reported.filter(({ change, previous }) => change !== 'created' && previous === undefined)).toEqual([]);
      }
      await here.script.stop();
    }), { numRuns: RUNS });
  }, 60_000 + RUNS * 200);

  it('give the tree without an index too, if every item was seen before', async () => {
    await fc.assert(fc.asyncProperty(rounds, quirks, async (plan, given) => {
      // Without an index it is not known what was in a deleted folder, or whether a folder in an answer is unchanged.
      const here = await scene({ ...given, deletesChildren: true, ancestors: false }, 'never');
      const mirror = new MirrorByPath(listing(here.drive));
      for (const { operations } of plan) {
        for (const each of operations) perform(here.drive, each);
        await round(here, mirror);
      }
      await here.script.stop();
    }), { numRuns: RUNS });
  }, 60_000 + RUNS * 200);
});
