import { describe, expect, it } from '@jest/globals';
import { isBelow, type Node } from '../../../../src/changes/index/replay-node.ts';

function node(id: string, parentId: string | undefined): Node {
  return {
    id, deleted: false, leaves: true, waits: [], blocks: [], must: 0, better: 0, yieldsTo: [], turn: 0, done: false, lost: false,
    event: { type: 'change', time: 0, target: 'me', via: 'push', change: 'moved', item: { id, folder: true } },
    from: { parentId, name: id }, to: undefined,
  };
}

describe('the way up from a change', () => {
  const folder = node('F', undefined);

  it('passes folders without a change, looks each of them up once, and none above the root', () => {
    const asked: string[] = [];
    const parents: Record<string, string> = { c: 'b', b: 'F' };
    const parentOf = (id: string): string | undefined => {
      asked.push(id);
      return parents[id];
    };
    const byId = new Map([['F', folder]]);
    expect(isBelow(node('a', 'c'), folder, { byId, parentOf })).toBe(true);
    expect(isBelow(node('a', 'elsewhere'), folder, { byId, parentOf })).toBe(false);
    expect(asked).toStrictEqual(['c', 'b', 'elsewhere']);
  });

  it.each<[string, Record<string, string>, Node[]]>([
    ['folders without a change', { b: 'c', c: 'b' }, []],
    ['folders with a change', {}, [node('b', 'c'), node('c', 'b')]],
  ])('ends in a cycle of %s', (_what, parents, changed) => {
    let left = 100;
    const tree = {
      byId: new Map(changed.map((each) => [each.id, each])),
      parentOf: (id: string): string | undefined => {
        left -= 1;
        if (left === 0) throw new Error('it goes round and round');
        return parents[id];
      },
    };
    // Changed folders are found by id, so a cycle of them never reaches the counter above: it would not end.
    const get = tree.byId.get.bind(tree.byId);
    tree.byId.get = (id) => {
      left -= 1;
      if (left === 0) throw new Error('it goes round and round');
      return get(id);
    };
    expect(isBelow(node('a', 'b'), folder, tree)).toBe(false);
  });
});
