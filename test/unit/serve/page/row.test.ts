import { describe, expect, it } from '@jest/globals';
import { detailsOf, webAddress } from '../../../../src/serve/page/browser/model/details.ts';
import { indented } from '../../../../src/serve/page/browser/model/json.ts';
import { rowOf } from '../../../../src/serve/page/browser/model/row.ts';
import { clock } from '../../../../src/serve/page/browser/model/times.ts';

const row = (fields: object, item: object = {}) =>
  rowOf(JSON.stringify({ type: 'change', time: '2026-11-27T10:00:00.000Z', target: 'me', change: 'modified', via: 'push', item: { id: '1', name: 'Q3.xlsx', path: '/Reports/Q3.xlsx', folder: false, ...item }, ...fields }), 'id', 1);

describe('a row of the list', () => {
  it('has the name, the folder, and the person by name, address or app', () => {
    expect(row({}, { lastModifiedBy: { user: { displayName: 'Ada' } } })).toMatchObject({ kind: 'modified', name: 'Q3.xlsx', folder: '/Reports/', person: 'Ada' });
    expect(row({}, { lastModifiedBy: { user: { email: 'ada@contoso.com' } } })?.person).toBe('ada@contoso.com');
    expect(row({}, { lastModifiedBy: { application: { displayName: 'Flow' } } })?.person).toBe('Flow');
    expect(row({ change: 'shared' }, { lastModifiedBy: { user: { displayName: 'Ada' } } })?.person).toBeUndefined();
    expect(row({}, { name: 'root', path: '/' })?.folder).toBeUndefined();
  });

  it('has the old name or folder of a rename or move', () => {
    expect(row({ change: 'renamed', previous: { path: '/Reports/Q2.xlsx' } })?.before).toBe('Q2.xlsx');
    expect(row({ change: 'moved', previous: { path: '/Inbox/Q3.xlsx' } })?.before).toBe('/Inbox/');
    expect(row({ change: 'moved', previous: { path: '/Inbox/Q2.xlsx' } })?.before).toBe('/Inbox/Q2.xlsx');
    expect(row({ change: 'modified', previous: { name: 'Q3.xlsx' } })?.before).toBeUndefined();
  });

  it('has the time at which a caught-up change happened, if that is known', () => {
    expect(row({ via: 'catchup', changedToSeenMs: 60_000 })?.at).toBe(Date.parse('2026-11-27T09:59:00.000Z'));
    expect(row({ via: 'catchup' })?.at).toBeUndefined();
  });

  it('treats an unknown kind as a change', () => {
    expect(row({ change: 'restored' })?.kind).toBe('unknown');
  });
});

describe('a row about the connection', () => {
  const time = Date.parse('2026-11-27T10:05:00.000Z');
  const text = (fields: object) => rowOf(JSON.stringify({ time: '2026-11-27T10:05:00.000Z', target: 'me', ...fields }), 'id', 1)?.name;
  const between = (from: number): object => ({ from: new Date(from).toISOString(), to: '2026-11-27T10:05:00.000Z' });

  it('does not claim that there was a connection before', () => {
    expect(text({ type: 'reconnecting', reason: 'the proxy returned 403', delayMs: 1_000 })).toBe('Not connected: the proxy returned 403; retrying');
    expect(text({ type: 'reconnecting' })).toBe('Not connected; retrying');
  });

  it('gives the period and the reason of a gap, whatever that is', () => {
    const minute = time - 60_000;
    expect(text({ type: 'gap', reason: 'Graph no longer accepts the cursor', ...between(minute) })).toBe(`Changes from ${clock(minute, time)} to ${clock(time, time)} may be missing: Graph no longer accepts the cursor`);
    expect(text({ type: 'gap', reason: 'the connection was lost', catchup: true, ...between(minute) })).toBe(`Changes from ${clock(minute, time)} to ${clock(time, time)} are reported late: the connection was lost`);
  });

  it('has the date of a gap that began on another day, as one from the last run may', () => {
    const daysAgo = time - 3 * 86_400_000;
    expect(text({ type: 'gap', reason: 'x', ...between(daysAgo) })).toBe(`Changes from ${clock(daysAgo, time)} to ${clock(time, time)} may be missing: x`);
    expect(clock(daysAgo, time)).not.toBe(clock(daysAgo, daysAgo));
  });

  it('needs no period', () => {
    expect(text({ type: 'gap', from: 'then' })).toBe('Changes may be missing');
  });
});

describe('the details of a row', () => {
  it('link only to http and https', () => {
    expect(webAddress('https://contoso.sharepoint.com/a b')).toBe('https://contoso.sharepoint.com/a%20b');
    for (const bad of ['javascript:alert(1)', ' javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'vbscript:x', 'blob:https://a/b', '//contoso.com', '', undefined]) expect(webAddress(bad)).toBeUndefined();
  });

  it('have the previous state, and no link for a deleted item', () => {
    const found = row({ change: 'modified', previous: { path: '/Reports/Q3.xlsx', size: 1024 } }, { size: 2048, webUrl: 'https://contoso.com/x' });
    expect(found && detailsOf(found, 'Ada')).toMatchObject({ link: 'https://contoso.com/x', lines: expect.arrayContaining([['Size', '2 KB, 1 KB before'], ['Drive', 'Ada']]) });
    const gone = row({ change: 'deleted' }, { webUrl: 'https://contoso.com/x' });
    expect(gone && detailsOf(gone, 'Ada').link).toBeUndefined();
  });
});

describe('a formatted record', () => {
  it('is the same record, with numbers and escapes unchanged', () => {
    const compact = '{"a":1e3,"b":[12345678901234567890,"x\\"{,}\\u0041"],"c":{}}';
    expect(indented(compact)).toBe('{\n  "a": 1e3,\n  "b": [\n    12345678901234567890,\n    "x\\"{,}\\u0041"\n  ],\n  "c": {}\n}');
  });

  it('may be cut off or not JSON', () => {
    expect(indented('{"a":"unfinished')).toBe('{\n  "a": "unfinished');
    expect(indented(']'.repeat(3))).toBe('\n]\n]\n]');
    expect(indented('['.repeat(10_000)).length).toBeLessThan(1_000_000);
  });
});
