import { describe, expect, it } from '@jest/globals';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import stringWidth from 'string-width';
import type { ChangeEvent } from '../../../src/events.ts';
import { bytes } from '../../../src/output/bytes.ts';
import { ChangeLines, type ChangeLinesOptions } from '../../../src/output/pretty-change.ts';

const TIME = new Date(2026, 4, 11, 20, 31, 5).getTime();
const ADA = { user: { displayName: 'Ada', email: 'ada@contoso.com' } };

function change(over: Partial<Omit<ChangeEvent, 'item'>> = {}, item: Partial<ChangeEvent['item']> = {}): ChangeEvent {
  return {
    type: 'change', time: TIME, target: 'me', change: 'modified', via: 'push', ...over,
    item: { id: '1', name: 'Q3.xlsx', path: '/Reports/Q3.xlsx', folder: false, size: 12_150, lastModifiedBy: ADA, ...item },
  };
}

const lines = (options: Partial<ChangeLinesOptions> = {}): ChangeLines => new ChangeLines({ chalk: new Chalk({ level: 0 }), now: () => TIME, ...options });
/** Lines for a terminal of this width. */
const on = (columns: number, options: Partial<ChangeLinesOptions> = {}): ChangeLines => lines({ room: () => columns - 1, ...options });
/** What happened and the path, without the time and with single spaces. */
const text = (event: ChangeEvent): string => lines().line(event).slice(10, -1).replace(/ +/g, ' ');

describe('the line of a change', () => {
  it('shows when, what, who, how large and finally where', () => {
    expect(lines().line(change())).toBe('20:31:05  modified  Ada               12 KB  /Reports/Q3.xlsx\n');
  });

  it.each<[string, ChangeEvent, string]>([
    ['the size that a deleted file had', change({ change: 'deleted', previous: { size: 300 } }), 'deleted Ada 300 B /Reports/Q3.xlsx'],
    ['the old path and the new name of a renamed item', change({ change: 'renamed', previous: { path: '/Reports/Q2.xlsx' } }), 'renamed Ada 12 KB /Reports/Q2.xlsx → Q3.xlsx'],
    ['only the old name, if no more is known', change({ change: 'renamed', previous: { name: 'Q2.xlsx' } }), 'renamed Ada 12 KB /Reports/Q2.xlsx → Q3.xlsx'],
    ['both paths of a moved item', change({ change: 'moved', previous: { path: '/Drafts/Q3.xlsx' } }), 'moved Ada 12 KB /Drafts/Q3.xlsx → /Reports/Q3.xlsx'],
    ['only the new path, if the old one is unknown', change({ change: 'moved' }), 'moved Ada 12 KB /Reports/Q3.xlsx'],
    ['a folder, without a size', change({ change: 'created' }, { folder: true, path: '/Reports' }), 'created Ada /Reports/'],
    ['a renamed folder', change({ change: 'renamed', previous: { path: '/Old' } }, { folder: true, path: '/New', name: 'New' }), 'renamed Ada /Old/ → New/'],
    ['the root', change({}, { folder: true, path: '/' }), 'modified Ada /'],
    ['the name, if the path is unknown', change({ change: 'deleted' }, { path: undefined } as object), 'deleted Ada 12 KB Q3.xlsx'],
    ['the id, if the name is unknown too', change({ change: 'deleted' }, { path: undefined, name: undefined } as object), 'deleted Ada 12 KB 1'],
  ])('shows %s', (_what, event, expected) => {
    expect(text(event)).toBe(expected);
  });

  it.each([
    [{ application: { displayName: 'Sync' } }, 'Sync'],
    [{ user: { email: 'ada@contoso.com' } }, 'ada@contoso.com'],
    [{ user: { id: 'ada-id' } }, 'ada-id'],
  ])('names %j as %s', (lastModifiedBy, who) => {
    expect(text(change({}, { lastModifiedBy }))).toContain(` ${who} `);
  });

  it('names the drive if there are several', () => {
    const several = lines({ targets: () => true });
    several.line({ ...change(), target: 'drive:b!1234' });
    expect(several.line({ ...change(), label: 'mine' })).toBe('20:31:05  mine          modified  Ada               12 KB  /Reports/Q3.xlsx\n');
  });

  it('has a colour for each kind, readable on white and on black, and none without colours', () => {
    const painted = lines({ chalk: new Chalk({ level: 1 }) });
    const colours = (['created', 'modified', 'renamed', 'deleted'] as const).map((kind) => {
      const shown = painted.line(change({ change: kind }));
      return shown.slice(0, shown.indexOf(kind)).split('[').at(-1)?.replace('m', '');
    });
    expect(colours).toEqual(['32', '1', '35', '31']);
    expect(lines().line(change())).not.toContain('\u001b');
  });
});

describe('the time of a change', () => {
  const DAY_MS = 86_400_000;
  it.each<[string, ChangeEvent, string]>([
    ['is when it was seen', change({ changedToSeenMs: 5_000 }), '20:31:05  '],
    ['is when it was changed, if it is caught up with', change({ via: 'catchup', changedToSeenMs: 3_600_000 }), '19:31:05  '],
    ['has a date on another day', change({ via: 'catchup', changedToSeenMs: DAY_MS }), 'May 10 20:31  '],
    ['has a year in another year', change({ via: 'catchup', changedToSeenMs: 200 * DAY_MS }), '2025-10-23  '],
    ['is unknown for a deletion that is caught up with', change({ via: 'catchup', change: 'deleted' }), ' earlier  '],
  ])('%s', (_what, event, start) => {
    expect(lines().line(event).startsWith(start)).toBe(true);
  });

  it('keeps lines aligned after one with a date', () => {
    const one = on(80);
    one.line(change({ via: 'catchup', changedToSeenMs: DAY_MS }));
    expect(one.line(change())).toBe('    20:31:05  modified  Ada             /Reports/Q3.xlsx\n');
  });
});

describe('on a terminal', () => {
  const long = change({}, { path: '/Documents/Projects/2026/Quarterly Reports/Finance/Q3-final-numbers.xlsx' });
  it.each<[number, string]>([
    [200, '20:31:05  modified  Ada                       12 KB  /Documents/Projects/2026/Quarterly Reports/Finance/Q3-final-numbers.xlsx\n'],
    [80, '20:31:05  modified  Ada             /Documents/Projects/…/Q3-final-numbers.xlsx\n'],
    [40, '20:31:05  modified  Q3-final-…bers.xlsx\n'],
  ])('of %d columns a change takes one line', (columns, expected) => {
    expect(on(columns).line(long)).toBe(expected);
  });

  it('a move that is too long shows the folder that it left, and where it is now', () => {
    const moved = change({ change: 'moved', previous: { path: '/Drafts of last year/Q3-final-numbers.xlsx' } }, { path: '/Archive/2026/Q3-final-numbers.xlsx' });
    expect(on(80).line(moved)).toBe('20:31:05  moved     Ada             Drafts… year/ → /Arc…/Q3-final-numbers.xlsx\n');
    expect(on(120).line(moved)).toBe('20:31:05  moved     Ada               12 KB  /Drafts of last year/ → /Archive/2026/Q3-final-numbers.xlsx\n');
  });

  it('the current width is used', () => {
    let room = 79;
    const resized = lines({ room: () => room });
    expect(resized.line(change())).toContain('Ada');
    room = 39;
    expect(resized.line(change())).toBe('20:31:05  modified  /Reports/Q3.xlsx\n');
  });

  it('the name of one of several drives is preferred to the time if there is no room for both', () => {
    const several = on(40, { targets: () => true });
    expect(several.line({ ...change(), label: 'Finance and accounting' })).toBe('Fina…nting  modified  /Reports/Q3.xlsx\n');
  });

  it('the path is a link, except for a deleted item', () => {
    const linked = on(80, { links: true });
    const webUrl = 'https://contoso.example/Q3.xlsx';
    expect(linked.line(change({}, { webUrl }))).toBe(`20:31:05  modified  Ada             \u001b]8;;${webUrl}\u001b\\/Reports/Q3.xlsx\u001b]8;;\u001b\\\n`);
    expect(linked.line(change({ change: 'renamed', previous: { path: '/Reports/Q2.xlsx' } }, { webUrl }))).toContain(`/Reports/Q2.xlsx → \u001b]8;;${webUrl}\u001b\\Q3.xlsx`);
    expect(linked.line(change({ change: 'deleted' }, { webUrl }))).not.toContain('\u001b');
  });

  it('a line is never too wide or broken, whatever the names', () => {
    const any = fc.string({ unit: 'binary', maxLength: 60 });
    const kinds = fc.constantFrom<ChangeEvent['change']>('created', 'renamed', 'moved', 'deleted');
    fc.assert(fc.property(any, any, any, any, kinds, fc.integer({ min: 30, max: 200 }), fc.boolean(), (path, name, previous, who, kind, columns, targets) => {
      const event = change({ change: kind, target: name, previous: { path: previous } }, { path, name, webUrl: `https://a/${path}`, lastModifiedBy: { user: { displayName: who } } });
      for (const shown of [on(columns, { targets: () => targets }).line(event), on(columns, { targets: () => targets }).burst([event, event])]) {
        expect(shown.endsWith('\n')).toBe(true);
        expect(shown.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
        expect(stringWidth(shown)).toBeLessThan(columns);
      }
      const linked = on(columns, { links: true }).line(event);
      // eslint-disable-next-line no-control-regex -- a link is two escape sequences
      expect(linked.replace(/\u001b\]8;;[\x21-\x7e]*\u001b\\/g, '').slice(0, -1)).not.toMatch(/[\p{Cc}]/u);
    }));
  });
});

describe('the line of a burst', () => {
  const photo = (over: Partial<ChangeEvent> = {}): ChangeEvent => change({ change: 'created', ...over }, { path: '/Photos/1.jpg' });
  it('shows how many files, what, by whom and where', () => {
    expect(on(80).burst([photo(), photo(), photo()])).toBe('20:31:05  created   Ada             3 files in /Photos/\n');
  });

  it('shows the old folder of moved files', () => {
    const moved = photo({ change: 'moved', previous: { path: '/Inbox/1.jpg' } });
    expect(on(80).burst([moved, moved])).toBe('20:31:05  moved     Ada             2 files from /Inbox/ → /Photos/\n');
  });

  it('works for folders and for the root', () => {
    const folder = change({ change: 'deleted' }, { folder: true, path: '/Old' });
    expect(on(80).burst([folder, folder])).toBe('20:31:05  deleted   Ada             2 folders in /\n');
  });
});

describe('a number of bytes', () => {
  it.each([[0, '0 B'], [1023, '1023 B'], [1024, '1 KB'], [2150, '2.1 KB'], [12_700, '12 KB'], [1_048_000, '1023 KB'], [1_048_570, '1 MB'], [5 * 1024 ** 3, '5 GB'], [1024 ** 6, '1024 PB']])('%d is %s', (count, shown) => {
    expect(bytes(count)).toBe(shown);
  });
});
