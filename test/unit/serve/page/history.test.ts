import { describe, expect, it } from '@jest/globals';
import { History, MOST_CHARACTERS, MOST_NOTES, MOST_ROWS } from '../../../../src/serve/page/browser/model/history.ts';

const START = Date.parse('2026-11-27T10:00:00.000Z');
const time = (seconds: number): string => new Date(START + 1000 * seconds).toISOString();
const change = (at: number, fields: object = {}): string =>
  JSON.stringify({ type: 'change', time: time(at), target: 'me', change: 'modified', item: { id: String(at), name: `${at}.txt`, path: `/a/${at}.txt`, folder: false }, via: 'push', ...fields });
const lifecycle = (type: string, at: number, fields: object = {}): string => JSON.stringify({ type, time: time(at), target: 'me', ...fields });

describe('the history of the page', () => {
  it('is limited in rows, in characters, and in rows about the connection', () => {
    const history = new History();
    for (let at = 0; at < MOST_ROWS + 2_000; at += 1) history.add(change(at), `id${at}`);
    expect([history.rows.length, history.dropped, history.rows[0]?.name]).toEqual([MOST_ROWS, 2_000, '2000.txt']);
    for (let at = 0; at < MOST_NOTES + 100; at += 1) history.add(lifecycle('reconnecting', at, { reason: 'closed', delayMs: 1 }), `lost${at}`);
    expect(history.rows.filter(({ kind }) => kind === 'connection')).toHaveLength(MOST_NOTES);
    expect(history.rows).toHaveLength(MOST_ROWS);
    const long = 'x'.repeat(MOST_CHARACTERS / 4);
    for (let at = 0; at < 10; at += 1) history.add(change(at, { note: long }), `long${at}`);
    expect(history.rows.reduce((sum, { raw }) => sum + raw.length, 0)).toBeLessThanOrEqual(MOST_CHARACTERS);
    expect(history.rows).toHaveLength(3);
  });

  it('has each event once, even if it is received twice', () => {
    const history = new History();
    history.add(change(1), 'a');
    history.add(change(1), 'a');
    history.add(change(2), 'b');
    expect(history.rows.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(history.changesIn(START / 60_000)).toBe(2);
  });

  it('has gaps and reconnects, whether the stream or the state reports them', () => {
    const history = new History();
    const gap = { type: 'gap', time: time(91), target: 'me', reason: 'x', from: time(60), to: time(90) };
    history.add(lifecycle('ready', 0), 'r1');
    history.add(lifecycle('reconnecting', 60, { reason: 'closed', delayMs: 1 }), 'l1');
    history.add(lifecycle('ready', 90), 'r2');
    history.add(JSON.stringify(gap), 'g1');
    history.mark(gap);
    history.mark({ type: 'ready', time: time(90), target: 'me' });
    expect(history.reconnects).toEqual([START + 90_000]);
    expect(history.shades).toEqual([{ from: START + 60_000, to: START + 90_000, missing: true }]);
    expect(history.rows.map(({ name }) => name)).toEqual(['Not connected: closed; retrying', expect.stringMatching(/^Changes from .+ to .+ may be missing: x$/)]);
  });

  it('counts each change once, whether the stream or the state reports it first', () => {
    const minute = START / 60_000;
    const stateFirst = new History();
    stateFirst.told([4, 0, 2], START);
    stateFirst.add(change(1), 'a');
    stateFirst.add(change(2), 'b');
    expect([minute - 2, minute - 1, minute].map((at) => stateFirst.changesIn(at))).toEqual([4, 0, 2]);
    stateFirst.add(change(3), 'c');
    expect(stateFirst.changesIn(minute)).toBe(3);
    const streamFirst = new History();
    streamFirst.add(change(1), 'a');
    streamFirst.told([5], START);
    expect(streamFirst.changesIn(minute)).toBe(5);
  });

  it('skips what is not a record', () => {
    const history = new History();
    for (const raw of ['', 'null', '[]', '{', '{"type":"change"}', '{"type":"change","time":"never","target":"me"}', '{"type":"gap","time":"2026-11-27T10:00:00.000Z"}']) history.add(raw, '');
    expect([history.rows, history.shades]).toEqual([[], []]);
  });
});
