import { describe, expect, it } from '@jest/globals';
import { AncestorEvidence } from '../../../../src/changes/index/ancestors.ts';
import { DriveIndex } from '../../../../src/changes/index/drive-index.ts';
import { applySteps, Round, stepOf } from '../../../../src/changes/index/round.ts';
import type { ChangesScript } from '../../../support/changes-script.ts';
import { startChanges } from '../../../support/changes-script.ts';
import { ModelDrive, type ModelQuirks } from '../../../support/model-drive.ts';
import { scriptedSource } from '../../../support/scripted-source.ts';
import { steppedClock, type SteppedClock } from '../../../support/stepped-clock.ts';

const MINUTE = 60_000;

interface Scene {
  clock: SteppedClock;
  drive: ModelDrive;
  docs: string;
  a: string;
  script: ChangesScript;
  round: () => Promise<string[]>;
}

/** `/Docs/a.txt`, never seen before. */
async function scene(quirks: Partial<ModelQuirks>): Promise<Scene> {
  const clock = steppedClock();
  const drive = new ModelDrive(clock.now, quirks);
  const docs = drive.seed('Docs', 'root', true);
  const a = drive.seed('a.txt', docs, false);
  const script = await startChanges({ source: drive, clock });
  await clock.advance(10 * MINUTE);
  return {
    clock, drive, docs, a, script,
    async round() {
      const before = script.events.length;
      script.tap();
      await clock.advance(10 * MINUTE);
      return script.history().slice(before).sort();
    },
  };
}

describe.each<[string, Partial<ModelQuirks>]>([
  ['nothing above', {}], ['the root alone', { rootAlone: true }], ['the root alone, and children before their folder', { rootAlone: true, childFirst: true, pageSize: 1 }],
])('where %s comes along with a change', (_what, quirks) => {
  it('a renamed folder is reported, even if something in it changed in the same round', async () => {
    const { clock, drive, docs, a, script, round } = await scene(quirks);
    drive.move(docs, 'root', 'Papers');
    await clock.advance(500);
    drive.edit(a);
    expect(await round()).toEqual(['modified /Papers', 'modified /Papers/a.txt']);
    await script.stop();
  });

  it('a renamed folder is reported, even long after the last change in it', async () => {
    const { drive, docs, a, script, round } = await scene(quirks);
    drive.edit(a);
    expect(await round()).toEqual(['modified /Docs/a.txt']);
    drive.move(docs, 'root', 'Papers');
    drive.create('b.txt', docs, false);
    expect(await round()).toEqual(['created /Papers/b.txt', 'modified /Papers']);
    await script.stop();
  });

  it('a moved folder is reported, even if its time is old', async () => {
    const clock = steppedClock();
    const source = scriptedSource();
    const other = await startChanges({ source, clock });
    await clock.advance(10 * MINUTE);
    const file = (id: string, parentId: string): Record<string, unknown> => ({ id, name: id, parentReference: { id: parentId, path: `/drives/d/root:/${parentId}` }, file: {}, eTag: id, lastModifiedDateTime: new Date(clock.now()).toISOString() });
    const root = { id: 'root', root: {}, folder: {} };
    // The folder above this one is missing: nothing comes along.
    source.rounds.push([...(quirks.rootAlone === true ? [root] : []), file('x', 'elsewhere')]);
    other.tap();
    await clock.advance(10 * MINUTE);
    const folder = { id: 'F', name: 'F', folder: {}, eTag: 'F', createdDateTime: '2020-01-01T00:00:00Z', lastModifiedDateTime: '2020-01-01T00:00:00Z', parentReference: { id: 'root', path: '/drives/d/root:' } };
    source.rounds.push([...(quirks.rootAlone === true ? [root] : []), folder, file('y', 'F')]);
    other.tap();
    await clock.advance(10 * MINUTE);
    expect(other.history().slice(1)).toEqual(['modified /elsewhere/x', 'unknown /F', 'modified /F/y']);
    await other.stop();
  });
});

describe('where all folders above come along', () => {
  it.each([false, true])('unchanged ones are not reported (children first: %p)', async (childFirst) => {
    const { drive, a, script, round } = await scene({ ancestors: true, childFirst });
    for (let rounds = 0; rounds < 3; rounds += 1) {
      drive.edit(a);
      expect(await round()).toEqual(['modified /Docs/a.txt']);
    }
    await script.stop();
  });

  it('a renamed folder is reported if it was seen before', async () => {
    const { drive, docs, a, script, round } = await scene({ ancestors: true });
    drive.edit(a);
    await round();
    drive.move(docs, 'root', 'Papers');
    drive.edit(a);
    expect(await round()).toEqual(['modified /Papers/a.txt', 'renamed /Papers']);
    await script.stop();
  });
});

interface Raw { id: string; eTag: string; folder?: object; root?: object; parentReference?: { id: string }; deleted?: object }

const ROOT: Raw = { id: 'root', eTag: 'r', root: {}, folder: {} };
const folder = (id: string, parentId = 'root', eTag = '1'): Raw => ({ id, eTag, folder: {}, parentReference: { id: parentId } });
const file = (id: string, parentId = 'root', eTag = '1'): Raw => ({ id, eTag, parentReference: { id: parentId } });

function roundOf(raws: readonly Raw[]): Round {
  const round = new Round();
  round.add(raws);
  return round;
}

/** Applies the rounds; returns what is then known about folders in a later one. The index has `listed` from an enumeration. */
function knownAfter(rounds: readonly (readonly Raw[])[], listed: readonly Raw[]): boolean | 'omitted' {
  const index = new DriveIndex();
  for (const item of roundOf(listed).items.values()) index.putListed(item.id, { name: item.id, parentId: item.parentId, size: undefined, tag: item.tag, folder: item.folder }, item.root);
  const evidence = new AncestorEvidence();
  for (const raws of rounds) {
    const round = roundOf(raws);
    evidence.changedBelow(round, index);
    applySteps([...round.items.values()].map(stepOf), index);
  }
  return evidence.changedBelow(roundOf([ROOT, folder('Z'), file('z', 'Z')]), index).get('Z')?.certain ?? 'omitted';
}

describe('whether unchanged folders come along with what changed below them', () => {
  it.each<[string, boolean | 'omitted', Raw[][], Raw[]]>([
    ['one came unchanged above a change', true, [[ROOT, folder('F'), file('a', 'F')], [ROOT, folder('F'), file('a', 'F', '2')]], []],
    ['one came unchanged above what was deleted in it', true, [[ROOT, folder('F'), file('a', 'F')], [ROOT, folder('F'), { ...file('a', 'F'), deleted: {} }]], []],
    ['one is missing above a change', 'omitted', [[ROOT, file('a', 'F')]], []],
    ['the root is missing', 'omitted', [[folder('F'), file('a', 'F')]], []],
    ['nothing came yet', false, [], []],
    ['one that was never seen may have changed', false, [[ROOT, folder('F'), file('a', 'F')]], []],
    ['one that was seen has changed', false, [[ROOT, folder('F'), file('a', 'F')], [ROOT, folder('F', 'root', '2'), file('a', 'F', '2')]], []],
    ['a file came again unchanged', false, [[ROOT, file('a')], [ROOT, file('a')]], []],
    ['a folder came again unchanged, with nothing below it', false, [[ROOT, folder('F')], [ROOT, folder('F')]], []],
    ['one was listed, maybe as this round reports it', false, [[ROOT, folder('F'), file('a', 'F')]], [ROOT, folder('F')]],
    ['a listed one came, and a file again that had been seen', false, [[ROOT, file('b')], [ROOT, folder('F'), file('a', 'F'), file('b')]], [ROOT, folder('F')]],
  ])('where %s: %j', (_what, known, rounds, listed) => {
    expect(knownAfter(rounds, listed)).toBe(known);
  });
});
