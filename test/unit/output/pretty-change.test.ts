import { describe, expect, it } from '@jest/globals';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import stringWidth from 'string-width';
import type { ChangeEvent } from '../../../src/events.ts';
import { bytes, changeColumns, prettyChange } from '../../../src/output/pretty-change.ts';

const plain = new Chalk({ level: 0 });
const TIME = new Date(2026, 4, 11, 20, 31, 5).getTime();
const ADA = { user: { displayName: 'Ada', email: 'ada@contoso.com' } };

function change(over: Partial<Omit<ChangeEvent, 'item'>> = {}, item: Partial<ChangeEvent['item']> = {}): ChangeEvent {
  return {
    type: 'change', time: TIME, target: 'me', change: 'modified', via: 'push', ...over,
    item: { id: '1', name: 'Q3.xlsx', path: '/Reports/Q3.xlsx', folder: false, size: 12_150, lastModifiedBy: ADA, ...item },
  };
}

/** The line without its time. */
const line = (event: ChangeEvent): string => prettyChange(event, plain, changeColumns()).slice(10, -1);

describe('the pretty line of a change', () => {
  it('says when, what, where, how much and who', () => {
    expect(prettyChange(change({ previous: { size: 10_000 } }), plain, changeColumns())).toBe('20:31:05  modified  /Reports/Q3.xlsx  +2.1 KB  Ada\n');
  });

  it.each<[string, ChangeEvent, string]>([
    ['its size where the size before is not known', change(), 'modified  /Reports/Q3.xlsx  12 KB  Ada'],
    ['what it shrank by', change({ previous: { size: 20_000 } }), 'modified  /Reports/Q3.xlsx  -7.7 KB  Ada'],
    ['that a modification kept the size', change({ previous: { size: 12_150 } }), 'modified  /Reports/Q3.xlsx  +0 B  Ada'],
    ['the size of what is new', change({ change: 'created' }), 'created   /Reports/Q3.xlsx  12 KB  Ada'],
    ['what has gone with a deletion', change({ change: 'deleted', previous: { size: 300 } }), 'deleted   /Reports/Q3.xlsx  -300 B  Ada'],
    ['the old path and the new name of what was renamed', change({ change: 'renamed', previous: { path: '/Reports/Q2.xlsx', size: 12_150 } }), 'renamed   /Reports/Q2.xlsx → Q3.xlsx  Ada'],
    ['the old name alone, where no more is known', change({ change: 'renamed', previous: { name: 'Q2.xlsx' } }), 'renamed   /Reports/Q2.xlsx → Q3.xlsx  12 KB  Ada'],
    ['both paths of what was moved', change({ change: 'moved', previous: { path: '/Drafts/Q3.xlsx', size: 12_150 } }), 'moved     /Drafts/Q3.xlsx → /Reports/Q3.xlsx  Ada'],
    ['where to, where the place before is not known', change({ change: 'moved' }), 'moved     /Reports/Q3.xlsx  12 KB  Ada'],
    ['a folder, without a size', change({ change: 'created' }, { folder: true, path: '/Reports' }), 'created   /Reports/  Ada'],
    ['a renamed folder', change({ change: 'renamed', previous: { path: '/Old' } }, { folder: true, path: '/New', name: 'New' }), 'renamed   /Old/ → New/  Ada'],
    ['the root', change({}, { folder: true, path: '/' }), 'modified  /  Ada'],
  ])('says %s', (_what, event, expected) => {
    expect(line(event)).toBe(expected);
  });

  it('falls back to the name, then to the id, and leaves out what is not known', () => {
    const event = (item: ChangeEvent['item']): ChangeEvent => ({ type: 'change', time: TIME, target: 'me', change: 'deleted', via: 'push', item });
    expect(line(event({ id: 'ID!1', name: 'a.txt', folder: false }))).toBe('deleted   a.txt');
    expect(line(event({ id: 'ID!1', folder: false }))).toBe('deleted   ID!1');
  });

  it.each([
    [{ application: { displayName: 'Sync' } }, 'Sync'],
    [{ user: { email: 'ada@contoso.com' } }, 'ada@contoso.com'],
    [{ user: { id: 'ada-id' } }, 'ada-id'],
  ])('names %j as %s', (lastModifiedBy, who) => {
    expect(line(change({}, { lastModifiedBy }))).toMatch(new RegExp(`  ${who}$`));
  });

  it('aligns what follows a longer path, and does not follow a very long one', () => {
    const columns = changeColumns();
    const at = (path: string, size: number): number => {
      const text = prettyChange(change({}, { path, size, lastModifiedBy: { user: { displayName: 'WHO' } } }), plain, columns);
      return stringWidth(text.slice(0, text.indexOf('WHO')));
    };
    const first = at('/a', 1);
    const second = at('/日本語/報告書.xlsx', 1_300_000);
    expect(second).toBeGreaterThan(first);
    expect(at('/a', 1)).toBe(second);
    at(`/${'x'.repeat(200)}`, 1);
    expect(at('/a', 1)).toBe(20 + 48 + 2 + '1.2 MB'.length + 2);
  });

  it('names the drive where there are several', () => {
    const columns = changeColumns({ targets: true });
    prettyChange({ ...change(), target: 'drive:b!1234' }, plain, columns);
    expect(prettyChange({ ...change(), label: 'mine' }, plain, columns)).toBe('20:31:05  mine          modified  /Reports/Q3.xlsx  12 KB  Ada\n');
  });

  it('gives each kind a colour, and none where there is to be none', () => {
    const painted = new Chalk({ level: 1 });
    const colours = (['created', 'modified', 'renamed', 'deleted'] as const).map((kind) => {
      const text = prettyChange(change({ change: kind }), painted, changeColumns());
      return text.slice(0, text.indexOf(kind)).split('\u001b').at(-1);
    });
    expect(new Set(colours).size).toBe(4);
    expect(prettyChange(change(), plain, changeColumns())).not.toContain('\u001b');
  });

  it('is one line without control characters, whatever names there are', () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 });
    fc.assert(fc.property(text, text, text, text, fc.constantFrom<ChangeEvent['change']>('created', 'renamed', 'moved', 'deleted'), (path, name, previous, who, kind) => {
      const event = change({ change: kind, target: name, previous: { path: previous } }, { path, name, lastModifiedBy: { user: { displayName: who } } });
      const shown = prettyChange(event, plain, changeColumns({ targets: true }));
      expect(shown.endsWith('\n')).toBe(true);
      expect(shown.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
    }));
  });
});

describe('a number of bytes', () => {
  it.each([[0, '0 B'], [1023, '1023 B'], [1024, '1 KB'], [2150, '2.1 KB'], [12_700, '12 KB'], [1_048_000, '1023 KB'], [1_048_570, '1 MB'], [5 * 1024 ** 3, '5 GB'], [1024 ** 6, '1024 PB']])('%d is %s', (count, text) => {
    expect(bytes(count)).toBe(text);
  });
});
