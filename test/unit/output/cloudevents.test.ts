import { describe, expect, it } from '@jest/globals';
import { CloudEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import type { ChangeEvent, WatchEvent } from '../../../src/events.ts';
import { cloudEventLine } from '../../../src/output/cloudevents.ts';
import { ndjsonLine } from '../../../src/output/ndjson.ts';

const TIME = Date.UTC(2026, 4, 11, 20, 31, 5, 7);
const SOURCE = 'https://graph.microsoft.com/v1.0/me/drive';

interface Sent { id: string; type: string; source: string; time: string; subject?: string; data: unknown }

function lineOf(event: WatchEvent, lifecycle = false): string | undefined {
  return cloudEventLine(event, { lifecycle, redact: (text) => text.replaceAll('secret', '[redacted]'), sourceOf: () => SOURCE });
}

function sent(event: WatchEvent, lifecycle = false): Sent {
  const line = lineOf(event, lifecycle);
  expect(line).toMatch(/^\{.*\}\n$/);
  return JSON.parse(line ?? '') as Sent;
}

function change(over: Partial<Omit<ChangeEvent, 'item'>> = {}, item: Partial<ChangeEvent['item']> = {}): ChangeEvent {
  return {
    type: 'change', time: TIME, target: 'me', change: 'modified', via: 'push', ...over,
    item: { id: 'ID!1', name: 'Q3.xlsx', path: '/Reports/Q3.xlsx', folder: false, eTag: '"e1"', lastModifiedDateTime: '2026-05-11T20:30:58Z', ...item },
  };
}

/** Fails for anything that is not a CloudEvent: the official SDK throws. */
function check(event: unknown): void {
  const one = new CloudEvent(event as Partial<CloudEvent<unknown>>);
  expect(one.validate()).toBe(true);
  const { headers, body } = HTTP.structured(one);
  expect(JSON.parse(JSON.stringify(HTTP.toEvent({ headers, body })))).toEqual(JSON.parse(JSON.stringify(one)));
}

describe('a CloudEvent', () => {
  it('contains a change as its NDJSON record', () => {
    const event = change();
    expect(sent(event)).toEqual({
      specversion: '1.0',
      id: sent(event).id,
      source: SOURCE,
      type: 'dev.graph-watch.change.modified',
      subject: '/Reports/Q3.xlsx',
      time: '2026-05-11T20:30:58.000Z',
      datacontenttype: 'application/json',
      data: JSON.parse(ndjsonLine(event, false, (text) => text) ?? '') as unknown,
    });
    expect(sent(event).id).toMatch(/^[0-9a-f]{32}$/);
  });

  it('has a notification\'s original data if that is known, with the same id', () => {
    const event: WatchEvent = { type: 'notification', time: TIME, target: 'me', data: { n: 1 } };
    expect(lineOf({ ...event, json: '{"n":1.0}' })).toBe(lineOf(event)?.replace('{"n":1}', '{"n":1.0}'));
  });

  it('has the same id in a replay, whatever is known then and whenever it is seen', () => {
    const { id } = sent(change({ change: 'renamed', previous: { path: '/Reports/Q2.xlsx' } }));
    expect(sent(change({ change: 'modified', time: TIME + 60_000, via: 'catchup', changedToSeenMs: 67_000 })).id).toBe(id);
  });

  it('has a different id for another item, state, or drive, and for a deletion', () => {
    const all = [
      change(), change({}, { id: 'ID!2' }), change({}, { eTag: '"e2"' }), change({ target: 'drive:b!1' }),
      change({}, { lastModifiedDateTime: '2026-05-11T20:31:00Z' }), change({ change: 'deleted' }),
    ];
    expect(new Set(all.map((event) => sent(event).id)).size).toBe(all.length);
  });

  it('has the time when a deletion was seen, since Graph sends none, and no subject if the path is unknown', () => {
    const event: ChangeEvent = { type: 'change', time: TIME, target: 'me', change: 'deleted', via: 'push', item: { id: 'ID!1', folder: false, lastModifiedDateTime: '2020-01-01T00:00:00Z' } };
    expect(sent(event).time).toBe('2026-05-11T20:31:05.007Z');
    expect(sent(event)).not.toHaveProperty('subject');
    check(sent(event));
  });

  it('distinguishes notifications by their time of arrival', () => {
    const tap = (time: number): WatchEvent => ({ type: 'notification', time, target: 'me', data: { resource: '7d20c4be' } });
    expect(sent(tap(TIME))).toMatchObject({ type: 'dev.graph-watch.notification', time: '2026-05-11T20:31:05.007Z', data: { type: 'notification', data: { resource: '7d20c4be' } } });
    expect(sent(tap(TIME)).id).toBe(sent(tap(TIME)).id);
    expect(sent(tap(TIME)).id).not.toBe(sent(tap(TIME + 1)).id);
  });

  it('distinguishes lifecycle events that come at the same moment', () => {
    const gap = (from: number, label?: string): WatchEvent => ({ type: 'gap', time: TIME, target: 'drive:b!1', ...(label === undefined ? {} : { label }), reason: 'lost', from, to: TIME });
    const all = [gap(TIME - 5_000), gap(TIME - 9_000), gap(TIME - 5_000, 'reports'), gap(TIME - 5_000, 'specs')].map((event) => sent(event, true).id);
    expect(new Set(all).size).toBe(all.length);
    expect(sent(gap(TIME - 5_000), true).id).toBe(all[0]);
  });

  it('contains lifecycle events on request, without secrets', () => {
    const gap: WatchEvent = { type: 'gap', time: TIME, target: 'me', reason: 'the secret broke', from: TIME - 5_000, to: TIME };
    expect(lineOf(gap)).toBeUndefined();
    expect(sent(gap, true)).toMatchObject({ type: 'dev.graph-watch.lifecycle.gap', data: { type: 'gap', reason: 'the [redacted] broke', from: '2026-05-11T20:31:00.007Z' } });
    check(sent(gap, true));
    expect(lineOf({ type: 'warning', time: TIME, target: 'me', message: 'm' }, true)).toBeUndefined();
    expect(lineOf({ type: 'checkpoint', time: TIME, target: 'me', commit: () => Promise.resolve() }, true)).toBeUndefined();
  });

  it('is valid according to the official SDK, whatever the service sends', () => {
    // U+2028 and U+2029 end a line for some readers.
    const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.constant('a\u2028b\u2029'));
    const item = fc.record({ id: text, path: text, name: text, eTag: text, lastModifiedDateTime: fc.oneof(text, fc.constant('2026-05-11T20:30:58Z')) }, { requiredKeys: ['id'] });
    fc.assert(fc.property(item, fc.constantFrom<ChangeEvent['change']>('created', 'deleted', 'unknown'), (one, kind) => {
      check(sent({ type: 'change', time: TIME, target: 'me', change: kind, via: 'push', item: { ...one, folder: false } }));
    }));
    fc.assert(fc.property(fc.jsonValue(), (data) => {
      check(sent({ type: 'notification', time: TIME, target: 'me', data }));
    }));
  });
});
