import { describe, expect, it } from '@jest/globals';
import { Interruption } from '../../../src/app/interruptions.ts';
import { WatchError } from '../../../src/errors.ts';
import { ReaderGone } from '../../../src/output/writer.ts';
import { exitOf, TimedOut, type Ending, type Exit } from '../../../src/watch/outcome.ts';

const stoppedBy = (reason: unknown): AbortSignal => AbortSignal.abort(reason);
const running = new AbortController().signal;
const undone = (count: number, failed?: unknown): Ending['handlers'] => ({ undone: count, failed: failed === undefined ? running : stoppedBy(failed) });
const ended = (how: Partial<Ending>): Exit => exitOf({ failure: undefined, signal: running, events: 3, count: undefined, once: false, handlers: undone(0), output: { failure: undefined, untaken: 0 }, ...how });
const diskFull = new WatchError('internal', 'could not write to stdout: ENOSPC', { code: 'ENOSPC', hint: 'Check what stdout goes to.' });

describe('how a watch ends', () => {
  it.each<[string, Partial<Ending>, string, number]>([
    ['by its count', { count: 3 }, 'reached --count 3', 0],
    ['by Ctrl-C', { signal: stoppedBy(new Interruption('SIGINT')) }, 'stopped (Ctrl-C)', 130],
    ['by SIGTERM', { signal: stoppedBy(new Interruption('SIGTERM')) }, 'stopped (SIGTERM)', 143],
    ['by a closed terminal', { signal: stoppedBy(new Interruption('SIGHUP')) }, 'stopped (terminal closed)', 129],
    ['by --timeout, with events', { signal: stoppedBy(new TimedOut(300_000)) }, 'timed out after 5m', 0],
    ['by --timeout, without events', { events: 0, signal: stoppedBy(new TimedOut(5_400_500)) }, 'timed out after 1h30m500ms', 124],
    ['by --timeout, before its count', { count: 4, signal: stoppedBy(new TimedOut(1)) }, 'timed out after 1ms', 124],
    ['by a closed pipe', { signal: stoppedBy(new ReaderGone()), output: { failure: new ReaderGone(), untaken: 2 } }, 'output closed by reader', 0],
    ['by --once, with everything reported', { once: true, events: 0 }, 'reported everything up to now', 0],
    ['by --timeout, before --once reported everything', { once: true, signal: stoppedBy(new TimedOut(1)) }, 'timed out after 1ms', 124],
    ['by --timeout, after the end of a served replay', { once: true, isWhole: true, events: 0, signal: stoppedBy(new TimedOut(1)) }, 'timed out after 1ms', 0],
    ['by --timeout, with everything replayed but its count not reached', { once: true, isWhole: true, count: 4, signal: stoppedBy(new TimedOut(1)) }, 'timed out after 1ms', 124],
    ['after its last target ended', {}, 'nothing left to watch', 0],
  ])('%s', (_name, how, reason, code) => {
    expect(ended(how)).toEqual({ reason, code, losses: [] });
  });

  it('by an error', () => {
    expect(ended({ failure: diskFull })).toEqual({ reason: diskFull.message, code: 1, error: diskFull, losses: [] });
    expect(ended({ signal: stoppedBy(diskFull) }).error).toBe(diskFull);
    expect(ended({ count: 3, handlers: undone(0, diskFull) }).error).toBe(diskFull);
  });

  it('by an error, and stopped before it or after it', () => {
    const signal = stoppedBy(new TimedOut(1_000));
    expect(ended({ failure: diskFull, signal })).toMatchObject({ reason: 'timed out after 1s', code: 0 });
    expect(ended({ failure: diskFull, signal, failedFirst: true })).toMatchObject({ code: 1, error: diskFull });
    expect(ended({ failure: diskFull, signal: stoppedBy(new Interruption('SIGINT')), failedFirst: true })).toEqual({ reason: 'stopped (Ctrl-C)', code: 130, losses: [diskFull.message] });
  });
});

describe('unprocessed or unread events', () => {
  it('are reported if unprocessed, and are not a success', () => {
    expect(ended({ signal: stoppedBy(new TimedOut(1_000)), handlers: undone(1) })).toMatchObject({ code: 124, losses: ['1 event was not processed'] });
    expect(ended({ signal: stoppedBy(new Interruption('SIGINT')), handlers: undone(2) })).toMatchObject({ code: 130, losses: ['2 events were not processed'] });
    expect(ended({ count: 3, handlers: undone(2), signal: stoppedBy(new TimedOut(1_000)) }).code).toBe(124);
  });

  it.each<[string, Partial<Ending>, number]>([
    ['--timeout', { signal: stoppedBy(new TimedOut(3_000)) }, 124],
    ['Ctrl-C', { signal: stoppedBy(new Interruption('SIGINT')) }, 130],
    ['SIGTERM', { signal: stoppedBy(new Interruption('SIGTERM')) }, 143],
  ])('are counted if a reader stalls, on %s', (_name, how, code) => {
    expect(ended({ ...how, events: 500, output: { failure: undefined, untaken: 360 } })).toMatchObject({ code, losses: ['the reader of stdout did not read 360 of 500 events'] });
  });

  it('are an error if a reader stalls at an otherwise successful end', () => {
    for (const how of [{ count: 3 }, {}]) {
      expect(ended({ ...how, output: { failure: undefined, untaken: 1 } })).toMatchObject({
        code: 1, error: { category: 'internal', message: 'the reader of stdout did not read 1 of 3 events.', hint: expect.any(String) },
      });
    }
  });

  it('are an error if the disk is full, whatever ended the watch, except that Ctrl-C only reports it', () => {
    const output = { failure: diskFull, untaken: 1 };
    for (const how of [{ count: 3 }, { signal: stoppedBy(new TimedOut(1)) }, {}]) expect(ended({ ...how, output })).toMatchObject({ code: 1, error: diskFull });
    expect(ended({ signal: stoppedBy(new Interruption('SIGINT')), output })).toMatchObject({ code: 130, losses: [diskFull.message] });
  });
});
