import { describe, expect, it } from '@jest/globals';
import { BLIND_MS } from '../../../src/changes/fallback.ts';
import { fixedPace, type PollPace } from '../../../src/changes/poll-schedule.ts';
import { WatchError } from '../../../src/errors.ts';
import type { WatchEvent } from '../../../src/events.ts';
import { aborted } from '../../../src/lib/abort.ts';
import { BoundedQueue } from '../../../src/lib/bounded-queue.ts';
import { startChanges, type ChangesScript } from '../../support/changes-script.ts';
import { ModelDrive } from '../../support/model-drive.ts';
import { steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

interface Scene {
  clock: SteppedClock;
  drive: ModelDrive;
  script: ChangesScript;
  file: string;
  put: (event: WatchEvent) => void;
  /** How many drives are polled. */
  polled: () => number;
  deltas: () => number;
  /** The events since the last call: the type, and `via` if there is one. */
  news: () => string[];
}

/** A watch whose notifications come from the test. */
async function start(): Promise<Scene> {
  const clock = steppedClock();
  const drive = new ModelDrive(clock.now);
  const file = drive.seed('a.txt', 'root', false);
  const events = new BoundedQueue<WatchEvent>();
  let polled = 0;
  const join = (): PollPace => {
    polled += 1;
    return { ...fixedPace(10_000), leave: () => { polled -= 1; } };
  };
  const script = await startChanges({
    source: drive, clock,
    trigger: { notifications: (signal) => { void aborted(signal).then(() => { events.end(); }); return events; }, fallback: join },
  });
  let seen = 0;
  return {
    clock, drive, script, file,
    put: (event) => { events.put(event); },
    polled: () => polled,
    deltas: () => drive.asked.length,
    news: () => {
      const fresh = script.events.slice(seen);
      seen = script.events.length;
      return fresh.map((event) => ('via' in event ? `${event.type} ${event.via}` : event.type));
    },
  };
}

const at = ({ clock }: Scene): { time: number; target: string } => ({ time: clock.now(), target: 'me' });
const lose = (s: Scene, delayMs = 1_000): void => { s.put({ ...at(s), type: 'reconnecting', reason: 'the proxy returned 403', delayMs }); };
const connect = (s: Scene): void => { s.put({ ...at(s), type: 'ready' }); };

describe('a watch without a connection', () => {
  it('polls after a minute, says so once, and is ready from then on', async () => {
    const s = await start();
    lose(s);
    await s.clock.advance(BLIND_MS - 1);
    expect([s.news(), s.polled()]).toEqual([['reconnecting'], 0]);
    await s.clock.advance(1);
    expect([s.news(), s.polled()]).toEqual([['warning', 'ready poll'], 1]);
    expect(s.script.events).toContainEqual(expect.objectContaining({ type: 'warning', message: 'no connection to the push host (the proxy returned 403); polling until connected' }));
    s.drive.edit(s.file);
    await s.clock.advance(10_000);
    expect(s.news()).toEqual(['change poll']);
    for (let attempts = 0; attempts < 5; attempts += 1) {
      lose(s);
      await s.clock.advance(30_000);
    }
    expect(s.news()).toEqual([]);
    await s.script.stop();
    expect(s.polled()).toBe(0);
    expect(s.news()).toEqual([]);
  });

  it('polls after a minute even if the first attempt is still running', async () => {
    const s = await start();
    await s.clock.advance(BLIND_MS);
    expect([s.news(), s.polled()]).toEqual([['warning', 'ready poll'], 1]);
    expect(s.script.events).toContainEqual(expect.objectContaining({ type: 'warning', message: 'no connection to the push host (connecting is taking too long); polling until connected' }));
    await s.script.stop();
  });

  it('polls at once if the next attempt is far away', async () => {
    const s = await start();
    lose(s, 300_000);
    await s.clock.advance(0);
    expect(s.news()).toEqual(['reconnecting', 'warning', 'ready poll']);
    await s.script.stop();
  });

  it('stops polling once connected, says so once, and misses nothing in between', async () => {
    const s = await start();
    lose(s);
    await s.clock.advance(BLIND_MS);
    s.news();
    s.drive.edit(s.file);
    connect(s);
    await s.clock.advance(1_000);
    expect([s.news(), s.polled()]).toEqual([['warning', 'ready', 'change catchup'], 0]);
    expect(s.script.events).toContainEqual(expect.objectContaining({ type: 'warning', message: 'connected to the push host; no longer polling' }));
    await s.clock.advance(5 * 60_000);
    const before = s.deltas();
    await s.clock.advance(30 * 60_000);
    expect(s.deltas()).toBe(before);
    s.drive.edit(s.file);
    s.put({ ...at(s), type: 'notification', data: {} });
    await s.clock.advance(0);
    expect(s.news()).toEqual(['change push']);
    await s.script.stop();
  });

  it('does so each time the connection is lost and comes back', async () => {
    const s = await start();
    for (let times = 0; times < 3; times += 1) {
      lose(s);
      await s.clock.advance(BLIND_MS);
      connect(s);
      await s.clock.advance(0);
      expect([s.news(), s.polled()]).toEqual([['reconnecting', 'warning', 'ready poll', 'warning', 'ready'], 0]);
    }
    await s.script.stop();
  });

  it('says nothing about a connection that is back within a minute', async () => {
    const s = await start();
    connect(s);
    await s.clock.advance(1_000);
    lose(s);
    await s.clock.advance(BLIND_MS - 1_000);
    connect(s);
    await s.clock.advance(10 * 60_000);
    expect([s.news(), s.polled()]).toEqual([['ready', 'reconnecting', 'ready'], 0]);
    await s.script.stop();
  });

  it('is not ready until delta answers, and reports when delta stops answering', async () => {
    const s = await start();
    lose(s);
    const outage = (): WatchError => new WatchError('network', 'unreachable', { retryAfterMs: 30_000 });
    s.drive.failures.push(outage(), outage());
    await s.clock.advance(BLIND_MS);
    expect(s.news()).toEqual(['reconnecting', 'warning']);
    await s.clock.advance(60_000);
    expect(s.news()).toEqual(['warning', 'warning', 'ready poll']);
    s.drive.failures.push(outage());
    await s.clock.advance(60_000);
    expect(s.news()).toEqual(['reconnecting', 'ready poll']);
    await s.script.stop();
  });
});
