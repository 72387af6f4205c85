import { expect, it } from '@jest/globals';
import type { WatchEvent } from '../../../src/events.ts';
import { RecentEvents } from '../../../src/serve/recent-events.ts';

const event = (time: number, text = ''): WatchEvent => ({ type: 'notification', time, target: 'me', data: text });
const recentEvents = (bounds: { most?: number; mostBytes?: number } = {}) => {
  const hashed: number[] = [];
  const recent = new RecentEvents({
    most: 3, mostBytes: 1e6, ...bounds,
    record: (of) => (of.type === 'warning' ? undefined : JSON.stringify(of)),
    cloudEvent: ({ time }) => {
      hashed.push(time);
      return { id: `id-${time}`, text: '' };
    },
  });
  return { recent, hashed };
};

it('keeps the latest events, with their positions', () => {
  const { recent } = recentEvents();
  for (let time = 0; time < 5_000; time += 1) recent.add(event(time));
  expect([recent.oldest, recent.end, recent.count]).toEqual([4_997, 5_000, 3]);
  expect([4_996, 4_997, 4_999, 5_000].map((place) => recent.at(place)?.event.time)).toEqual([undefined, 4_997, 4_999, undefined]);
  expect(['id-4996', 'id-4997', 'id-4999', 'other'].map((id) => recent.find(id))).toEqual([undefined, 4_997, 4_999, undefined]);
});

it('is limited in size, too, but keeps the newest event however large', () => {
  const { recent } = recentEvents({ most: 1_000, mostBytes: 100_000 });
  for (let time = 0; time < 1_000; time += 1) recent.add(event(time, 'x'.repeat(1_000)));
  expect(recent.count).toBeLessThan(40);
  recent.add(event(1_000, 'x'.repeat(1_000_000)));
  expect([recent.count, recent.at(recent.oldest)?.event.time]).toEqual([1, 1_000]);
  recent.add(event(1_001));
  expect(recent.count).toBe(1);
});

it('keeps only records, and computes an id only on request', () => {
  const { recent, hashed } = recentEvents();
  expect(recent.add({ type: 'warning', time: 0, target: 'me', message: '' })).toBe(false);
  expect(recent.add(event(1))).toBe(true);
  expect([recent.count, hashed]).toEqual([1, []]);
});

it('finds the oldest of several with the same id, since twice is better than never', () => {
  const { recent } = recentEvents();
  recent.add(event(1));
  recent.add(event(2));
  recent.add(event(1));
  expect(recent.find('id-1')).toBe(0);
});
