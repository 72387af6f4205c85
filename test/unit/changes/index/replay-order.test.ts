import { describe, expect, it } from '@jest/globals';
import { replayOrder } from '../../../../src/changes/index/replay-order.ts';
import type { ChangeEvent } from '../../../../src/events.ts';

const event = (change: ChangeEvent['change'], path: string | undefined, folder = false, before?: string): ChangeEvent => ({
  type: 'change', time: 0, target: 'me', via: 'push', change, item: { id: path ?? '', folder, ...(path === undefined ? {} : { path }) },
  ...(before === undefined ? {} : { previous: { path: before } }),
});
const lines = (events: readonly ChangeEvent[], complete = true): string[] => replayOrder(events, complete).map(({ change, item }) => `${change} ${item.path ?? '?'}`);

describe('changes in an order in which they can be repeated', () => {
  it('tells deletions first, the deepest at the very beginning, then folders before what is in them', () => {
    expect(lines([
      event('created', '/new/a/b'), event('created', '/new', true), event('created', '/new/a', true),
      event('deleted', '/old', true), event('deleted', '/old/x/y'), event('deleted', '/old/x', true),
    ])).toEqual(['deleted /old/x/y', 'deleted /old/x', 'deleted /old', 'created /new', 'created /new/a', 'created /new/a/b']);
  });

  it('deletes a folder last that something was moved out of, at whatever depth', () => {
    expect(lines([event('deleted', '/old', true), event('deleted', '/older', true), event('moved', '/x', false, '/old/deep/x')])).toEqual(['deleted /older', 'moved /x', 'deleted /old']);
    expect(lines([event('deleted', '/a', true), event('moved', '/x', false, '/ab/x')])).toEqual(['deleted /a', 'moved /x']);
  });

  it('does so too where it cannot be ruled out: a folder without a path, or an item of which nothing was known', () => {
    expect(lines([event('deleted', undefined, true), event('moved', '/x', false, '/old/x')])).toEqual(['moved /x', 'deleted ?']);
    expect(lines([event('deleted', undefined, true)])).toEqual(['deleted ?']);
    expect(lines([event('deleted', '/old', true), event('unknown', '/x')], false)).toEqual(['unknown /x', 'deleted /old']);
    expect(lines([event('deleted', '/old', true), event('created', '/x')], true)).toEqual(['deleted /old', 'created /x']);
  });
});
