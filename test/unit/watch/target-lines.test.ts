import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseTargetLines } from '../../../src/watch/target-lines.ts';
import { WatchError } from '../../../src/errors.ts';

describe('parseTargetLines', () => {
  it('reads every kind of target, comments, labels and quotes', () => {
    const lines = parseTargetLines(`# mine
me
drive b!abc as finance   # a comment behind
  drive-list b!def
group 1234

list contoso.sharepoint.com:/sites/team "Shared Documents" as 'Team docs'
list https://contoso.sharepoint.com/sites/team 'it''s' \r
`.replace("'it''s'", '"it\'s"'));
    expect(lines.map(({ name, label }) => [name, label])).toEqual([
      ['me', undefined],
      ['drive:b!abc', 'finance'],
      ['drive-list:b!def', undefined],
      ['group:1234', undefined],
      ['list:contoso.sharepoint.com:/sites/team/Shared Documents', 'Team docs'],
      ["list:https://contoso.sharepoint.com/sites/team/it's", undefined],
    ]);
  });

  it('takes a target that comes twice once, with its first label', () => {
    expect(parseTargetLines('drive a as x\ndrive a as y')).toHaveLength(1);
  });

  it.each([
    ['drive', 'Line 1'],
    ['me\nme too', 'Line 2'],
    ['drive a b', 'Line 1'],
    ['drive ..', 'Line 1'],
    ['drive "', 'quote'],
    ['folder a', 'is not a valid target'],
    ['list onlysite', 'is not a valid target'],
    ['drive ""', 'empty'],
  ])('refuses %j and names the line', (text, part) => {
    expect(() => parseTargetLines(text)).toThrow(part);
    try {
      parseTargetLines(text);
    } catch (error) {
      expect((error as WatchError).category).toBe('usage');
    }
  });

  it('reads any text, or refuses it as wrong usage', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      try {
        return Array.isArray(parseTargetLines(text));
      } catch (error) {
        return error instanceof WatchError && error.category === 'usage';
      }
    }));
  });
});
