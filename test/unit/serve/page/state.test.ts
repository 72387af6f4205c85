import { describe, expect, it } from '@jest/globals';
import { sortedDrives, statusOf, watchState, type Drive } from '../../../../src/serve/page/browser/model/state.ts';
import { ago, bytes, many, spell } from '../../../../src/serve/page/browser/model/times.ts';

const stateWith = (...targets: object[]) => watchState({ version: '0.1.0', targets });
const status = (...targets: object[]) => statusOf({ state: 'open' }, stateWith(...targets));

describe('the state of the watch', () => {
  it('is read as far as it is valid', () => {
    expect(watchState({ targets: [{ target: 'me', state: 'new', since: 'x', renewAt: '2026-11-27T10:00:00.000Z' }, {}, null, 3], perMinute: { until: '2026-11-27T10:00:00.000Z', counts: [1, 'x'] } })).toMatchObject({
      mode: 'changes', recent: [], perMinute: { counts: [1, 0] }, drives: [{ target: 'me', name: 'me', state: 'starting', since: undefined, renewAt: Date.parse('2026-11-27T10:00:00.000Z') }],
    });
    for (const nothing of [null, 3, 'x', [], {}, { targets: {} }]) expect(watchState(nothing)).toBeUndefined();
  });

  it('shows a drive by its label, its name, or its target', () => {
    expect(stateWith({ target: 'a', label: 'L', name: 'N' }, { target: 'a', name: 'N' }, { target: 'a' })?.drives.map(({ name }) => name)).toEqual(['L', 'N', 'a']);
  });

  it('is described in plain words for one drive', () => {
    expect(status({ target: 'me', state: 'connected' })).toMatchObject({ mood: 'good', word: 'Live' });
    expect(status({ target: 'me', state: 'connected', caughtUp: false })).toMatchObject({ mood: 'good', word: 'Catching up' });
    expect(status({ target: 'me', state: 'polling' })).toMatchObject({ mood: 'good', word: 'Live' });
    expect(status({ target: 'me', state: 'reconnecting', reason: 'closed' })).toMatchObject({ mood: 'waiting', sentence: 'Not connected to the drive (closed). Retrying…' });
    expect(status({ target: 'me', state: 'ended', failed: true, reason: 'forbidden' })).toMatchObject({ mood: 'bad', word: 'Failed' });
    expect(status({ target: 'me', state: 'ended' })).toMatchObject({ mood: 'over', word: 'Ended' });
  });

  it('is described in plain words for many drives', () => {
    const connected = { target: 'a', state: 'connected' };
    expect(status(connected, connected)).toMatchObject({ mood: 'good', sentence: 'All 2 drives are being watched. Changes appear here as they happen.' });
    expect(status(connected, { target: 'b', state: 'reconnecting' }, { target: 'c', state: 'ended' })).toMatchObject({ mood: 'waiting', sentence: '1 of 3 drives are being watched; 1 is not connected, 1 has ended.' });
    expect(status({ target: 'b', state: 'starting' }, { target: 'c', state: 'starting' })).toMatchObject({ mood: 'waiting', word: 'Starting' });
    expect(status({ target: 'c', state: 'ended' }, { target: 'd', state: 'ended' })).toMatchObject({ mood: 'over' });
  });

  it('is that of a recording in a replay', () => {
    const replayed = (replay: object) => statusOf({ state: 'open' }, watchState({ targets: [{ target: 'me', state: 'ended' }], replay }));
    expect(replayed({ rate: 10, ended: false })).toEqual({ mood: 'good', word: 'Replay', sentence: 'This is a recording, replayed 10 times as fast. Times are the recorded ones.' });
    expect(replayed({ rate: 0, ended: false }).sentence).toBe('This is a recording. Times are the recorded ones.');
    expect(replayed({ rate: 0, ended: true })).toMatchObject({ mood: 'over', word: 'Replayed' });
  });

  it('is described even if the page has no connection', () => {
    expect(statusOf({ state: 'lost', since: 0 }, undefined)).toMatchObject({ mood: 'bad', word: 'Disconnected' });
    expect(statusOf({ state: 'over', since: 0, reason: 'timed out after 5m' }, undefined).sentence).toContain('ended: timed out after 5m.');
    expect(statusOf({ state: 'refused' }, undefined)).toMatchObject({ mood: 'bad' });
    expect(statusOf({ state: 'connecting' }, undefined)).toMatchObject({ mood: 'waiting' });
  });

  it('sorts drives that need attention first', () => {
    const drives = stateWith(
      { target: '1', label: 'b', state: 'connected' }, { target: '2', label: 'a', state: 'connected' }, { target: '3', label: 'c', state: 'reconnecting' }, { target: '4', label: 'd', state: 'ended', failed: true },
      { target: '5', label: 'e', state: 'polling' },
    )?.drives ?? [] satisfies Drive[];
    expect(sortedDrives(drives, '').map(({ name }) => name)).toEqual(['d', 'c', 'e', 'a', 'b']);
    expect(sortedDrives(drives, ' C ').map(({ name }) => name)).toEqual(['c']);
  });
});

describe('numbers for people', () => {
  it.each([[0, '0 s'], [830, '0.8 s'], [12_400, '12 s'], [192_000, '3 min'], [7_800_000, '2 h 10 min'], [36_000_000, '10 h'], [400_000_000, '4 days']])('are durations: %d ms is %s', (ms, text) => {
    expect(spell(ms)).toBe(text);
  });

  it('are counts, ages and sizes', () => {
    expect([many(1, 'change'), many(1_234, 'change'), ago(500), ago(90_000), bytes(812), bytes(1_468_006), bytes(24_310)]).toEqual(['1 change', '1,234 changes', 'just now', '1 min ago', '812 B', '1.4 MB', '24 KB']);
  });
});
