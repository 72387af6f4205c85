import { expect, it } from '@jest/globals';
import type { WatchEvent } from '../../../src/events.ts';
import { readEventsQuery, type ChangeQuery } from '../../../src/serve/events-query.ts';
import { change } from '../../support/session-scene.ts';

const read = (query: string, header?: string) => {
  const asked: ChangeQuery[] = [];
  const found = readEventsQuery(new URLSearchParams(query), header, (filters) => {
    asked.push(filters);
    return ({ item }) => item.name === 'wanted';
  });
  return { ...found, asked };
};
const notification = (target: string, label?: string): WatchEvent => ({ type: 'notification', time: 0, target, data: 1, ...(label === undefined ? {} : { label }) });

it('a query means everything from now on by default', () => {
  const { passes, ...rest } = read('');
  expect(rest).toEqual({ format: 'ndjson', recent: 0, lastEventId: undefined, asked: [] });
  expect(passes(change('any'))).toBe(true);
});

it('a query\'s Last-Event-ID header has precedence over the parameter, and an empty one is ignored', () => {
  expect(read('lastEventId=a').lastEventId).toBe('a');
  expect(read('lastEventId=a', 'b').lastEventId).toBe('b');
  expect(read('lastEventId=', ' ').lastEventId).toBeUndefined();
});

it('a query filters by target or label, and by type', () => {
  const { passes } = read('target=drive:1&target=Sales&type=notification,gap');
  expect([notification('drive:1'), notification('drive:2', 'Sales'), notification('drive:2'), { ...change('a'), target: 'drive:1' }].map(passes)).toEqual([true, true, false, false]);
});

it('a query filters changes by the change filters, and nothing else by those', () => {
  const { passes, asked } = read('path=/a&path=/b&not-by=Bob');
  expect(asked).toEqual([{ path: ['/a', '/b'], 'not-by': ['Bob'] }]);
  expect([change('wanted'), change('other'), notification('me')].map(passes)).toEqual([true, false, true]);
});

it.each(['recent=-1', 'recent=1e3', 'type=checkpoint', 'type=nothing', 'format=xml', 'unknown=1', 'by=me', 'by=Bob&not-by=%20ME', Array.from({ length: 51 }, () => 'path=a').join('&')])('a query refuses %s', (query) => {
  expect(() => read(query)).toThrow(/./);
});

it('a query accepts a number of recent events, or all', () => {
  expect([read('recent=20').recent, read('recent=all').recent]).toEqual([20, Infinity]);
});
