import { describe, expect, it } from '@jest/globals';
import { readDriveItem } from '../../../../src/changes/index/drive-item.ts';
import { interpret, type Evidence } from '../../../../src/changes/index/interpret.ts';

const ARMED = Date.UTC(2026, 4, 11, 20, 0, 0);
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

function changeOf(raw: Record<string, unknown>, evidence: Partial<Evidence> = {}): string | undefined {
  const item = readDriveItem({ id: 'x', name: 'x', eTag: '"x,2"', parentReference: { id: 'p' }, ...raw })!;
  return interpret(item, {
    before: undefined, path: '/x', complete: false, uncertain: false, deletionReported: false, since: ARMED, ...evidence,
  }, { target: 'me', via: 'push', now: ARMED + HOUR, serviceNow: ARMED + HOUR })?.change;
}
const times = (created: number | undefined, modified: number | undefined): Record<string, unknown> => ({
  ...(created === undefined ? {} : { createdDateTime: new Date(ARMED + created).toISOString() }),
  ...(modified === undefined ? {} : { lastModifiedDateTime: new Date(ARMED + modified).toISOString() }),
});

describe('an item that was never seen before', () => {
  it.each<[string, number | undefined, number | undefined, string]>([
    ['created since the start', SECOND, SECOND, 'created'],
    ['created since the start, and edited later', SECOND, HOUR, 'created'],
    ['created just before, and not touched', -30 * SECOND, -30 * SECOND, 'created'],
    ['created just before, and edited since', -30 * SECOND, 5 * SECOND, 'modified'],
    ['created long before, and edited since', -HOUR, SECOND, 'modified'],
    ['created long before, and edited just before', -HOUR, -30 * SECOND, 'modified'],
    ['created long before, and untouched: renamed, moved or restored', -HOUR, -HOUR, 'unknown'],
    ['without any time', undefined, undefined, 'unknown'],
  ])('is classified by its times: %s', (_what, created, modified, change) => {
    expect(changeOf({ ...times(created, modified), file: {} })).toBe(change);
  });

  it('is created if everything else is known', () => {
    expect(changeOf({ ...times(-HOUR, -HOUR) }, { complete: true })).toBe('created');
    expect(changeOf({ ...times(-HOUR, -HOUR) }, { deletionReported: true })).toBe('created');
  });

  it.each<[string, number, number, string | undefined]>([
    ['its time is that of what changed below', 10 * SECOND, ARMED + 10 * SECOND, undefined],
    ['it is old', -HOUR, ARMED + 10 * SECOND, undefined],
    ['it changed later than what is below', 60 * SECOND, ARMED + 10 * SECOND, 'modified'],
  ])('above another change is judged by its own time: %s', (_what, modified, changedBelow, change) => {
    expect(changeOf({ ...times(-2 * HOUR, modified), folder: {} }, { below: { latest: changedBelow, certain: true } })).toBe(change);
  });
});

describe('an item that was seen before', () => {
  const before = { name: 'x', parentId: 'p', size: 1, tag: readDriveItem({ id: 'x', eTag: '"x,1"' })!.tag, folder: false, path: '/x' };
  it.each<[string, Record<string, unknown>, string | undefined]>([
    ['the same', { eTag: '"x,1"' }, undefined],
    ['another eTag', {}, 'modified'],
    ['another name', { name: 'y' }, 'renamed'],
    ['another folder', { parentReference: { id: 'q' } }, 'moved'],
    ['another name and folder', { name: 'y', parentReference: { id: 'q' } }, 'moved'],
    ['another eTag of a folder: that is its content', { folder: {} }, undefined],
    ['the root', { root: {}, folder: {} }, undefined],
    ['deleted: {}', { deleted: {} }, 'deleted'],
    ['deleted: {"state":"deleted"}', { deleted: { state: 'deleted' } }, 'deleted'],
  ])('is classified by what differs: %s', (_what, raw, change) => {
    expect(changeOf(raw, { before, complete: true })).toBe(change);
  });
});
