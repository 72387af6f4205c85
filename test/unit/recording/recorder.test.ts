import { describe, expect, it } from '@jest/globals';
import { usageError, WatchError } from '../../../src/errors.ts';
import { HIGH_WATER } from '../../../src/lib/bounded-queue.ts';
import { Recorder } from '../../../src/recording/recorder.ts';
import { change } from '../../support/session-scene.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';

/** A recorder with a string as its file, which can be full. */
function scene({ room = 1_000_000 } = {}) {
  const clock = steppedClock();
  const stop = new AbortController();
  const file = { text: '', batches: [] as string[], failure: undefined as Error | undefined, stalled: undefined as Promise<void> | undefined, closed: 0 };
  const troubles: (string | undefined)[] = [];
  const recorder = new Recorder({
    clock, signal: stop.signal, path: 'events.ndjson',
    file: {
      room: () => Promise.resolve(room),
      append: async (bytes) => {
        await file.stalled;
        if (file.failure !== undefined) throw file.failure;
        file.text += Buffer.from(bytes).toString();
        file.batches.push(Buffer.from(bytes).toString());
      },
      close: () => Promise.resolve(void (file.closed += 1)),
    },
    onTrouble: (reason) => { troubles.push(reason); },
  });
  const add = (text: string, counts = true): Promise<void> => recorder.add(`${text}\n`, { origin: undefined, counts });
  return { clock, stop, file, troubles, recorder, add };
}
const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

describe('records', () => {
  it('are written in order as they arrive, several at once if they arrive together', async () => {
    const { file, recorder, add } = scene();
    await Promise.all(['a', 'b', 'c'].map((text) => add(text)));
    await recorder.drain();
    expect(file.text).toBe('a\nb\nc\n');
    expect(file.batches.length).toBeLessThan(3);
    expect(recorder.undone).toBe(0);
  });

  it('are not written together if they do not fit into the file', async () => {
    const { file, recorder, add } = scene({ room: 4 });
    await Promise.all(['a', 'b', 'c', 'long enough'].map((text) => add(text)));
    await recorder.drain();
    expect(file.batches.every((batch) => batch.length <= 4 || batch === 'long enough\n')).toBe(true);
  });

  it('hold back a position until they are written', async () => {
    const { clock, file, recorder, add } = scene();
    const committed: string[] = [];
    file.failure = full;
    await add('a');
    await recorder.checkpoint(() => Promise.resolve(void committed.push(file.text)));
    await settle();
    expect(committed).toEqual([]);
    file.failure = undefined;
    await clock.advance(1_000);
    expect(committed).toEqual(['a\n']);
  });

  it('count as handled once they are written', async () => {
    const { file, recorder } = scene();
    const stream = {};
    const [first, second] = [change('first'), change('second')];
    file.failure = full;
    await recorder.add('1\n', { origin: { stream, before: undefined }, counts: true });
    await recorder.add('2\n', { origin: { stream, before: first }, counts: true });
    expect(recorder.doneUpTo(stream, second)).toBeUndefined();
    expect(recorder.doneUpTo({}, second)).toBe(second);
    expect(recorder.undone).toBe(2);
  });
});

it('the position of a lost stream does not move, but its records are written', async () => {
  const { clock, file, recorder, add } = scene();
  const [lost, other] = [{}, {}];
  const committed: string[] = [];
  file.failure = full;
  await add('a');
  await recorder.checkpoint(() => Promise.resolve(void committed.push('lost')), lost);
  await recorder.checkpoint(() => Promise.resolve(void committed.push('other')), other);
  recorder.forget(lost);
  file.failure = undefined;
  await clock.advance(1_000);
  expect([file.text, committed]).toEqual(['a\n', ['other']]);
});

describe('a full disk', () => {
  it('is reported once, and nothing is lost once there is room again', async () => {
    const { clock, file, troubles, recorder, add } = scene();
    file.failure = full;
    await add('a');
    await clock.advance(5_000);
    await add('b');
    file.failure = undefined;
    await clock.advance(1_000);
    await recorder.drain();
    expect(file.text).toBe('a\nb\n');
    expect(troubles).toEqual([full.message, undefined]);
    expect(recorder.failed.aborted).toBe(false);
  });

  it('makes the watch wait once too many records are queued, and ends it after a minute', async () => {
    const { clock, file, recorder, add } = scene();
    file.failure = full;
    for (let count = 1; count < HIGH_WATER; count += 1) await add('a');
    let added = false;
    void add('last').then(() => { added = true; });
    await clock.advance(50_000);
    expect([added, recorder.failed.aborted]).toEqual([false, false]);
    await clock.advance(12_000);
    expect(added).toBe(true);
    expect(recorder.failed.reason).toBeInstanceOf(WatchError);
    expect(recorder.failed.reason).toMatchObject({ category: 'internal', message: expect.stringContaining('events.ndjson could not be written') as unknown, hint: expect.stringContaining('full') as unknown });
    await recorder.drain();
    expect(recorder.undone).toBe(HIGH_WATER);
  });

  it('is not waited for when the watch ends', async () => {
    const { clock, stop, file, recorder, add } = scene();
    file.failure = full;
    await add('a');
    stop.abort();
    const drained = recorder.drain();
    await clock.advance(2_000);
    await drained;
    expect([recorder.undone, recorder.failed.aborted]).toEqual([1, false]);
  });
});

it('a file that was replaced by something else ends the watch at once', async () => {
  const { file, recorder, add } = scene();
  file.failure = usageError('The recording x cannot be written: it exists and is not a regular file.');
  await add('a');
  await settle();
  expect(recorder.failed.reason).toBe(file.failure);
});

it('the end record is still written, and then the file is closed', async () => {
  const { stop, file, recorder, add } = scene();
  await add('a');
  stop.abort();
  await add('end', false);
  await recorder.drain();
  await recorder.close();
  expect([file.text, file.closed]).toEqual(['a\nend\n', 1]);
  await add('too late', false);
  expect(file.text).toBe('a\nend\n');
});

it('a write that is under way finishes before the file is closed', async () => {
  const { file, recorder, add } = scene();
  let go = (): void => undefined;
  file.stalled = new Promise((resolve) => { go = resolve; });
  await add('a');
  await recorder.close();
  expect(file.closed).toBe(0);
  go();
  await settle();
  expect([file.text, file.closed]).toEqual(['a\n', 1]);
});
