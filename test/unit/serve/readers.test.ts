import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, it } from '@jest/globals';
import type { WatchEvent } from '../../../src/events.ts';
import { Readers } from '../../../src/serve/readers.ts';
import { RecentEvents } from '../../../src/serve/recent-events.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';

/** A response whose reader is controlled by the test. */
class FakeResponse extends EventEmitter {
  text = '';
  writableNeedDrain = false;
  ended = false;
  destroyed = false;

  write(text: string): void {
    this.text += text;
  }

  end(text: string): void {
    this.text += text;
    this.ended = true;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }

  flow(): void {
    this.writableNeedDrain = false;
    this.emit('drain');
  }

  get ids(): string[] {
    return [...this.text.matchAll(/^id: (.*)$/gm)].map(([, id = '']) => id);
  }

  messages(type: string): unknown[] {
    return [...this.text.matchAll(new RegExp(`^event: ${type}\ndata: (.*)\n\n`, 'gm'))].map(([, data = '']) => JSON.parse(data) as unknown);
  }
}

const start = ({ most = 5 } = {}) => {
  const clock = steppedClock();
  const over = new AbortController();
  const recent = new RecentEvents({ most, mostBytes: 1e7, record: (event) => JSON.stringify(event), cloudEvent: ({ time }) => ({ id: String(time), text: `{"cloud":${time}}` }) });
  const readers = new Readers({ recent, clock, most: 2, signal: over.signal });
  return {
    clock, readers, recent, over,
    put: async (from: number, to = from) => {
      for (let time = from; time <= to; time += 1) recent.add({ type: 'notification', time, target: 'me', data: '' });
      readers.wake();
      await new Promise((resolve) => { setImmediate(resolve); });
      await settle();
    },
    read: (query: { recent?: number; lastEventId?: string; format?: 'cloudevents'; passes?: (event: WatchEvent) => boolean } = {}) => {
      const response = new FakeResponse();
      readers.add(response as unknown as ServerResponse, { passes: () => true, format: 'ndjson', recent: 0, lastEventId: undefined, ...query });
      return response;
    },
  };
};

it('readers get new events, as records or as CloudEvents, if they pass the filter', async () => {
  const { put, read } = start();
  await put(1);
  const [all, clouds, odd] = [read(), read({ format: 'cloudevents' }), read({ passes: ({ time }) => time % 2 === 1 })];
  await put(2, 3);
  expect(all.text).toBe('retry: 2000\n\nid: 2\ndata: {"type":"notification","time":2,"target":"me","data":""}\n\nid: 3\ndata: {"type":"notification","time":3,"target":"me","data":""}\n\n');
  expect(clouds.text).toContain('id: 2\ndata: {"cloud":2}\n\n');
  expect(odd.ids).toEqual(['3']);
});

it('readers start with as many recent events as they ask for', async () => {
  const { put, read } = start();
  await put(1, 4);
  expect([read({ recent: 2 }).ids, read({ recent: Infinity }).ids, read().ids]).toEqual([['3', '4'], ['1', '2', '3', '4'], []]);
});

it('readers continue after the last event that they have, or learn that something may be missing', async () => {
  const { put, read } = start();
  await put(1, 8);
  const known = read({ lastEventId: '6' });
  expect([known.ids, known.messages('missed')]).toEqual([['7', '8'], []]);
  const unknown = read({ lastEventId: '2' });
  expect(unknown.ids).toEqual(['4', '5', '6', '7', '8']);
  expect(unknown.messages('missed')).toEqual([{ type: 'missed', reason: 'unknown-id', to: '1970-01-01T00:00:00.004Z' }]);
  expect(unknown.text.indexOf('event: missed')).toBeLessThan(unknown.text.indexOf('id: 4'));
});

it('slow readers get nothing more until they read, and then learn how much they missed', async () => {
  const { put, read } = start();
  const slow = read();
  await put(1);
  slow.writableNeedDrain = true;
  await put(2, 20);
  expect(slow.ids).toEqual(['1']);
  slow.flow();
  expect(slow.ids).toEqual(['1', '16', '17', '18', '19', '20']);
  expect(slow.messages('missed')).toEqual([{ type: 'missed', reason: 'slow', count: 14, from: '1970-01-01T00:00:00.001Z', to: '1970-01-01T00:00:00.016Z' }]);
});

it('readers that take nothing for a minute are disconnected; the others get a heartbeat', async () => {
  const { clock, read, readers } = start();
  const [slow, alive] = [read(), read()];
  expect(readers.isFull).toBe(true);
  slow.writableNeedDrain = true;
  await clock.advance(60_000);
  expect([slow.destroyed, readers.count]).toEqual([false, 2]);
  await clock.advance(15_000);
  expect([slow.destroyed, alive.destroyed, readers.count, readers.isFull]).toEqual([true, false, 1, false]);
  expect(alive.text.match(/: heartbeat\n\n/g)).toHaveLength(5);
  expect(slow.text).not.toContain('heartbeat');
});

it('readers of thousands of events leave time for other work in between, and get all of them', async () => {
  const { put, read } = start({ most: 10_000 });
  await put(1, 5_000);
  const reader = read({ recent: Infinity });
  expect(reader.ids.length).toBeLessThan(1_000);
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
  expect(reader.ids).toEqual(Array.from({ length: 5_000 }, (_, index) => String(index + 1)));
});

it('readers take at most half of the time, in turns, however much they want and however slow their filters are', async () => {
  let now = 0;
  const rests: { ms: number; over: () => void }[] = [];
  const clock = { now: () => now, sleep: (ms: number) => new Promise<void>((over) => { rests.push({ ms, over }); }) };
  const recent = new RecentEvents({ most: 10_000, mostBytes: 1e7, record: () => '{}', cloudEvent: ({ time }) => ({ id: String(time), text: '' }) });
  for (let time = 1; time <= 5_000; time += 1) recent.add({ type: 'notification', time, target: 'me', data: '' });
  const readers = new Readers({ recent, clock, most: 2, signal: new AbortController().signal });
  const heartbeat = rests.shift();
  expect(heartbeat?.ms).toBe(15_000);
  const looked = [0, 0];
  const slow = (at: number) => (): boolean => {
    now += 1;
    looked[at] = (looked[at] ?? 0) + 1;
    return false;
  };
  for (const at of [0, 1]) readers.add(new FakeResponse() as unknown as ServerResponse, { passes: slow(at), format: 'ndjson', recent: Infinity, lastEventId: undefined });
  for (let turn = 0; turn < 10; turn += 1) {
    const before = now;
    const rest = rests.shift();
    expect(rest?.ms).toBeLessThanOrEqual(6);
    rest?.over();
    await settle();
    expect(now - before).toBeLessThanOrEqual(6);
  }
  expect(Math.min(...looked)).toBeGreaterThan(20);
  // What is left when the watch ends does not delay it, and is reported.
  const before = now;
  readers.close('stopped');
  expect(now - before).toBeLessThan(110);
});

it('readers that have not got everything when the watch ends learn that', async () => {
  const { put, read, readers } = start();
  const slow = read();
  await put(1);
  slow.writableNeedDrain = true;
  await put(2, 3);
  readers.close('stopped');
  expect(slow.messages('missed')).toEqual([{ type: 'missed', reason: 'slow', count: 2, from: '1970-01-01T00:00:00.001Z', to: '1970-01-01T00:00:00.003Z' }]);
  expect(slow.messages('closing')).toHaveLength(1);
});

it('readers get the rest and the reason at the end', async () => {
  const { read, readers, recent } = start();
  const reader = read();
  await settle();
  recent.add({ type: 'notification', time: 1, target: 'me', data: '' });
  readers.close('stopped (Ctrl-C)');
  expect(reader.ids).toEqual(['1']);
  expect(reader.messages('closing')).toEqual([{ type: 'closing', reason: 'stopped (Ctrl-C)' }]);
  expect(reader.ended).toBe(true);
});
