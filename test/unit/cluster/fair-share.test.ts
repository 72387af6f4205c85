import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fairShare, targetsOf } from '../../../src/cluster/fair-share.ts';

const names = (max: number): fc.Arbitrary<string[]> => fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: max });

function shareOut(members: readonly string[], keys: readonly string[]): Map<string, string> {
  const targets = targetsOf(keys);
  const shares = fairShare(members, targets);
  return new Map(targets.keys.map((key, at) => [key, members[shares[at]!]!]));
}

describe('fair shares', () => {
  it('differ by at most one, and depend only on the members and targets', () => {
    fc.assert(fc.property(names(9), names(60), (members, keys) => {
      members.sort();
      const shares = shareOut(members, keys);
      const sizes = members.map((member) => [...shares.values()].filter((owner) => owner === member).length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(shareOut(members, [...keys].reverse())).toEqual(shares);
    }));
  });

  it('move few targets other than those of a member that leaves or joins', () => {
    const members = Array.from({ length: 10 }, (_, at) => `host-${at}.x`);
    const keys = Array.from({ length: 5_000 }, (_, at) => `drive:b!${at}`);
    const [all, fewer] = [shareOut(members, keys), shareOut(members.filter((_, at) => at !== 3), keys)];
    const moved = keys.filter((key) => all.get(key) !== fewer.get(key)).length;
    expect(moved).toBeGreaterThanOrEqual(500);
    expect(moved).toBeLessThan(650);
  });

  it('move few targets when the list becomes longer', () => {
    const members = Array.from({ length: 10 }, (_, at) => `host-${at}.x`);
    const keys = Array.from({ length: 5_000 }, (_, at) => `drive:b!${at}`);
    const [before, after] = [shareOut(members, keys.slice(0, 4_900)), shareOut(members, keys)];
    expect(keys.slice(0, 4_900).filter((key) => before.get(key) !== after.get(key)).length).toBeLessThan(250);
  });

  it('include a target once, however often it is listed, and leave members without any if there are more members than targets', () => {
    expect(targetsOf(['a', 'b', 'a']).keys).toHaveLength(2);
    const shares = shareOut(['m1', 'm2', 'm3'], ['a', 'b']);
    expect(new Set(shares.values()).size).toBe(2);
  });

  it('without members are empty', () => {
    expect([...fairShare([], targetsOf(['a', 'b']))]).toEqual([0, 0]);
  });
});
