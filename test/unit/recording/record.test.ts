import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { WatchEvent } from '../../../src/events.ts';
import { cloudEventLine } from '../../../src/output/cloudevents.ts';
import { ndjsonLine } from '../../../src/output/ndjson.ts';
import { readRecord } from '../../../src/recording/record.ts';

const same = (text: string): string => text;
const ndjson = (event: WatchEvent): string => ndjsonLine(event, true, same) ?? '';
const cloud = (event: WatchEvent): string => cloudEventLine(event, { lifecycle: true, redact: same, sourceOf: (target) => `https://graph/${target}` }) ?? '';

function eventIn(line: string): WatchEvent {
  const found = readRecord(line.trimEnd());
  if (!('event' in found)) throw new Error(JSON.stringify(found));
  return found.event;
}

const time = fc.integer({ min: 0, max: 4e12 });
const origin = { time, target: fc.string({ minLength: 1 }) };
const text = fc.string({ unit: 'binary' });
const optional = { requiredKeys: ['id', 'folder'] } as const;
const item = fc.record({ id: fc.string({ minLength: 1 }), name: text, path: text, size: fc.nat(), folder: fc.boolean(), eTag: text, webUrl: text, lastModifiedDateTime: text, lastModifiedBy: fc.dictionary(fc.string(), fc.jsonValue()) }, { requiredKeys: [...optional.requiredKeys] });
const labelled = (events: fc.Arbitrary<unknown>): fc.Arbitrary<WatchEvent> =>
  fc.tuple(events, fc.option(fc.string(), { nil: undefined })).map(([event, label]) => ({ ...(event as WatchEvent), ...(label === undefined ? {} : { label }) }));
const anyEvent = labelled(fc.oneof(
  fc.record({ type: fc.constant('change'), ...origin, change: fc.constantFrom('created', 'modified', 'renamed', 'moved', 'deleted', 'shared', 'unknown'), item, previous: fc.record({ name: text, path: text, size: fc.nat() }, { requiredKeys: [] }), via: fc.constantFrom('push', 'poll', 'catchup', 'recheck'), changedToSeenMs: fc.nat() }, { requiredKeys: ['type', 'time', 'target', 'change', 'item', 'via'] }),
  fc.record({ type: fc.constant('notification'), ...origin, data: fc.jsonValue() }),
  fc.record({ type: fc.constant('ready'), ...origin, via: fc.constantFrom('poll', undefined) }),
  fc.record({ type: fc.constant('renewed'), ...origin }),
  fc.record({ type: fc.constant('reconnecting'), ...origin, reason: text, delayMs: fc.nat() }),
  fc.record({ type: fc.constant('gap'), ...origin, reason: text, from: time, to: time, catchup: fc.constantFrom(true, undefined) }),
  fc.record({ type: fc.constant('end'), ...origin, reason: text, failed: fc.boolean() }),
));

describe('a record', () => {
  it('becomes the event that it was made from: both are written the same, byte for byte', () => {
    fc.assert(fc.property(anyEvent, (event) => {
      const lines = [ndjson(event), cloud(event)] as const;
      for (const line of lines) expect([ndjson(eventIn(line)), cloud(eventIn(line))]).toEqual(lines);
    }));
  });

  it('keeps the original text of a notification\'s data, even in a CloudEvent', () => {
    const event: WatchEvent = { type: 'notification', time: 0, target: 'me', label: 'a"b', data: {}, json: '{"n":12345678901234567890.10,"s":"\\u00e9"}' };
    expect(ndjson(eventIn(ndjson(event)))).toBe(ndjson(event));
    expect(cloud(eventIn(cloud(event)))).toContain('"data":{"n":12345678901234567890.10,"s":"\\u00e9"}}}');
  });

  it('is written on one line for every reader, even if it was recorded with a line separator in it', () => {
    const event = eventIn('{"type":"notification","time":"2026-11-24T13:54:51.000Z","target":"me","data":"a\u2028b"}');
    expect(ndjson(event)).toBe('{"type":"notification","time":"2026-11-24T13:54:51.000Z","target":"me","data":"a\\u2028b"}\n');
  });

  it('keeps unknown fields', () => {
    const line = '{"type":"change","time":"2026-11-24T13:54:51.373Z","target":"me","new":{"2":1,"1":null},"change":"created","item":{"newer":true,"id":"1","folder":false},"via":"push"}\n';
    expect(ndjson(eventIn(line))).toBe(line.replace('{"2":1,"1":null}', '{"1":null,"2":1}'));
  });

  it('may be formatted differently: with spaces, in another order, with a time in another zone', () => {
    const event = eventIn('{ "data": 1.50, "target": "me", "time": "2026-11-24T15:54:51+02:00", "type": "notification" }');
    expect(ndjson(event)).toBe('{"type":"notification","time":"2026-11-24T13:54:51.000Z","target":"me","data":1.5}\n');
  });

  it.each([
    ['{"type":"stats","time":"2026-11-24T13:54:51Z","target":"me"}', 'stats'],
    ['{"specversion":"1.0","type":"com.github.push","data":{}}', 'com.github.push'],
    ['{"type":"change","time":"2026-11-24T13:54:51Z","target":"me","change":"archived","item":{"id":"1","folder":false},"via":"push"}', 'change of kind archived'],
    ['{"type":"change","time":"2026-11-24T13:54:51Z","target":"me","change":"created","item":{"id":"1","folder":false},"via":"pigeon"}', 'change via pigeon'],
  ])('from a later version or another program is unknown: %s', (line, unknown) => {
    expect(readRecord(line)).toEqual({ unknown });
  });

  const change = { type: 'change', time: '2026-11-24T13:54:51Z', target: 'me', change: 'created', item: { id: '1', folder: false }, via: 'push' };
  const gap = { type: 'gap', time: '2026-11-24T13:54:51Z', target: 'me', reason: '', from: '2026-11-24T13:54:51Z', to: '2026-11-24T13:54:51Z' };
  it.each([
    '', 'null', '[]', '1', '{"type":', '{}', '{"type":1}', '{"type":"change"}', '{"specversion":"1.0","type":"dev.graph-watch.notification"}',
    '{"specversion":"1.0","type":"dev.graph-watch.notification","data":{"time":"2026-11-24T13:54:51Z"}}',
    ...[
      { ...change, time: 'yesterday' }, { ...change, time: '2026-11-24' }, { ...change, time: '2026-13-24T13:54:51Z' }, { ...change, time: 5 }, { ...change, target: '' }, { ...change, label: 1 },
      { ...change, change: undefined }, { ...change, via: undefined }, { ...change, item: undefined }, { ...change, item: { id: 1, folder: false } }, { ...change, item: { id: '1' } },
      { ...change, item: { ...change.item, path: 5 } }, { ...change, item: { ...change.item, size: '5' } }, { ...change, item: { ...change.item, lastModifiedBy: 'Ada' } },
      { ...change, previous: 'x' }, { ...change, previous: { path: {} } }, { ...change, changedToSeenMs: '1' },
      { ...gap, type: 'notification' }, { ...gap, from: undefined }, { ...gap, to: 'x' }, { ...gap, reason: null }, { ...gap, type: 'reconnecting' }, { ...gap, type: 'reconnecting', delayMs: -1 }, { ...gap, type: 'end', reason: 4 }, { ...gap, type: 'end', failed: 'yes' },
    ].map((record) => JSON.stringify(record)),
  ])('without required fields is damaged: %s', (line) => {
    expect(readRecord(line)).toEqual({ damage: expect.any(String) });
  });

  it('never makes reading throw, whatever it contains', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.string(), (value, garbage) => {
      readRecord(JSON.stringify(value));
      readRecord(JSON.stringify({ ...change, item: value, previous: value }));
      readRecord(garbage);
    }));
  });
});
