import { describe, expect, it } from '@jest/globals';
import { printAll, printBytes } from '../../../src/app/printing.ts';
import { WatchError } from '../../../src/errors.ts';
import { FakeOutput } from '../../support/fake-output.ts';
import { settle } from '../../support/stepped-clock.ts';

/** Pieces, and a count of how many were pulled. */
function counted(count: number): { asked: number; ended: boolean; pieces: AsyncGenerator<Buffer, void, undefined> } {
  const state = { asked: 0, ended: false, pieces: undefined as unknown as AsyncGenerator<Buffer, void, undefined> };
  state.pieces = (async function* () {
    try {
      while (state.asked < count) {
        state.asked += 1;
        yield await Promise.resolve(Buffer.from(`${state.asked},`));
      }
    } finally {
      state.ended = true;
    }
  })();
  return state;
}

describe('bytes on their way to stdout', () => {
  it('are pulled no faster than the reader takes them', async () => {
    const stdout = new FakeOutput();
    stdout.stall();
    const source = counted(5);
    const done = printBytes(stdout, source.pieces, new AbortController().signal);
    await settle();
    expect(source.asked).toBe(1);
    stdout.flow();
    expect([await done, stdout.text, source.ended]).toEqual([true, '1,2,3,4,5,', true]);
  });

  it('end quietly if the reader goes away, and with an error if the disk is full', async () => {
    const stdout = new FakeOutput();
    stdout.on('error', () => undefined).breakWith('EPIPE');
    const source = counted(5);
    expect([await printBytes(stdout, source.pieces, new AbortController().signal), source.asked, source.ended]).toEqual([false, 1, true]);
    const full = new FakeOutput();
    full.on('error', () => undefined).breakWith('ENOSPC');
    await expect(printBytes(full, counted(5).pieces, new AbortController().signal)).rejects.toThrow(WatchError);
  });

  it('end at once when aborted, whatever the reader does', async () => {
    const stdout = new FakeOutput();
    stdout.stall();
    const stop = new AbortController();
    const source = counted(5);
    const done = printBytes(stdout, source.pieces, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(done).rejects.toThrow('stopped');
    expect(source.ended).toBe(true);
  });
});

it('text for a reader that went away is no longer pulled', async () => {
  const stdout = new FakeOutput();
  stdout.breakWith('EPIPE');
  let asked = 0;
  const pieces = (async function* () {
    for (; asked < 1_000;) {
      asked += 1;
      yield await Promise.resolve('line\n');
      await settle();
    }
  })();
  expect(await printAll(stdout, pieces)).toBe(false);
  expect(asked).toBeLessThan(5);
});
