import { describe, expect, it } from '@jest/globals';
import { GraphError } from '../../../../src/emulator/graph/errors.ts';
import { parseFilter } from '../../../../src/emulator/graph/query/filter.ts';

const ITEMS = [
  { name: 'a.txt', size: 1, file: {}, list: { template: 'documentLibrary' }, hidden: false, kinds: ['Unified', 'Dynamic'], owners: [{ name: 'ada' }], when: '2026-01-01T00:00:00Z' },
  { name: 'B.txt', size: 20, folder: { childCount: 2 }, hidden: true, when: '2026-02-01T00:00:00Z' },
  { name: "O'Neill, (x)", size: 3, file: {}, when: null },
];
const matching = (filter: string): string[] => ITEMS.filter(parseFilter(filter)).map(({ name }) => name[0]!);

describe('$filter', () => {
  it.each([
    ["name eq 'a.txt'", ['a']],
    ["name eq 'A.TXT'", ['a']],
    ["name ne 'a.txt'", ['B', 'O']],
    ["name eq 'O''Neill, (x)'", ['O']],
    ['size gt 1 and size le 20', ['B', 'O']],
    ['size lt 2 or size ge 20', ['a', 'B']],
    ["size gt 1 and (name eq 'b.txt' or name eq 'a.txt')", ['B']],
    ["size eq 1 or size eq 20 and name eq 'none'", ['a']],
    ['folder ne null', ['B']],
    ['folder eq null', ['a', 'O']],
    ['not (folder ne null)', ['a', 'O']],
    ['hidden eq true', ['B']],
    ['when ge 2026-01-15', ['B']],
    ['when lt 2026-01-15T00:00:00Z', ['a']],
    ["list/template eq 'documentLibrary'", ['a']],
    ["startswith(name,'b')", ['B']],
    ["endsWith(name, '.txt') and not startswith(name, 'a')", ['B']],
    ["contains(name, '(x')", ['O']],
    ['missing gt 1', []],
    ["kinds/any(k:k eq 'unified')", ['a']],
    ["kinds/any(kind: kind eq 'Unified' or kind eq 'None') and size eq 1", ['a']],
    ["kinds/any(k:k eq 'None')", []],
    ["owners/any(o:o/name eq 'ada')", ['a']],
    ["not (kinds/any(k:k eq 'Unified'))", ['B', 'O']],
  ])('%s', (filter, expected) => {
    expect(matching(filter)).toEqual(expected);
  });

  it.each(['', 'name', 'name eq', "name like 'a'", "name eq 'a", "(name eq 'a'", "name eq 'a')", 'size eq 1 size', "lower(name) eq 'a'", 'a eq 1 && b eq 2', "startswith(name 'a')", 'and', "name eq 'a' or", "kinds/any(k eq 'a')", "kinds/any(k:k eq 'a'", 'kinds/any()'])(
    'refuses %s',
    (filter) => {
      expect(() => parseFilter(filter)).toThrow(GraphError);
    },
  );
});
