import { describe, expect, it } from '@jest/globals';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import type { WatchEvent } from '../../../src/events.ts';
import { prettyLine } from '../../../src/output/pretty.ts';
import { DANGEROUS } from './dangerous.ts';
import { readPayload } from '../../../src/stream/payload.ts';

const plain = new Chalk({ level: 0 });
const colored = new Chalk({ level: 1 });
/** Local time is shown: made from local parts, it is the same text in every zone. */
const TIME = new Date(2026, 4, 11, 21, 5, 7).getTime();
const base = { time: TIME, target: 'me' } as const;
const notification = (data: unknown): WatchEvent => ({ type: 'notification', ...base, data });

describe('a line', () => {
  it.each<[WatchEvent, string]>([
    [notification({ siteUrl: '/personal/2f7c41', resource: '7d20c4be', subscriptionId: 's', clientState: 'c', tenantId: 't', expirationDateTime: 'e', webId: 'w' }),
      '21:05:07  me  notification  /personal/2f7c41  7d20c4be\n'],
    [notification({ resource: '7d20c4be', userId: 'u', subscriptionExpirationDateTime: 'e', extra: { a: 1 } }), '21:05:07  me  notification  7d20c4be  extra={"a":1}\n'],
    [notification('no JSON'), '21:05:07  me  notification  no JSON\n'],
    [notification([1, 2]), '21:05:07  me  notification  [1,2]\n'],
    [notification(null), '21:05:07  me  notification  null\n'],
    [notification({ siteUrl: { odd: true }, resource: 7 }), '21:05:07  me  notification  {"odd":true}  7\n'],
    [{ type: 'ready', ...base }, '21:05:07  me  ready         Watching me; waiting for changes (Ctrl-C to stop)\n'],
    [{ type: 'reconnecting', ...base, reason: 'the server ended the session', delayMs: 1500 }, '21:05:07  me  reconnecting  the server ended the session; retrying in 2 s\n'],
    [{ type: 'renewed', ...base }, '21:05:07  me  renewed       a new endpoint took over; nothing was missed\n'],
    [{ type: 'reconnecting', ...base, reason: 'no route', delayMs: 1500, hint: 'Check the network.' }, '21:05:07  me  reconnecting  no route; retrying in 2 s. Check the network.\n'],
    [{ type: 'gap', ...base, reason: 'lost', from: TIME - 5000, to: TIME }, '21:05:07  me  gap           notifications may have been missed from 21:05:02 to 21:05:07 (lost)\n'],
    [{ type: 'end', ...base, reason: 'the count was met', failed: false }, '21:05:07  me  end           the count was met\n'],
    [{ type: 'warning', ...base, message: 'careful' }, '21:05:07  me  warning       careful\n'],
  ])('for %j', (event, text) => {
    expect(prettyLine(event, plain)).toBe(text);
  });

  it('has colours where they are wanted, and the same text without them', () => {
    const event = notification({ resource: '7d20c4be', more: 1 });
    // eslint-disable-next-line no-control-regex -- colours are control sequences
    const withoutColors = prettyLine(event, colored).replace(/\u001b\[\d+m/g, '');
    expect(withoutColors).toBe(prettyLine(event, plain));
    expect(prettyLine(event, colored)).not.toBe(withoutColors);
  });

  it('shows a payload that is nested deeper than JSON.stringify can follow', () => {
    const [data] = readPayload(`{"deep":${'['.repeat(50_000)}${']'.repeat(50_000)}}`);
    expect(prettyLine(notification(data), plain)).toContain('deep=[[[');
  });
});

describe('nothing from elsewhere', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\u001b]0;owned\u0007', '\u001b[2J', '\u009b1m', 'a\u202eb', 'a\u2028b', 'a\nb', '\ud800', '\u200b', '\u{e0001}'),
  );
  const payload = fc.oneof(nasty, fc.json({ stringUnit: 'binary' }), fc.record({ value: fc.array(fc.dictionary(nasty, fc.oneof(nasty, fc.jsonValue({ stringUnit: 'binary' })))) }), fc.jsonValue({ stringUnit: 'binary' }));
  const events: fc.Arbitrary<WatchEvent> = fc.oneof(
    fc.tuple(payload, nasty).map(([argument, target]) => ({ type: 'notification' as const, time: TIME, target, data: readPayload(argument)[0] })),
    fc.tuple(nasty, nasty).map(([reason, target]) => ({ type: 'reconnecting' as const, time: TIME, target, reason, delayMs: 1 })),
    fc.tuple(nasty, nasty).map(([reason, target]) => ({ type: 'gap' as const, time: TIME, target, reason, from: 0, to: 1 })),
    fc.tuple(nasty, nasty).map(([reason, target]) => ({ type: 'end' as const, time: TIME, target, reason, failed: false })),
    fc.tuple(nasty, nasty).map(([message, target]) => ({ type: 'warning' as const, time: TIME, target, message })),
    fc.tuple(nasty, nasty, nasty).map(([id, path, name]) => ({
      type: 'change' as const, time: TIME, target: 'me', change: 'moved' as const, via: 'push' as const,
      item: { id, path, name, folder: false, lastModifiedBy: { user: { displayName: name } } }, previous: { path: name, name: path },
    })),
  );

  it('gets a control character, an escape sequence, a line break or a bidi override through', () => {
    fc.assert(fc.property(events, (event) => {
      const text = prettyLine(event, plain);
      expect(text.endsWith('\n')).toBe(true);
      expect(text.slice(0, -1)).not.toMatch(DANGEROUS);
    }), { numRuns: 1000 });
  });

  it('adds an escape sequence to the colours', () => {
    fc.assert(fc.property(events, (event) => {
      // eslint-disable-next-line no-control-regex -- colours are control sequences
      expect(prettyLine(event, colored).slice(0, -1).replace(/\u001b\[\d{1,2}m/g, '')).not.toMatch(DANGEROUS);
    }), { numRuns: 300 });
  });
});
