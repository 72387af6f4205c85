import { describe, expect, it } from '@jest/globals';
import { Chalk } from 'chalk';
import fc from 'fast-check';
import type { WatchEvent } from '../../../src/events.ts';
import { fitted } from '../../../src/output/fit.ts';
import { prettyLine, type PrettyEvent, type PrettyOptions } from '../../../src/output/pretty.ts';
import { DANGEROUS } from './dangerous.ts';
import { readPayload } from '../../../src/stream/payload.ts';

/** Local time is shown: since this is made from local parts, the text is the same in every zone. */
const TIME = new Date(2026, 4, 11, 21, 5, 7).getTime();
const base = { time: TIME, target: 'me' } as const;
const notification = (data: unknown): WatchEvent & PrettyEvent => ({ type: 'notification', ...base, data });
const plain = (event: PrettyEvent, options: Partial<PrettyOptions> = {}): string => prettyLine(event, { chalk: new Chalk({ level: 0 }), now: TIME, ...options });
const colored = (event: PrettyEvent): string => prettyLine(event, { chalk: new Chalk({ level: 1 }), now: TIME });
/** As on a terminal with this many columns. */
const on = (columns: number) => ({ fit: (before: string, texts: readonly string[], how: 'cut' | 'break') => fitted(before, texts, how, columns - 1) });

describe('the line', () => {
  it.each<[PrettyEvent, string]>([
    [notification({ siteUrl: '/personal/2f7c41', resource: '7d20c4be', subscriptionId: 's', clientState: 'c', tenantId: 't', expirationDateTime: 'e', webId: 'w' }),
      '21:05:07  notification  me changed\n'],
    [notification({ resource: '7d20c4be', userId: 'u', subscriptionExpirationDateTime: 'e', extra: { a: 1 } }), '21:05:07  notification  me changed  extra={"a":1}\n'],
    [notification('no JSON'), '21:05:07  notification  no JSON\n'],
    [notification([1, 2]), '21:05:07  notification  [1,2]\n'],
    [notification(null), '21:05:07  notification  null\n'],
    [{ type: 'ready', ...base }, '21:05:07  ready     Watching me; waiting for changes (Ctrl-C to stop)\n'],
    [{ type: 'reconnecting', ...base, reason: 'the server ended the session', delayMs: 1500 }, '21:05:07  reconnecting  the server ended the session; retrying in 2 s\n'],
    [{ type: 'renewed', ...base }, '21:05:07  renewed   a new endpoint took over; nothing was missed\n'],
    [{ type: 'reconnecting', ...base, reason: 'The token has expired.', delayMs: 1500 }, '21:05:07  reconnecting  The token has expired; retrying in 2 s\n'],
    [{ type: 'reconnecting', ...base, reason: 'no route', delayMs: 1500, hint: 'Check the network.' }, '21:05:07  reconnecting  no route; retrying in 2 s. Check the network.\n'],
    [{ type: 'gap', ...base, reason: 'lost', from: TIME - 5000, to: TIME }, '21:05:07  gap       notifications may have been missed from 21:05:02 to 21:05:07 (lost)\n'],
    [{ type: 'gap', ...base, reason: 'lost', from: TIME - 86_400_000, to: TIME }, '21:05:07  gap       notifications may have been missed from May 10 21:05 to 21:05:07 (lost)\n'],
    [{ type: 'end', ...base, reason: 'the count was met', failed: false }, '21:05:07  end       the count was met\n'],
    [{ type: 'indexing', ...base, stage: 'done', items: 12_345, unnamed: 0, elapsedMs: 1 }, '21:05:07  indexed   12,345 items: renames, moves and deletions have their previous names from now on\n'],
    [{ type: 'indexing', ...base, stage: 'done', items: 1, unnamed: 2, elapsedMs: 1 },
      '21:05:07  indexed   1 item: renames, moves and deletions have their previous names from now on; 2 earlier changes may lack them (--index lists the whole drive first)\n'],
    [{ type: 'indexing', ...base, stage: 'incomplete', items: 7, unnamed: 0, elapsedMs: 1, reason: 'the drive has more than 100,000 items' },
      '21:05:07  not indexed  the drive has more than 100,000 items; renames, moves and deletions may lack their previous names (--index lists the whole drive first)\n'],
    [{ type: 'warning', ...base, message: 'careful' }, '21:05:07  warning   careful\n'],
  ])('for %j', (event, text) => {
    expect(plain(event)).toBe(text);
  });

  it('names the drive if its name is known', () => {
    const name = 'Ada Lovelace\'s OneDrive';
    expect(plain(notification({ resource: '7d20c4be' }), { name })).toBe('21:05:07  notification  Ada Lovelace\'s OneDrive changed\n');
    expect(plain({ type: 'ready', ...base }, { name })).toBe('21:05:07  ready     Watching Ada Lovelace\'s OneDrive; waiting for changes (Ctrl-C to stop)\n');
  });

  it('names which of several drives it is about', () => {
    expect(plain({ type: 'ready', ...base, label: 'mine' }, { target: 'mine  ' })).toBe('21:05:07  mine    ready     Watching mine; waiting for changes (Ctrl-C to stop)\n');
  });

  it.each([
    [100, '21:05:07  ready     Watching Ada Lovelace\'s OneDrive; waiting for changes (Ctrl-C to stop)\n'],
    [80, '21:05:07  ready     Watching Ada Lovelace\'s OneDrive; waiting for changes\n'],
    [60, '21:05:07  ready     Watching Ada Lovelace\'s OneDrive\n'],
    [40, '21:05:07  ready     Watching Ada Lovel…\n'],
  ])('shows as much of what is watched as fits on a terminal of %d columns', (columns, text) => {
    expect(plain({ type: 'ready', ...base }, { name: 'Ada Lovelace\'s OneDrive', ...on(columns) })).toBe(text);
  });

  it('is wrapped between words if it is too long for the terminal, and never inside an address', () => {
    const reason = 'Graph returned 403: see https://contoso.example/a/very/long/address/that/fits/nowhere for more';
    expect(plain({ type: 'end', ...base, reason, failed: false }, on(40))).toBe('21:05:07  end       Graph returned 403:\n          see\n          https://contoso.example/a/very/long/address/that/fits/nowhere\n          for more\n');
    expect(plain(notification({ extra: 'x'.repeat(100) }), on(60))).toBe('21:05:07  notification  me changed  extra=xxxxxxxxxxxxxxxx…\n');
  });

  it('is coloured on request, with the same text', () => {
    const event = notification({ resource: '7d20c4be', more: 1 });
    // eslint-disable-next-line no-control-regex -- colours are control sequences
    const withoutColors = colored(event).replace(/\u001b\[\d+m/g, '');
    expect(withoutColors).toBe(plain(event));
    expect(colored(event)).not.toBe(withoutColors);
  });

  it('shows a payload that is nested too deep for JSON.stringify', () => {
    const [data] = readPayload(`{"deep":${'['.repeat(50_000)}${']'.repeat(50_000)}}`);
    expect(plain(notification(data))).toContain('deep=[[[');
  });
});

describe('text from elsewhere', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\u001b]0;owned\u0007', '\u001b[2J', '\u009b1m', 'a\u202eb', 'a\u2028b', 'a\nb', '\ud800', '\u200b', '\u{e0001}'),
  );
  const payload = fc.oneof(nasty, fc.json({ stringUnit: 'binary' }), fc.record({ value: fc.array(fc.dictionary(nasty, fc.oneof(nasty, fc.jsonValue({ stringUnit: 'binary' })))) }), fc.jsonValue({ stringUnit: 'binary' }));
  const events: fc.Arbitrary<PrettyEvent> = fc.oneof(
    fc.tuple(payload, nasty).map(([argument, target]) => ({ type: 'notification' as const, time: TIME, target, data: readPayload(argument)[0] })),
    fc.tuple(nasty, nasty).map(([reason, target]) => ({ type: 'reconnecting' as const, time: TIME, target, reason, delayMs: 1 })),
    fc.tuple(nasty, nasty).map(([reason, target]) => ({ type: 'gap' as const, time: TIME, target, reason, from: 0, to: 1 })),
    fc.tuple(nasty, nasty).map(([reason, target]) => ({ type: 'end' as const, time: TIME, target, reason, failed: false })),
    fc.tuple(nasty, nasty).map(([message, target]) => ({ type: 'warning' as const, time: TIME, target, message })),
  );

  it('gets no control character, escape sequence, line break or bidi override through', () => {
    fc.assert(fc.property(events, (event) => {
      const text = plain(event);
      expect(text.endsWith('\n')).toBe(true);
      expect(text.slice(0, -1)).not.toMatch(DANGEROUS);
      const narrow = plain(event, on(60)).slice(0, -1);
      expect(narrow.replaceAll('\n          ', '')).not.toMatch(DANGEROUS);
    }), { numRuns: 1000 });
  });

  it('adds no escape sequence to the colours', () => {
    fc.assert(fc.property(events, (event) => {
      // eslint-disable-next-line no-control-regex -- colours are control sequences
      expect(colored(event).slice(0, -1).replace(/\u001b\[\d{1,2}m/g, '')).not.toMatch(DANGEROUS);
    }), { numRuns: 300 });
  });
});
