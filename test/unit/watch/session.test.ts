import { describe, expect, it } from '@jest/globals';
import { WatchError } from '../../../src/errors.ts';
import type { IndexingEvent, WatchEvent } from '../../../src/events.ts';
import { change, checkpoint, sessionScene, type SessionScene } from '../../support/session-scene.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';

const namesIn = (lines: readonly string[]): string[] => lines.map((line) => (JSON.parse(line) as { item: { name: string } }).item.name);

describe('a position', () => {
  it('moves only past what stdout took', async () => {
    const { surroundings: { stdout }, put, end, done } = sessionScene();
    const committed: number[] = [];
    stdout.stall();
    put(change('a'), change('b'), checkpoint(() => committed.push(1)));
    await settle();
    expect([committed, stdout.lines]).toEqual([[], []]);
    stdout.flow();
    put(change('c'), checkpoint(() => committed.push(2)));
    end();
    expect(await done).toBe(0);
    expect([committed, namesIn(stdout.lines)]).toEqual([[1, 2], ['a', 'b', 'c']]);
  });

  it('moves only after each line is taken, even with pretty output', async () => {
    const { surroundings: { stdout }, put, end, done } = sessionScene({ output: 'pretty' });
    const committed: number[] = [];
    put(change('a'), checkpoint(() => committed.push(1)));
    await stdout.until('/a');
    stdout.stall();
    put(change('b'), checkpoint(() => committed.push(2)));
    await settle();
    expect(committed).toEqual([1]);
    stdout.flow();
    await stdout.until('/b');
    end();
    expect(await done).toBe(0);
    expect(committed).toEqual([1, 2]);
  });

  it.each(['ENOSPC', 'EPIPE'])('stays where it is if stdout takes nothing more (%s)', async (code) => {
    const { surroundings: { stdout, stderr }, put, settled, done } = sessionScene();
    let commits = 0;
    stdout.breakWith(code);
    put(change('a'), checkpoint(() => { commits += 1; }));
    expect(await done).toBe(code === 'EPIPE' ? 0 : 1);
    expect([commits, settled]).toEqual([0, []]);
    expect(stderr.text.includes('could not write to stdout')).toBe(code !== 'EPIPE');
  });

  it('is stored up to the last change that stdout took if a round is cut short', async () => {
    const clock = steppedClock();
    const { surroundings, put, settled, done } = sessionScene({}, { clock });
    const { stdout } = surroundings;
    const [first, second, third] = [change('a'), change('b'), change('c')];
    put(first, second);
    await stdout.until('"b"');
    await settle();
    stdout.stall();
    put(third);
    await settle();
    surroundings.raise('SIGINT');
    await clock.advance(10_000);
    expect(await done).toBe(130);
    expect(settled).toEqual([second]);
    expect(surroundings.stderr.text).toContain('warning: the reader of stdout did not read 1 of 3 events\n');
  });
});

describe('a reader that stalls at the end', () => {
  it('turns a count that was reached into an error', async () => {
    const clock = steppedClock();
    const { surroundings: { stdout, stderr }, put, settled, done } = sessionScene({ count: 2 }, { clock });
    stdout.stall();
    put(change('a'), change('b'));
    await clock.advance(10_000);
    expect(await done).toBe(1);
    expect(stderr.text).toMatch(/^error: the reader of stdout did not read 2 of 2 events\.\nCheck the program that reads stdout/);
    expect(settled).toEqual([]);
  });

  it('is distinguished from a slow one', async () => {
    const { surroundings: { stdout, stderr }, put, settled, done } = sessionScene({ count: 2 });
    stdout.stall();
    const last = change('b');
    put(change('a'), last);
    await settle();
    stdout.flow();
    expect(await done).toBe(0);
    expect(stderr.text).not.toContain('did not read');
    expect(settled).toEqual([last]);
  });

  it('is distinguished from one that went away', async () => {
    const { surroundings: { stdout, stderr }, put, done } = sessionScene();
    stdout.stall();
    put(change('a'), change('b'));
    await settle();
    stdout.breakWith('EPIPE');
    stdout.flow();
    expect(await done).toBe(0);
    expect(stderr.text).not.toContain('did not read');
  });
});

describe('a watch that failed', () => {
  const refused = new WatchError('refused', 'Graph refuses this drive.', { status: 403 });

  it.each<[string, WatchEvent, (scene: SessionScene) => void, { code: number; said: string }?]>([
    ['--timeout runs out while the last change is waited for', change('a'), () => undefined],
    ['--timeout runs out while the last record is waited for', { type: 'ready', time: 0, target: 'me' }, () => undefined],
    ['Ctrl-C is pressed meanwhile', change('a'), ({ surroundings }) => { surroundings.raise('SIGINT'); }, { code: 130, said: 'warning: Graph refuses this drive.' }],
    ['the reader closes the pipe meanwhile', change('a'), ({ surroundings }) => { surroundings.stdout.breakWith('EPIPE'); surroundings.stdout.flow(); }],
  ])('still says so if %s', async (_name, last, stop, { code, said } = { code: 5, said: 'error: Graph refuses this drive.\n' }) => {
    const clock = steppedClock();
    const scene = sessionScene({ lifecycle: true, timeoutMs: 60_000 }, { clock });
    const { surroundings: { stdout, stderr }, put, fail, done } = scene;
    await clock.advance(59_000);
    stdout.stall();
    put(last);
    await settle();
    fail(refused);
    await settle();
    stop(scene);
    await clock.advance(10_000);
    expect(await done).toBe(code);
    expect(stderr.text).toContain(said);
  });

  it('says so without its control characters', async () => {
    const clock = steppedClock();
    const { surroundings, put, fail, done } = sessionScene({ lifecycle: true }, { clock });
    surroundings.stdout.stall();
    put(change('a'));
    await settle();
    fail(new WatchError('refused', 'no\u001b[2J\u202e', { status: 403 }));
    await settle();
    surroundings.raise('SIGINT');
    await clock.advance(10_000);
    expect(await done).toBe(130);
    expect(surroundings.stderr.text).toMatch(/warning: no.*\n/);
    for (const character of ['\u001b', '\u202e']) expect(surroundings.stderr.text).not.toContain(character);
  });

  it('because it was stopped says only that', async () => {
    const { surroundings, put, done } = sessionScene({}, { stopsWith: refused });
    put(change('a'));
    await surroundings.stdout.until('"a"');
    surroundings.raise('SIGINT');
    expect(await done).toBe(130);
    expect(surroundings.stderr.text).not.toContain('refuses');
  });

  it('after its stream had ended still says so if --timeout runs out while the last record is waited for', async () => {
    const clock = steppedClock();
    const { surroundings: { stdout, stderr }, put, end, done } = sessionScene({ lifecycle: true, timeoutMs: 1_000 }, { clock, endsWith: refused });
    stdout.stall();
    put({ type: 'ready', time: 0, target: 'me' });
    await settle();
    end();
    await clock.advance(10_000);
    expect(await done).toBe(5);
    expect(stderr.text).toContain('error: Graph refuses this drive.\n');
  });
});

describe('the last records', () => {
  const endOf = (scene: SessionScene): string[] => scene.surroundings.stdout.lines.map((line) => (JSON.parse(line) as { type: string }).type);

  it('are waited for with a reader that has taken everything else', async () => {
    const clock = steppedClock();
    const scene = sessionScene({ lifecycle: true }, { clock });
    const { surroundings: { stdout }, put, end, done } = scene;
    put(change('a'));
    await stdout.until('"a"');
    await settle();
    stdout.stall();
    end();
    await clock.advance(1_999);
    stdout.flow();
    expect(await done).toBe(0);
    expect(endOf(scene)).toEqual(['change', 'end']);
    expect(clock.sleeps).toEqual([2_000]);
  });

  it('are not waited for with a reader that has just been waited for in vain', async () => {
    const clock = steppedClock();
    const { surroundings, put, done } = sessionScene({ lifecycle: true }, { clock });
    surroundings.stdout.stall();
    put(change('a'), change('b'));
    await settle();
    surroundings.raise('SIGINT');
    await clock.advance(10_000);
    expect(await done).toBe(130);
    expect(clock.sleeps).toEqual([2_000, 2_000, 0]);
  });
});

describe('a file as stdout', () => {
  it('that ends in the middle of a line gets the next record on a new line', async () => {
    const { surroundings: { stdout }, put, done } = sessionScene({ count: 1 });
    Object.assign(stdout, { endsMidLine: () => true });
    put(change('a'));
    expect(await done).toBe(0);
    expect([stdout.lines[0], namesIn(stdout.lines.slice(1))]).toEqual(['', ['a']]);
  });
});

describe('a background enumeration', () => {
  const indexing = (how: Partial<IndexingEvent>): IndexingEvent => ({ type: 'indexing', time: 0, target: 'me', stage: 'done', items: 5, unnamed: 0, elapsedMs: 100, ...how });

  it.each<[string, Partial<IndexingEvent>, RegExp | undefined]>([
    ['that was quick, and left no change without its previous name', {}, undefined],
    ['that is still running', { stage: 'listing', elapsedMs: 60_000 }, undefined],
    ['that took a while', { elapsedMs: 60_000 }, /indexed {3}5 items: .* from now on$/m],
    ['that came too late for a change', { unnamed: 1 }, /1 earlier change may lack/],
    ['that was given up', { stage: 'incomplete', reason: 'the drive is odd' }, /not indexed {2}the drive is odd;/],
  ])('%s is reported only if it matters to somebody, and never on stdout', async (_name, how, line) => {
    const { surroundings: { stdout, stderr }, put, end, done } = sessionScene({ lifecycle: true });
    put(indexing(how));
    end();
    expect(await done).toBe(0);
    expect(stdout.lines.map((text) => (JSON.parse(text) as { type: string }).type)).toEqual(['end']);
    if (line === undefined) expect(stderr.text).not.toContain('indexed');
    else expect(stderr.text).toMatch(line);
  });
});
