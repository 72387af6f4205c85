import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { targetName } from '../../../../src/graph/targets.ts';
import { parseTargetLines } from '../../../../src/watch/many/target-lines.ts';
import { usageError, WatchError } from '../../../../src/errors.ts';

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
    expect(lines.map(({ wanted, label }) => [wanted.kind === 'target' ? targetName(wanted.target) : wanted, label])).toEqual([
      ['me', undefined],
      ['drive:b!abc', 'finance'],
      ['drive-list:b!def', undefined],
      ['group:1234', undefined],
      ['list:contoso.sharepoint.com:/sites/team/Shared Documents', 'Team docs'],
      ["list:https://contoso.sharepoint.com/sites/team/it's", undefined],
    ]);
  });

  it('reads addresses with and without spaces and quotes, names from records, users and sites', () => {
    const lines = parseTargetLines(`https://contoso.sharepoint.com/sites/team/Shared Documents/Reports as reports # comment
"https://contoso.sharepoint.com/sites/team/Shared Documents" as 'all of it'
contoso.sharepoint.com/sites/team

user ada@example.com
drive-list:b!x
site contoso.sharepoint.com:/sites/team as team`);
    expect(lines.map(({ wanted, label, number }) => [number, wanted, label])).toEqual([
      [1, { kind: 'address', address: 'https://contoso.sharepoint.com/sites/team/Shared Documents/Reports' }, 'reports'],
      [2, { kind: 'address', address: 'https://contoso.sharepoint.com/sites/team/Shared Documents' }, 'all of it'],
      [3, { kind: 'address', address: 'contoso.sharepoint.com/sites/team' }, undefined],
      [5, { kind: 'target', target: { kind: 'user', user: 'ada@example.com' } }, undefined],
      [6, { kind: 'target', target: { kind: 'drive-list', driveId: 'b!x' } }, undefined],
      [7, { kind: 'site', site: 'contoso.sharepoint.com:/sites/team' }, 'team'],
    ]);
  });

  it.each([
    ['drive', 'Line 1'],
    ['me\nme too', 'Line 2'],
    ['drive a b', 'Line 1'],
    ['drive "', 'quote'],
    ['folder a', 'is not a valid target'],
    ['list onlysite', 'Which site does'],
    ['drive Documents', 'Line 1: Specify a drive by its id'],
  ])('refuses %j and names the line', (text, part) => {
    expect(() => parseTargetLines(text)).toThrow(part);
    try {
      parseTargetLines(text);
    } catch (error) {
      expect((error as WatchError).category).toBe('usage');
    }
  });

  it('names the line of a target that cannot be watched, with the hint', () => {
    const check = (): void => { throw usageError('It is not here.', 'Look there.'); };
    expect(() => parseTargetLines('# one\nme', check)).toThrow(expect.objectContaining({ category: 'usage', message: 'Line 2: It is not here.', hint: 'Look there.' }));
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
