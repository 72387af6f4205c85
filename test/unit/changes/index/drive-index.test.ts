import { describe, expect, it } from '@jest/globals';
import { DriveIndex } from '../../../../src/changes/index/drive-index.ts';

const item = (name: string, tag = 1, parentId = 'R') => ({ name, parentId, size: 1, tag, folder: false });

describe('items that were listed before they were compared with anything', () => {
  it('are marked unless they were reported as they are, until delta has reported all that was listed', () => {
    const index = new DriveIndex();
    index.put('R', { name: 'root', parentId: undefined, size: undefined, tag: 1, folder: true }, true);
    const reported = new Map(['same', 'edited', 'renamed', 'moved'].map((id) => [id, item(id)]));
    for (const [id, name, tag, parent] of [['same', 'same', 1, 'R'], ['edited', 'edited', 2, 'R'], ['renamed', 'other', 1, 'R'], ['moved', 'moved', 1, 'F'], ['new', 'new', 1, 'R']] as const) {
      index.put(id, item(name, tag, parent), false);
    }
    index.markListed(reported);
    const marked = (): string[] => ['same', 'edited', 'renamed', 'moved', 'new'].filter((id) => index.isListed(id));
    expect(marked()).toEqual(['edited', 'renamed', 'moved', 'new']);
    index.put('new', item('new'), false);
    expect(marked()).toEqual(['edited', 'renamed', 'moved']);
    index.aheadUntil = 1;
    index.settle();
    expect([marked(), index.aheadUntil]).toEqual([[], 0]);
  });
});
