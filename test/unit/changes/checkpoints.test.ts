import { describe, expect, it } from '@jest/globals';
import { Checkpoints } from '../../../src/changes/checkpoints.ts';
import { DriveIndex } from '../../../src/changes/index/drive-index.ts';
import type { Step } from '../../../src/changes/index/round.ts';
import type { ChangeEvent } from '../../../src/events.ts';
import { memoryPositions, type Disk } from '../../support/memory-positions.ts';
import { steppedClock } from '../../support/stepped-clock.ts';

const created: Step = { put: { id: 'x', name: 'x.txt', parentId: 'r', tag: 1, folder: false, root: false, deleted: false } };
const deleted: Step = { gone: 'x' };
const change = (kind: ChangeEvent['change']): ChangeEvent => ({ type: 'change', time: 0, target: 'me', change: kind, item: { id: 'x', folder: false }, via: 'push' });

describe('what was settled in the middle of several rounds', () => {
  it.each([
    ['deleted and restored', deleted, created, true],
    ['created and deleted', created, deleted, false],
  ])('keeps the last state of an item that was %s', async (_what, first, second, known) => {
    const disk: Disk = { lines: [] };
    const positions = memoryPositions(disk);
    const at = { cursor: 'https://graph.example/1', at: 1 };
    await positions.rewrite(at, new DriveIndex());
    const checkpoints = new Checkpoints({ target: 'me', clock: steppedClock(), signal: new AbortController().signal, positions, put: () => undefined });
    const last = change('modified');
    await checkpoints.put([{ event: change('modified'), step: first }]);
    // Queued, and not taken yet.
    await checkpoints.commit({ ...at, at: 2 }, [first]);
    await checkpoints.put([{ event: last, step: second }]);
    await checkpoints.settle(last);
    const index = new DriveIndex();
    await memoryPositions(disk).restore(index, () => undefined);
    expect(index.get('x') !== undefined).toBe(known);
  });
});
