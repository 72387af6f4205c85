import { describe, expect, it } from '@jest/globals';
import { EVERYTHING, find, isActive, placeOf, placeParts } from '../../../../src/serve/page/browser/model/filter.ts';
import { rowOf, type Row } from '../../../../src/serve/page/browser/model/row.ts';

const rows = ([['a.txt', '/Reports/', 'Ada', 'created'], ['b.txt', '/Reports/2026/', 'Grace', 'modified'], ['c.txt', '/Photos/', 'Grace', 'deleted'], ['d.txt', '/', 'Ada', 'modified']] as const)
  .map(([name, folder, who, change], at) => rowOf(JSON.stringify({
    type: 'change', time: `2026-11-27T10:0${at}:00.000Z`, target: at === 3 ? 'drive:b' : 'me', change, via: 'push', item: { id: name, name, path: `${folder}${name}`, folder: false, lastModifiedBy: { user: { displayName: who } } },
  }), name, at))
  .filter((row): row is Row => row !== undefined);
const names = (filter: Partial<typeof EVERYTHING>): string[] => find(rows, { ...EVERYTHING, ...filter }).rows.map(({ name }) => name);
const reports = placeOf(rows[0]!);

describe('the filter', () => {
  it('lets everything through at first, newest first', () => {
    expect(names({})).toEqual(['d.txt', 'c.txt', 'b.txt', 'a.txt']);
    expect(isActive(EVERYTHING)).toBe(false);
  });

  it('matches all words in name, folder and person, in any case', () => {
    expect(names({ text: ' REPORTS  grace ' })).toEqual(['b.txt']);
    expect(names({ text: 'nobody' })).toEqual([]);
  });

  it('matches a folder and everything below it, in its drive', () => {
    expect(names({ place: reports })).toEqual(['b.txt', 'a.txt']);
    expect(names({ place: placeOf(rows[3]!) })).toEqual(['d.txt']);
    expect(placeParts(reports ?? '')).toEqual({ drive: 'me', folder: '/Reports/' });
  });

  it('combines its parts', () => {
    expect(names({ person: 'Grace', kinds: new Set(['deleted', 'created']) })).toEqual(['c.txt']);
    expect(names({ drive: 'drive:b' })).toEqual(['d.txt']);
  });

  it('counts people in the rows that match everything but the person, and folders likewise', () => {
    const { people, places, minutes } = find(rows, { ...EVERYTHING, person: 'Grace', place: reports });
    expect(people).toEqual([{ key: 'Ada', count: 1 }, { key: 'Grace', count: 1 }]);
    expect(places.map(({ key }) => placeParts(key).folder)).toEqual(['/Photos/', '/Reports/2026/']);
    expect([...minutes.values()]).toEqual([1]);
  });
});
