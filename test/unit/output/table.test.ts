import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { shortened } from '../../../src/output/shortened.ts';
import { growingTable, tableText, type TableColumn } from '../../../src/output/table.ts';

const heading = (text: string): string => text;

describe('a shortened text', () => {
  it.each([
    ['/Reports/2026/Q3-final.xlsx', 16, '/Report…nal.xlsx'], ['short', 5, 'short'], ['short', 4, 's…rt'], ['short', 1, '…'], ['short', 0, ''],
    ['日本語の名前', 7, '日本…前'], ['a👩‍👩‍👧b', 3, 'a…b'], ['', 5, ''],
  ])('of %j in %d columns is %j', (text, width, wanted) => {
    expect(shortened(text, width)).toBe(wanted);
  });

  it('never takes more columns than there are', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, width) => stringWidth(shortened(text, width)) <= width));
  });
});

describe('a table', () => {
  const columns: TableColumn[] = [{ title: 'KIND' }, { title: 'NAME', least: 6 }, { title: 'SIZE', align: 'right' }];
  const rows = [['library', 'Specifications of everything', '1 B'], ['own', 'OneDrive', '12 MB']];

  it('has aligned columns', () => {
    expect(tableText(columns, rows, { width: 80, heading })).toBe([
      'KIND     NAME                           SIZE', 'library  Specifications of everything    1 B', 'own      OneDrive                      12 MB', '',
    ].join('\n'));
  });

  it('shortens only columns that may be shortened, in the middle, and never wraps', () => {
    expect(tableText(columns, rows, { width: 30, heading })).toBe([
      'KIND     NAME             SIZE', 'library  Specif…rything    1 B', 'own      OneDrive        12 MB', '',
    ].join('\n'));
  });

  it('puts text to be copied below the row if it does not fit, and never shortens it', () => {
    const text = tableText([{ title: 'NAME', least: 6 }, { title: 'TARGET' }], [['A long name', 'drive:b!0123456789'], ['Mine', 'me']], { width: 20, heading, lastWhole: true });
    expect(text).toBe('NAME\nA long name\n  drive:b!0123456789\nMine\n  me\n');
  });

  it('shows no escape sequence from a name', () => {
    const text = tableText([{ title: 'NAME', least: 4 }], [['\u001b[2Jevil\u202e\n']], { width: 80, heading });
    expect(text).toBe('NAME\n\\x1b[2Jevil\\u202e\\n\n');
  });

  it('is empty without rows', () => {
    expect(tableText(columns, [], { width: 80, heading })).toBe('');
  });

  it('fits every terminal that has room for the minimum, whatever the cells', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string()), { minLength: 1 }), fc.integer({ min: 20, max: 120 }), (cells, width) => {
      const text = tableText([{ title: 'A', least: 3 }, { title: 'B', least: 3 }], cells, { width, heading });
      expect(text.split('\n')).toHaveLength(cells.length + 2);
      return text.split('\n').every((line) => stringWidth(line) <= width);
    }));
  });

  it('that grows keeps the column widths of its first piece, gives the last column all the room, and has one heading', () => {
    const piece = growingTable([{ title: 'BY', least: 3 }, { title: 'NAME', least: 4 }], { width: 20, heading });
    expect(piece([])).toBe('');
    expect(piece([['Ada', 'a']])).toBe('BY   NAME\nAda  a\n');
    expect(piece([['Grace Hopper', 'fifteen letters and more']])).toBe('G…r  fifteen…nd more\n');
  });
});
