import { describe, expect, it } from '@jest/globals';
import { WatchError } from '../../../src/errors.ts';
import type { WatchEvent } from '../../../src/events.ts';
import { memoryPositions, type Disk } from '../../support/memory-positions.ts';
import { ModelDrive } from '../../support/model-drive.ts';
import { startChanges, type ChangesScript, type ScriptOptions } from '../../support/changes-script.ts';
import { steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

const MINUTE = 60_000;

interface Scene {
  clock: SteppedClock;
  drive: ModelDrive;
  /** Makes such requests fail with this error from now on; `undefined` ends that. */
  failing(which: 'links' | 'everything', error: WatchError | undefined): void;
  start(more?: Partial<ScriptOptions>): Promise<ChangesScript>;
}

function scene(): Scene {
  const clock = steppedClock();
  const drive = new ModelDrive(clock.now);
  drive.seed('old.txt', 'root', false);
  const disk: Disk = { lines: [] };
  const page = drive.page.bind(drive);
  let fault: { which: string; error: WatchError; links: Set<string> | undefined } | undefined;
  drive.page = (start) => {
    const link = typeof start === 'object' && 'link' in start ? start.link : undefined;
    // The link in use when the fault begins is dead; later ones are good.
    if (fault?.which === 'links' && link !== undefined) fault.links ??= new Set([link]);
    const fails = fault !== undefined && (fault.which === 'everything' || (link !== undefined && fault.links?.has(link) === true));
    return fails ? Promise.reject(fault!.error) : page(start);
  };
  return {
    clock, drive,
    failing: (which, error) => { fault = error === undefined ? undefined : { which, error, links: undefined }; },
    start: (more = {}) => startChanges({ source: drive, clock, positions: memoryPositions(disk), ...more }),
  };
}
const answered = (status: number, code: string): WatchError => new WatchError(status >= 500 ? 'network' : 'refused', `Graph returned ${status} ${code}`, { status, code });
const reported = (script: ChangesScript): string[] => script.history().filter((line) => line !== 'ready' && line !== 'reconnecting' && line !== 'warning');
const gaps = (script: ChangesScript): Extract<WatchEvent, { type: 'gap' }>[] => script.events.filter((event) => event.type === 'gap');

const DEAD: [number, string][] = [[400, 'invalidRequest'], [404, 'itemNotFound'], [403, 'accessDenied'], [500, 'generalException'], [504, 'timeout']];

describe('a stored delta link that no longer works', () => {
  it.each(DEAD)('causes a gap if there is no index, and the run continues from now: %i %s', async (status, code) => {
    const here = scene();
    await (await here.start()).stop();
    here.failing('links', answered(status, code));
    here.drive.create('missed.txt', 'root', false);
    const script = await here.start();
    await here.clock.advance(MINUTE);
    here.drive.create('new.txt', 'root', false);
    script.tap();
    await here.clock.advance(MINUTE);
    expect(reported(script)).toEqual(['gap', 'created /new.txt']);
    expect(gaps(script)[0]!.reason).toContain(`${status} ${code}`);
    await script.stop();
    const next = await here.start();
    await next.stop();
    expect([reported(next), await next.over]).toEqual([[], undefined]);
  });

  it.each(DEAD)('causes a comparison if there is an index: %i %s', async (status, code) => {
    const here = scene();
    await (await here.start({ index: 'first' })).stop();
    here.failing('links', answered(status, code));
    here.drive.create('missed.txt', 'root', false);
    const script = await here.start({ index: 'first' });
    await here.clock.advance(MINUTE);
    expect(reported(script)).toEqual(['created /missed.txt']);
    await script.stop();
  });

  it.each(DEAD)('is noticed in a running watch too, after some minutes: %i %s', async (status, code) => {
    const here = scene();
    const script = await here.start();
    await here.clock.advance(10 * MINUTE);
    here.failing('links', answered(status, code));
    script.tap();
    await here.clock.advance(2 * MINUTE);
    expect(reported(script)).toEqual([]);
    await here.clock.advance(3 * MINUTE);
    expect(reported(script)).toEqual(['gap']);
    await script.stop();
    expect(await script.over).toBeUndefined();
  });
});

describe('a delta link that fails', () => {
  it.each(DEAD)('for a moment at the start is tried again: %i %s', async (status, code) => {
    const here = scene();
    await (await here.start()).stop();
    here.drive.create('a.txt', 'root', false);
    here.failing('links', answered(status, code));
    const script = await here.start();
    await here.clock.advance(5_000);
    here.failing('links', undefined);
    await here.clock.advance(MINUTE);
    expect(reported(script)).toEqual(['created /a.txt']);
    await script.stop();
  });

  it('along with everything else is not to blame', async () => {
    const here = scene();
    await (await here.start()).stop();
    here.failing('everything', answered(404, 'itemNotFound'));
    const gone = await here.start();
    await here.clock.advance(MINUTE);
    expect([reported(gone), await gone.over]).toEqual([[], expect.objectContaining({ category: 'refused', status: 404 })]);
    here.failing('everything', answered(503, 'serviceNotAvailable'));
    const busy = await here.start();
    await here.clock.advance(2 * MINUTE);
    expect([reported(busy), await busy.over]).toEqual([[], expect.objectContaining({ category: 'network', status: 503 })]);
  });
});

describe('the gaps of lost connections', () => {
  it('are reported once delta has answered, before the missed changes', async () => {
    const here = scene();
    const script = await here.start();
    await here.clock.advance(10 * MINUTE);
    script.lose();
    here.drive.create('a.txt', 'root', false);
    script.connectAfter(here.clock.now() - 5_000, here.clock.now());
    await here.clock.advance(0);
    expect(script.history().slice(-4)).toEqual(['reconnecting', 'ready', 'gap', 'created /a.txt']);
    expect(gaps(script)).toMatchObject([{ catchup: true, reason: 'lost', from: here.clock.now() - 5_000, to: here.clock.now() }]);
    await script.stop();
  });

  it('promise no catch-up for what a 410 has lost, and do not overlap with its gap', async () => {
    const here = scene();
    const script = await here.start();
    await here.clock.advance(10 * MINUTE);
    script.lose();
    here.drive.gone.push({ code: 'resyncRequired', location: 'none' });
    const first = here.clock.now() - 7_000;
    script.connectAfter(first, here.clock.now());
    await here.clock.advance(5_000);
    // A second outage. Nobody knows exactly when it began: before the first one ended.
    script.connectAfter(first + 1_000, here.clock.now());
    await here.clock.advance(5_000);
    const [lost, missed, ...more] = gaps(script);
    expect(more).toEqual([]);
    expect(lost).toMatchObject({ reason: expect.stringContaining('resyncRequired'), from: expect.any(Number) });
    expect(lost).not.toHaveProperty('catchup');
    expect(lost!.from).toBeLessThanOrEqual(first);
    expect(missed).toMatchObject({ catchup: true, from: lost!.to });
    await script.stop();
  });

  it('within a reported gap are not reported again', async () => {
    const here = scene();
    const script = await here.start();
    await here.clock.advance(10 * MINUTE);
    here.drive.gone.push({ code: 'resyncRequired', location: 'none' });
    script.tap();
    await here.clock.advance(0);
    script.connectAfter(here.clock.now() - 9_000, here.clock.now() - 1_000);
    await here.clock.advance(MINUTE);
    expect(gaps(script)).toHaveLength(1);
    await script.stop();
  });

  it('are merged if the connection is lost again before delta has answered, and are reported at the end of the watch anyway', async () => {
    const here = scene();
    const script = await here.start();
    await here.clock.advance(10 * MINUTE);
    here.failing('everything', answered(503, 'serviceNotAvailable'));
    const from = here.clock.now() - 3_000;
    script.connectAfter(from, here.clock.now());
    await here.clock.advance(MINUTE);
    script.connectAfter(here.clock.now() - 2_000, here.clock.now());
    await here.clock.advance(0);
    const to = here.clock.now();
    await script.stop();
    expect(gaps(script)).toMatchObject([{ from, to }]);
    expect(gaps(script)[0]).not.toHaveProperty('catchup');
  });
});
