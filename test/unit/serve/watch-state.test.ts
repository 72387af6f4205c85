import { describe, expect, it } from '@jest/globals';
import type { WatchEvent } from '../../../src/events.ts';
import { WatchState, type Watched } from '../../../src/serve/watch-state.ts';
import { change } from '../../support/session-scene.ts';
import { steppedClock } from '../../support/stepped-clock.ts';

const start = (watching: readonly Watched[] = [{ target: 'me' }], isLookingUp?: () => boolean) => {
  const clock = steppedClock();
  let watched = watching;
  const state = new WatchState({ clock, watching: () => watched, isLookingUp, redact: (text) => text.replace('secret', '[redacted]') });
  return { clock, state, watch: (targets: readonly Watched[]) => { watched = targets; }, note: (...events: WatchEvent[]) => { for (const event of events) state.note(event, undefined); } };
};
const ready = (target = 'me', more = {}): WatchEvent => ({ type: 'ready', time: 1_000, target, renewAt: 60_000, ...more });
const lost = (target = 'me'): WatchEvent => ({ type: 'reconnecting', time: 2_000, target, reason: 'a secret reason', delayMs: 500 });

describe('the state of a target', () => {
  it('goes from starting to connected, reconnecting, polling and ended', () => {
    const { state, note } = start();
    const seen = (): unknown => state.targets()[0];
    expect(seen()).toMatchObject({ target: 'me', state: 'starting', events: 0 });
    note(ready());
    expect(seen()).toMatchObject({ state: 'connected', since: '1970-01-01T00:00:01.000Z', renewAt: '1970-01-01T00:01:00.000Z' });
    note(lost());
    expect(seen()).toMatchObject({ state: 'reconnecting', retryAt: '1970-01-01T00:00:02.500Z', reason: 'a [redacted] reason' });
    expect(seen()).not.toHaveProperty('renewAt');
    note({ ...ready(), via: 'poll' } as WatchEvent, { type: 'gap', time: 3_000, target: 'me', reason: '', from: 1_000, to: 2_500 }, { type: 'renewed', time: 4_000, target: 'me', renewAt: 90_000 });
    expect(seen()).toMatchObject({ state: 'polling', reconnects: 1, gaps: 1, renewals: 1, renewAt: '1970-01-01T00:01:30.000Z' });
    expect(seen()).not.toHaveProperty('reason');
    note({ type: 'end', time: 5_000, target: 'me', reason: 'stopped', failed: false });
    expect(seen()).toMatchObject({ state: 'ended', reason: 'stopped', failed: false });
    expect(state.totals).toMatchObject({ reconnects: 1, gaps: 1, gapSeconds: 1.5, renewals: 1, failures: 1 });
  });

  it('is its own even if another target has the same name, and remains when it gets another label', () => {
    const targets = (label?: string): Watched[] => [{ target: 'drive:b', key: 'drive:b/Reports', label }, { target: 'drive:b', key: 'drive:b/Specs' }];
    const { state, note, watch } = start(targets());
    note({ ...ready('drive:b'), key: 'drive:b/Reports' });
    expect(state.targets()).toMatchObject([{ target: 'drive:b', state: 'connected' }, { target: 'drive:b', state: 'starting' }]);
    watch(targets('reports'));
    expect(state.targets()).toMatchObject([{ label: 'reports', state: 'connected' }, { state: 'starting' }]);
    note({ ...change('a'), target: 'drive:b', key: 'drive:b/Reports', label: 'reports' });
    expect(state.targets()).toMatchObject([{ label: 'reports', events: 1, reconnects: 0 }, { events: 0 }]);
    expect(state.targets()[1]).not.toHaveProperty('label');
    note({ type: 'end', time: 5_000, target: 'drive:b', key: 'drive:b/Reports', label: 'reports', reason: '', failed: false });
    watch(targets().slice(1));
    expect(state.targets()).toMatchObject([{ state: 'starting' }, { label: 'reports', state: 'ended' }]);
  });

  it('is connected, or polling, once it reports changes, since a recording may have no other record', () => {
    const { state, note } = start([{ target: 'me' }, { target: 'drive:b' }, { target: 'drive:c' }]);
    const of = (target: string, via: 'push' | 'poll' | 'catchup'): WatchEvent => ({ ...change('a'), target, via });
    note(of('me', 'push'), of('drive:b', 'poll'), of('drive:c', 'catchup'));
    expect(state.targets().map((one) => one.state)).toEqual(['connected', 'polling', 'starting']);
  });

  it('counts per minute in a recording, which is older than the process', () => {
    const { state, note, clock } = start();
    note({ ...change('a'), time: clock.now() - 120_000 }, { ...change('a'), time: clock.now() });
    expect(state.describe({ version: '1', mode: 'changes', name: undefined }).perMinute.counts).toEqual([1, 0, 1]);
  });

  it('counts events by kind and by minute', () => {
    const { state, note, clock } = start();
    note({ ...change('a'), time: clock.now() }, { type: 'notification', time: clock.now(), target: 'me', data: 1 });
    state.note({ ...change('b'), change: 'deleted', time: clock.now() }, 1_500);
    expect(state.targets()[0]).toMatchObject({ events: 3, lastDelayMs: 1_500 });
    expect(state.totals).toMatchObject({ events: 3, notifications: 1, changes: { created: 1, deleted: 1, modified: 0 } });
    expect(state.describe({ version: '1', mode: 'changes', name: 'Ada' })).toMatchObject({ perMinute: { counts: [3] }, targets: [{ name: 'Ada' }] });
  });

  it('is kept for the latest hundred targets that ended', () => {
    const { state, note } = start([]);
    for (let count = 0; count < 250; count += 1) note({ type: 'end', time: count, target: `drive:${count}`, reason: '', failed: false });
    expect(state.targets().map(({ target }) => target)).toEqual(Array.from({ length: 100 }, (_, count) => `drive:${count + 150}`));
  });
});

describe('readiness', () => {
  const two = [{ target: 'drive:1', label: 'One' }, { target: 'drive:2' }];

  it('needs all targets, or as many as requested', () => {
    const { state, note } = start(two);
    expect(state.readiness()).toEqual({ ready: false, targets: 2, connected: 0 });
    note({ ...ready('drive:1'), label: 'One' });
    expect(state.readiness()).toEqual({ ready: false, targets: 2, connected: 1 });
    expect([state.readiness(0).ready, state.readiness(1).ready, state.readiness(2).ready]).toEqual([true, true, false]);
    note(ready('drive:2'));
    expect(state.readiness().ready).toBe(true);
    note(lost('drive:2'));
    expect(state.readiness().ready).toBe(false);
  });

  it('needs to know of all targets, unless a number is requested', () => {
    let isLookingUp = true;
    const { state, note } = start([{ target: 'me' }], () => isLookingUp);
    note(ready());
    expect(state.readiness().ready).toBe(false);
    expect(state.readiness(1).ready).toBe(true);
    isLookingUp = false;
    expect(state.readiness().ready).toBe(true);
  });

  it('needs at least one target', () => {
    expect(start([]).state.readiness().ready).toBe(false);
  });

  it('is that of the process itself if that may have nothing to watch', () => {
    let ready = false;
    const state = new WatchState({ clock: steppedClock(), watching: () => [], redact: (text) => text, standby: () => ready });
    expect([state.readiness().ready, state.readiness(0).ready]).toEqual([false, false]);
    ready = true;
    expect([state.readiness().ready, state.readiness(0).ready, state.readiness(1).ready]).toEqual([true, true, false]);
  });

  it('needs targets to have caught up', () => {
    const { state, note, watch } = start();
    note(ready());
    watch([{ target: 'me', caughtUp: false }]);
    expect(state.readiness().ready).toBe(false);
    watch([{ target: 'me', caughtUp: true }]);
    expect(state.readiness().ready).toBe(true);
  });

  it('is lost with a target that failed for good, but not with one that was removed from the list', () => {
    const { state, note, watch } = start(two);
    note({ ...ready('drive:1'), label: 'One' }, ready('drive:2'));
    watch(two.slice(0, 1));
    note({ type: 'end', time: 0, target: 'drive:2', reason: 'removed', failed: false });
    expect(state.readiness()).toEqual({ ready: true, targets: 1, connected: 1 });
    note({ type: 'end', time: 0, target: 'drive:2', reason: 'not found', failed: true });
    expect(state.readiness()).toEqual({ ready: false, targets: 2, connected: 1 });
  });
});

describe('the state of a replayed recording', () => {
  const recorded = () => {
    const clock = steppedClock();
    const state = new WatchState({ clock, watching: () => [], redact: (text) => text, recorded: { rate: 10, ended: false } });
    return { clock, state, described: () => state.describe({ version: '1', mode: 'changes', name: undefined }) };
  };

  it('is that of its targets, each connected unless a record says otherwise', () => {
    const { state } = recorded();
    expect([state.readiness().ready, state.readiness(0).ready]).toEqual([false, false]);
    state.note({ ...change('a'), target: 'drive:1' }, undefined);
    expect(state.readiness()).toEqual({ ready: true, targets: 1, connected: 1 });
    state.note(lost('drive:2'), undefined);
    expect(state.readiness()).toEqual({ ready: false, targets: 2, connected: 1 });
    state.note(ready('drive:2'), undefined);
    expect([state.readiness().ready, state.totals.reconnects]).toEqual([true, 0]);
    for (const target of ['drive:1', 'drive:2']) state.note({ type: 'end', time: 5_000, target, reason: 'stopped', failed: false }, undefined);
    expect(state.readiness()).toEqual({ ready: true, targets: 0, connected: 0 });
    state.note({ ...change('b'), target: 'drive:1' }, undefined);
    expect(state.targets().map((target) => target.state)).toEqual(['connected', 'ended']);
  });

  it('starts with its first event', () => {
    const { clock, state, described } = recorded();
    expect(described()).toMatchObject({ replay: { rate: 10, ended: false } });
    expect(described()).not.toHaveProperty('startedAt');
    const time = clock.now() - 5 * 60_000;
    state.note({ ...change('a'), time }, undefined);
    expect(described()).toMatchObject({ startedAt: new Date(time).toISOString(), perMinute: { counts: [1, 0, 0, 0, 0, 0] } });
  });
});
