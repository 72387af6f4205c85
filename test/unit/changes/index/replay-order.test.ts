import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { replayOrder } from '../../../../src/changes/index/replay-order.ts';
import type { PlacedChange } from '../../../../src/changes/index/replay-node.ts';
import type { ChangeEvent } from '../../../../src/events.ts';
import { MirrorByPath, type Listing } from '../../../support/mirror-by-path.ts';

/** A tree as path → id; folders have upper-case ids. */
type Tree = Readonly<Record<string, string>>;

const listing = (tree: Tree): Listing => ({ paths: new Map(Object.entries(tree)), folders: new Set(Object.values(tree).filter(isFolder)) });
const isFolder = (id: string): boolean => id === id.toUpperCase();
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const folderOf = (tree: Tree, path: string): string => tree[path.slice(0, path.lastIndexOf('/'))] ?? 'root';

/** The changes between two trees as they are interpreted, in the given order. */
function placedChanges(before: Tree, after: Tree, order: (ids: string[]) => string[] = (ids) => ids): PlacedChange[] {
  const was = new Map(Object.entries(before).map(([path, id]) => [id, path]));
  const is = new Map(Object.entries(after).map(([path, id]) => [id, path]));
  return order([...new Set([...is.keys(), ...was.keys()])]).flatMap((id): PlacedChange[] => {
    const [from, to] = [was.get(id), is.get(id)];
    const fromPlace = from === undefined ? undefined : { parentId: folderOf(before, from), name: nameOf(from) };
    const toPlace = to === undefined ? undefined : { parentId: folderOf(after, to), name: nameOf(to) };
    const change: ChangeEvent['change'] | undefined = from === undefined ? 'created' : to === undefined ? 'deleted'
      : fromPlace?.parentId !== toPlace?.parentId ? 'moved' : fromPlace?.name !== toPlace?.name ? 'renamed' : undefined;
    if (change === undefined) return [];
    const path = to ?? from!;
    const event: ChangeEvent = {
      type: 'change', time: 0, target: 'me', via: 'push', change, item: { id, name: nameOf(path), path, folder: isFolder(id) },
      ...(from === undefined ? {} : { previous: { name: nameOf(from), path: from } }),
    };
    return [{ event, from: fromPlace, to: toPlace }];
  });
}

function ordered(before: Tree, after: Tree, order?: (ids: string[]) => string[]): ChangeEvent[] {
  const folders = new Map(Object.entries(after).map(([path, id]) => [id, folderOf(after, path)]));
  return replayOrder(placedChanges(before, after, order), { complete: true, parentOf: (id) => folders.get(id) });
}

function replayed(before: Tree, after: Tree, events: readonly ChangeEvent[]): Tree {
  const mirror = new MirrorByPath(listing(before));
  for (const event of events) mirror.apply(event, listing(after));
  return Object.fromEntries(mirror.paths());
}

const lines = (events: readonly ChangeEvent[]): string[] => events.map(({ change, item, previous }) =>
  `${change} ${item.path ?? '?'}${change === 'renamed' || change === 'moved' ? ` <- ${previous?.path ?? '?'}` : ''}`);

describe('the lines of a round', () => {
  it.each<[string, Tree, Tree, string[]]>([
    ['deletions first, the deepest at the very beginning, then folders before their content',
      { '/old': 'O', '/old/x': 'X', '/old/x/y': 'y' }, { '/new/a/b': 'b', '/new': 'N', '/new/a': 'A' },
      ['deleted /old/x/y', 'deleted /old/x', 'deleted /old', 'created /new', 'created /new/a', 'created /new/a/b']],
    ['a file that is saved by rename', { '/d': 'D', '/d/a.txt': 'a' }, { '/d': 'D', '/d/a.txt': 'n', '/d/a.bak': 'a' },
      ['renamed /d/a.bak <- /d/a.txt', 'created /d/a.txt']],
    ['names that are passed on', { '/a': 'a', '/b': 'b', '/c': 'c' }, { '/b': 'a', '/c': 'b', '/d': 'c' },
      ['renamed /d <- /c', 'renamed /c <- /b', 'renamed /b <- /a']],
    ['a name that differs only by case', { '/a.TXT': 'a' }, { '/a.txt': 'n', '/b': 'a' }, ['renamed /b <- /a.TXT', 'created /a.txt']],
    ['an item that changes the case of its own name', { '/a.TXT': 'a' }, { '/a.txt': 'a' }, ['renamed /a.txt <- /a.TXT']],
    ['a new file where another was moved away', { '/d': 'D', '/e': 'E', '/d/a': 'a' }, { '/d': 'D', '/e': 'E', '/d/a': 'n', '/e/a': 'a' },
      ['moved /e/a <- /d/a', 'created /d/a']],
    ['a new folder where another was renamed', { '/docs': 'D' }, { '/docs': 'N', '/docs/a': 'a', '/archive': 'D' },
      ['renamed /archive <- /docs', 'created /docs', 'created /docs/a']],
    ['a folder that takes a deleted one\'s name', { '/old': 'E', '/docs': 'D' }, { '/docs': 'E' }, ['deleted /docs', 'renamed /docs <- /old']],
    ['an item that leaves a folder before the folder is deleted, at any depth', { '/old': 'O', '/old/deep': 'E', '/old/deep/x': 'x', '/older': 'P' }, { '/x': 'x' },
      ['deleted /older', 'moved /x <- /old/deep/x', 'deleted /old/deep', 'deleted /old']],
    ['an item that leaves a folder before the folder is renamed', { '/old': 'O', '/old/x': 'x' }, { '/new': 'O', '/e/x': 'x', '/e': 'E' },
      ['created /e', 'moved /e/x <- /old/x', 'renamed /new <- /old']],
    ['an item in a renamed folder, from its new path', { '/old': 'O', '/old/x': 'x' }, { '/new': 'O', '/new/y': 'x' },
      ['renamed /new <- /old', 'renamed /new/y <- /new/x']],
    ['a folder that takes the place of its parent', { '/p': 'P', '/p/c': 'C', '/p/c/x': 'x' }, { '/p': 'C', '/p/x': 'x', '/q': 'P' },
      ['renamed /q <- /p', 'moved /p <- /q/c']],
  ])('are ordered for %s', (_what, before, after, expected) => {
    for (const order of [(ids: string[]) => ids, (ids: string[]) => [...ids].reverse()]) {
      const events = ordered(before, after, order);
      expect(lines(events)).toEqual(expected);
      expect(replayed(before, after, events)).toEqual(after);
    }
  });

  it.each<[string, Tree, Tree, string[]]>([
    ['two names that are swapped', { '/a': 'a', '/b': 'b' }, { '/b': 'a', '/a': 'b' }, ['renamed /b <- /a', 'renamed /a <- ?']],
    ['two folders that are swapped, with what is in them', { '/a': 'A', '/a/x': 'x', '/b': 'B', '/b/y': 'y' }, { '/b': 'A', '/b/x': 'x', '/a': 'B', '/a/y': 'y' },
      ['renamed /b <- /a', 'renamed /a <- ?']],
    ['a folder that swaps places with its parent', { '/p': 'P', '/p/c': 'C', '/p/f': 'f' }, { '/p': 'C', '/p/c': 'P', '/p/c/f': 'f' }, ['moved /p <- ?', 'moved /p/c <- ?']],
    ['a folder that is in a cycle, and first leaves a deleted one', { '/o': 'O', '/o/c': 'C', '/o/c/x': 'x', '/p': 'P' }, { '/p': 'C', '/p/x': 'x', '/p/c': 'P' },
      ['moved /p <- /o/c', 'deleted /o', 'moved /p/c <- ?']],
    ['a file that stays while its folder is replaced', { '/f': 'F', '/f/x': 'x' }, { '/f': 'N', '/f/x': 'x' }, ['deleted /f', 'created /f', 'moved /f/x <- ?']],
  ])('break a cycle at one change, and give no previous path for what that replaces: %s', (_what, before, after, expected) => {
    const events = ordered(before, after);
    expect(lines(events)).toEqual(expected);
    expect(replayed(before, after, events)).toEqual(after);
  });

  it('give the new tree if they are replayed by path, for any two trees', () => {
    const plan = fc.array(fc.record({ id: fc.constantFrom('A', 'B', 'C', 'D', 'E', 'a', 'b', 'c', 'd', 'e'), above: fc.nat(5), name: fc.constantFrom('x', 'y', 'Y', 'z') }), { maxLength: 10 });
    const treeOf = (steps: { id: string; above: number; name: string }[]): Tree => {
      const tree: Record<string, string> = {};
      for (const { id, above, name } of steps) {
        const folders = ['', ...Object.keys(tree).filter((path) => isFolder(tree[path]!))];
        const path = `${folders[above % folders.length]!}/${name}`;
        if (Object.values(tree).includes(id) || Object.keys(tree).some((other) => other.toLowerCase() === path.toLowerCase())) continue;
        tree[path] = id;
      }
      return tree;
    };
    fc.assert(fc.property(plan, plan, fc.boolean(), (first, second, reverse) => {
      const [before, after] = [treeOf(first), treeOf(second)];
      const events = ordered(before, after, (ids) => (reverse ? [...ids].reverse() : ids));
      expect(events).toHaveLength(placedChanges(before, after).length);
      expect(replayed(before, after, events)).toEqual(after);
    }), { numRuns: Number(process.env.MODEL_RUNS ?? 2_000) });
  });

  it('survive a tree with a cycle', () => {
    const circle = (id: string, parentId: string): PlacedChange => ({
      event: { type: 'change', time: 0, target: 'me', via: 'push', change: 'moved', item: { id, folder: true } },
      from: { parentId: id, name: id }, to: { parentId, name: id },
    });
    expect(replayOrder([circle('A', 'B'), circle('B', 'A')], { complete: false, parentOf: () => undefined })).toHaveLength(2);
  });
});
