import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { WatchEvent } from '../../../src/events.ts';
import { lifecycleRecord, ndjsonLine, rfc3339 } from '../../../src/output/ndjson.ts';
import { readPayload } from '../../../src/stream/payload.ts';

const TIME = Date.UTC(2026, 4, 11, 21, 52, 27, 520);
const same = (text: string): string => text;
const line = (event: WatchEvent, lifecycle = false, redact = same): string | undefined => ndjsonLine(event, lifecycle, redact);
const notification = (data: unknown): WatchEvent => ({ type: 'notification', time: TIME, target: 'me', data });

describe('a notification', () => {
  it('is one compact line with its fields in the contract\'s order', () => {
    expect(line(notification({ resource: 'r', n: [1, null] }))).toBe(
      '{"type":"notification","time":"2026-05-11T21:52:27.520Z","target":"me","data":{"resource":"r","n":[1,null]}}\n',
    );
  });

  it('is unchanged: nothing in its data is redacted', () => {
    expect(line(notification('Bearer abcdefghij'), true, () => 'gone')).toContain('Bearer abcdefghij');
  });

  it('is one line whatever its payload, and its data can be read back', () => {
    fc.assert(fc.property(fc.jsonValue(), (data) => {
      const text = line(notification(data)) ?? '';
      expect(text.indexOf('\n')).toBe(text.length - 1);
      expect((JSON.parse(text) as { data: unknown }).data).toEqual(JSON.parse(JSON.stringify(data)));
    }));
  });

  it('is one line even to readers that split at U+2028 and U+2029', () => {
    const name = 'a\u2028b\u2029c';
    const text = line(notification(name)) ?? '';
    expect(text).toMatch(/^.*\n$/);
    expect((JSON.parse(text) as { data: unknown }).data).toBe(name);
    const event = { ...notification('d'), json: '"d"', target: `list:${name}` };
    const named = line(event) ?? '';
    expect(named).toMatch(/^.*\n$/);
    expect((JSON.parse(named) as { target: unknown }).target).toBe(`list:${name}`);
  });

  it('has its original data if that is known, and the same fields', () => {
    const json = '{"n":1.0,"big":12345678901234567890,"text":"\\u00e9"}';
    const event = { ...notification(JSON.parse(json)), json };
    expect(line(event)).toBe(`{"type":"notification","time":"2026-05-11T21:52:27.520Z","target":"me","data":${json}}\n`);
    expect(line({ ...event, target: 'drive:"b!1"', label: 'one' })).toBe(
      `{"type":"notification","time":"2026-05-11T21:52:27.520Z","target":"drive:\\"b!1\\"","label":"one","data":${json}}\n`,
    );
    expect(line({ ...event, target: 'drive:"b!1"', label: 'two' })).toContain('"label":"two",');
    expect(line({ ...event, target: 'drive:"b!1"' })).not.toContain('label');
  });

  it('is the same line with or without its original text, if that is spelled as JSON.stringify does', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.string(), fc.option(fc.string(), { nil: undefined }), (data, target, label) => {
      const event: WatchEvent = { type: 'notification', time: TIME, target, data, ...(label === undefined ? {} : { label }) };
      expect(line({ ...event, json: JSON.stringify(data) })).toBe(line(event));
    }));
  });

  it('is one line even if its payload is nested too deep for JSON.stringify', () => {
    const deep = '['.repeat(50_000) + '{"a":"é\\n","b":[],"c":{}}' + ']'.repeat(50_000);
    const [data] = readPayload(deep);
    expect(line(notification(data))).toBe(`{"type":"notification","time":"2026-05-11T21:52:27.520Z","target":"me","data":${deep}}\n`);
  });
});

describe('a lifecycle event', () => {
  const events: WatchEvent[] = [
    { type: 'ready', time: TIME, target: 'me', renewAt: TIME + 1 },
    { type: 'reconnecting', time: TIME, target: 'me', reason: 'token=abcdefgh" is wrong', delayMs: 1000 },
    { type: 'renewed', time: TIME, target: 'me', renewAt: TIME + 1 },
    { type: 'gap', time: TIME, target: 'me', reason: 'lost', from: TIME - 1000, to: TIME },
    { type: 'end', time: TIME, target: 'me', reason: 'done', failed: false },
    { type: 'end', time: TIME, target: 'me', reason: 'access denied', failed: true },
  ];

  it('is a record with the fields of the contract on request', () => {
    expect(events.map((event) => JSON.parse(line(event, true) ?? 'null') as unknown)).toEqual([
      { type: 'ready', time: '2026-05-11T21:52:27.520Z', target: 'me' },
      { type: 'reconnecting', time: '2026-05-11T21:52:27.520Z', target: 'me', reason: 'token=abcdefgh" is wrong', delayMs: 1000 },
      { type: 'renewed', time: '2026-05-11T21:52:27.520Z', target: 'me' },
      { type: 'gap', time: '2026-05-11T21:52:27.520Z', target: 'me', reason: 'lost', from: '2026-05-11T21:52:26.520Z', to: '2026-05-11T21:52:27.520Z' },
      { type: 'end', time: '2026-05-11T21:52:27.520Z', target: 'me', reason: 'done' },
      { type: 'end', time: '2026-05-11T21:52:27.520Z', target: 'me', reason: 'access denied', failed: true },
    ]);
  });

  it('is not written otherwise', () => {
    expect(events.map((event) => line(event))).toEqual(events.map(() => undefined));
  });

  it('has its reason redacted, and stays JSON', async () => {
    const { createRedactor } = await import('../../../src/lib/redactor.ts');
    const text = line(events[1]!, true, createRedactor().redact) ?? '';
    expect(text).not.toContain('abcdefgh');
    expect(JSON.parse(text)).toMatchObject({ type: 'reconnecting', delayMs: 1000 });
  });
});

it('writes no record of a warning, a checkpoint or indexing', () => {
  expect(line({ type: 'warning', time: TIME, target: 'me', message: 'm' }, true)).toBeUndefined();
  expect(line({ type: 'indexing', time: TIME, target: 'me', stage: 'done', items: 1, unnamed: 0, elapsedMs: 0 }, true)).toBeUndefined();
  expect(line({ type: 'checkpoint', time: TIME, target: 'me', commit: () => Promise.resolve() }, true)).toBeUndefined();
});

it('writes the ready record for the ready file', () => {
  expect(lifecycleRecord({ type: 'ready', time: TIME, target: 'drive:b!1' })).toEqual({ type: 'ready', time: '2026-05-11T21:52:27.520Z', target: 'drive:b!1' });
});

it('writes times in UTC with milliseconds', () => {
  expect(rfc3339(0)).toBe('1970-01-01T00:00:00.000Z');
});

it('writes each time as Date does, whatever time came before', () => {
  const near = fc.integer({ min: TIME - 2_000, max: TIME + 2_000 });
  const any = fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true });
  fc.assert(fc.property(fc.array(fc.oneof(near, any)), (times) => {
    expect(times.map(rfc3339)).toEqual(times.map((time) => new Date(time).toISOString()));
  }));
  for (const none of [NaN, Infinity, 9e15]) expect(() => rfc3339(none)).toThrow(RangeError);
});
