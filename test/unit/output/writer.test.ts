import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WatchError } from '../../../src/errors.ts';
import { createWriter, ReaderGone } from '../../../src/output/writer.ts';
import { FakeOutput } from '../../support/fake-output.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';

/** Counts how many writes are under way at once. */
class CountingOutput extends FakeOutput {
  mostUnderWay = 0;
  #underWay = 0;

  override write(chunk: unknown, done?: unknown): boolean {
    this.#underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.#underWay);
    return super.write(chunk, (error) => {
      this.#underWay -= 1;
      (done as (error: Error | null | undefined) => void)(error);
    });
  }
}

describe('writing', () => {
  it('writes the first line of a turn at once, and further ones together at its end', async () => {
    const output = new FakeOutput();
    const writer = createWriter(output);
    void writer.write('1\n');
    expect(output.writes).toEqual(['1\n']);
    void writer.write('2\n');
    void writer.write('3\n');
    expect(output.writes).toEqual(['1\n']);
    await settle(2);
    expect(output.writes).toEqual(['1\n', '2\n3\n']);
    void writer.write('4\n');
    expect(output.writes).toEqual(['1\n', '2\n3\n', '4\n']);
  });

  it('does not write more at once than a pipe takes', async () => {
    const output = new FakeOutput({ highWaterMark: 1_000_000 });
    const writer = createWriter(output);
    for (let i = 0; i < 20; i += 1) void writer.write(`${String(i % 10).repeat(10_000)}\n`);
    await writer.flush(1_000);
    expect(output.text).toHaveLength(200_020);
    expect(Math.max(...output.writes.map(({ length }) => length))).toBeLessThan(80_000);
  });

  it('adds no listener for each of many callers that wait for a slow reader', async () => {
    const output = new FakeOutput({ highWaterMark: 10 });
    const hurry = new AbortController();
    const writer = createWriter(output, { hurry: hurry.signal });
    output.stall();
    const waiting = Array.from({ length: 50 }, (_, n) => Promise.resolve(writer.write(`more than ten characters ${n}\n`)));
    expect([output.listenerCount('drain'), getEventListeners(hurry.signal, 'abort').length, getEventListeners(writer.failed, 'abort').length]).toEqual([0, 1, 0]);
    output.flow();
    await Promise.all(waiting);
    await writer.flush(1_000);
    expect(output.lines).toHaveLength(50);
  });

  it('knows how much was taken, including part of the current write if that is known', async () => {
    const output = new FakeOutput({ highWaterMark: 10 });
    const writer = createWriter(output);
    await writer.write('ä\n');
    await settle(2);
    expect([writer.written, writer.taken]).toEqual([3, 3]);
    output.stall();
    void writer.write('1234567890\n');
    void writer.write('and more\n');
    await settle(2);
    expect([writer.written, writer.taken]).toEqual([23, 3]);
    Object.assign(output, { _handle: { writeQueueSize: 4 } });
    expect(writer.taken).toBe(10);
    output.flow();
    expect(await writer.flush(1_000)).toBe(true);
    expect(writer.taken).toBe(23);
  });

  it('ignores an empty text, whose end would be taken for that of the next line', async () => {
    const output = new FakeOutput();
    const writer = createWriter(output);
    void writer.write('');
    void writer.write('a line\n');
    expect(output.writes).toEqual(['a line\n']);
    expect(await writer.flush(1_000)).toBe(true);
    expect(writer.taken).toBe(7);
  });

  it('writes every byte once, in order, one write at a time, and never counts too many as accepted', async () => {
    const line = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `${text}\n`);
    const step = fc.oneof({ weight: 5, arbitrary: fc.record({ write: fc.oneof({ weight: 5, arbitrary: line }, fc.constantFrom('', `${'é'.repeat(40_000)}\n`)) }) }, fc.constantFrom('turn' as const, 'stall' as const, 'flow' as const));
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.constantFrom(10, 16_384), async (steps, highWaterMark) => {
      const output = new CountingOutput({ highWaterMark });
      const writer = createWriter(output);
      let given = '';
      for (const each of steps) {
        if (each === 'turn') await settle(2);
        else if (each === 'stall') output.stall();
        else if (each === 'flow') output.flow();
        else {
          given += each.write;
          void writer.write(each.write);
        }
        expect(given.startsWith(output.text)).toBe(true);
        // Node says so a little later.
        expect(writer.taken).toBeLessThanOrEqual(Buffer.byteLength(output.text));
      }
      output.flow();
      expect(await writer.flush(1_000)).toBe(true);
      expect(output.text).toBe(given);
      expect([writer.written, writer.taken]).toEqual([Buffer.byteLength(given), Buffer.byteLength(given)]);
      expect(output.mostUnderWay).toBeLessThanOrEqual(1);
    }));
  });

  it('keeps the order, however lines are combined', async () => {
    const output = new FakeOutput();
    const writer = createWriter(output);
    const wanted: string[] = [];
    for (let i = 0; i < 5_000; i += 1) {
      wanted.push(`line ${i} ${'x'.repeat(i % 100)}`);
      await writer.write(`${wanted.at(-1) ?? ''}\n`);
      if (i % 777 === 0) await settle(1);
    }
    await writer.flush(1_000);
    expect(output.lines).toEqual(wanted);
  });

  it('waits for a slow reader, and continues when it has taken what there was', async () => {
    const output = new FakeOutput({ highWaterMark: 10 });
    const writer = createWriter(output);
    output.stall();
    let written = false;
    const waiting = Promise.resolve(writer.write('more than ten characters\n')).then(() => { written = true; });
    await settle();
    expect(written).toBe(false);
    output.flow();
    await waiting;
    expect(output.text).toBe('more than ten characters\n');
    expect(output.listenerCount('drain')).toBe(0);
  });

  it('waits for nobody once it must hurry', async () => {
    const output = new FakeOutput({ highWaterMark: 10 });
    const hurry = new AbortController();
    const writer = createWriter(output, { hurry: hurry.signal });
    output.stall();
    const waiting = writer.write('more than ten characters\n');
    hurry.abort();
    await waiting;
    await writer.write('and more\n');
    output.flow();
    expect(await writer.flush(1_000)).toBe(true);
    expect(output.text).toBe('more than ten characters\nand more\n');
  });
});

describe('a reader that went away', () => {
  it.each(['EPIPE', 'ECONNRESET', 'EIO', 'ERR_STREAM_DESTROYED'])('is not an error (%s)', async (code) => {
    const output = new FakeOutput();
    const writer = createWriter(output);
    output.breakWith(code);
    void writer.write('1\n');
    await writer.flush(1_000);
    expect(writer.failed.reason).toBeInstanceOf(ReaderGone);
  });

  it('ends the wait of those who write; later lines are dropped', async () => {
    const output = new FakeOutput({ highWaterMark: 1 });
    const writer = createWriter(output);
    output.stall();
    output.breakWith('EPIPE');
    const waiting = writer.write('1\n');
    output.flow();
    await waiting;
    await writer.write('2\n');
    await settle(2);
    expect(await writer.flush(1_000)).toBe(true);
    expect(output.text).toBe('');
  });
});

describe('a file', () => {
  const fileLike = (midLine: boolean): FakeOutput => Object.assign(new FakeOutput(), { endsMidLine: () => midLine });

  it.each([[true, '\n1\n2\n'], [false, '1\n2\n']])('that ends in the middle of a line (%p) is continued on a new one', async (midLine, text) => {
    const output = fileLike(midLine);
    const writer = createWriter(output, { lines: true });
    void writer.write('1\n');
    void writer.write('2\n');
    await writer.flush(1_000);
    expect(output.text).toBe(text);
    expect(writer.taken).toBe(writer.written);
  });

  it('is left unchanged if something other than lines is written, or nothing', async () => {
    const output = fileLike(true);
    const writer = createWriter(output);
    void writer.write('1');
    await writer.flush(1_000);
    expect(output.text).toBe('1');
    const unused = fileLike(true);
    createWriter(unused, { lines: true });
    await settle(2);
    expect(unused.text).toBe('');
  });

  it.each(['EIO', 'ENOSPC', 'EDQUOT', 'EFBIG'])('that takes nothing more (%s) is an error, since it has no reader that could go away', async (code) => {
    const output = fileLike(false);
    const writer = createWriter(output, { lines: true });
    output.breakWith(code);
    void writer.write('1\n');
    await writer.flush(1_000);
    expect(writer.failed.reason).toBeInstanceOf(WatchError);
    expect(writer.failed.reason).toMatchObject({ code });
    expect(writer.taken).toBe(0);
  });
});

describe('a stream that fails', () => {
  it('is an error that says what to check', async () => {
    const output = new FakeOutput();
    const writer = createWriter(output);
    output.breakWith('ENOSPC');
    void writer.write('1\n');
    await writer.flush(1_000);
    expect(writer.failed.reason).toMatchObject({
      name: 'WatchError', code: 'ENOSPC', message: 'could not write to stdout: write ENOSPC', hint: expect.stringContaining('disk'),
    });
  });

  it('is an error even if it throws at once', async () => {
    const output = new FakeOutput();
    output.write = () => {
      throw Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' });
    };
    const writer = createWriter(output);
    void writer.write('1\n');
    await writer.flush(1_000);
    expect(writer.failed.reason).toMatchObject({ code: 'ENOSPC' });
  });

  it('is known when the flush is over, even if its error event comes later', async () => {
    const output = new FakeOutput();
    const writer = createWriter(output);
    output.breakWith('ENOSPC');
    await Promise.resolve();
    void writer.write('1\n');
    const flushed = writer.flush(1_000);
    await flushed;
    expect(writer.failed.aborted).toBe(true);
  });
});

describe('flushing', () => {
  it('resolves at once if nothing waits', async () => {
    expect(await createWriter(new FakeOutput()).flush(1_000)).toBe(true);
  });

  it('writes what was gathered, and waits until it is taken', async () => {
    const output = new FakeOutput();
    const writer = createWriter(output);
    output.stall();
    void writer.write('1\n');
    void writer.write('2\n');
    let flushed = false;
    const flush = writer.flush(60_000).then((all) => { flushed = all; });
    await settle();
    expect(flushed).toBe(false);
    output.flow();
    await flush;
    expect([flushed, output.text]).toEqual([true, '1\n2\n']);
  });

  it('leaves no listener behind, however often', async () => {
    const writer = createWriter(new FakeOutput());
    for (let i = 0; i < 20; i += 1) await writer.flush(1_000);
    const stalled = new FakeOutput();
    stalled.stall();
    const other = createWriter(stalled);
    void other.write('1\n');
    await other.flush(1);
    expect([...getEventListeners(writer.failed, 'abort'), ...getEventListeners(other.failed, 'abort')]).toEqual([]);
  });

  it('gives up on a reader that takes nothing', async () => {
    const output = new FakeOutput();
    const writer = createWriter(output);
    output.stall();
    void writer.write('1\n');
    expect(await writer.flush(1)).toBe(false);
  });

  it('waits longer for one that keeps reading, but not indefinitely', async () => {
    const output = new FakeOutput();
    const clock = steppedClock();
    const writer = createWriter(output, { clock });
    output.stall();
    void writer.write('1234567890\n');
    let left = 11;
    let looks = 0;
    // Each look finds one byte less in the system's queue.
    Object.assign(output, { _handle: { get writeQueueSize() { looks += 1; left -= 1; return Math.max(1, left); } } });
    const flush = writer.flush(1_000);
    await clock.advance(60_000);
    expect(await flush).toBe(false);
    expect(clock.sleeps).toEqual([1_000, 1_000, 1_000, 1_000]);
    expect(looks).toBeGreaterThan(4);
    expect(looks).toBeLessThan(11);
  });

  it('ends if the reader goes away meanwhile', async () => {
    const output = new FakeOutput();
    const writer = createWriter(output);
    output.stall();
    void writer.write('1\n');
    const flush = writer.flush(60_000);
    output.breakWith('EPIPE');
    output.flow();
    expect(await flush).toBe(true);
    expect(writer.failed.reason).toBeInstanceOf(ReaderGone);
  });
});
