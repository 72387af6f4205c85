import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileOutput, fileOutput, type WriteBytes } from '../../../src/lib/file-output.ts';

let folder: string;
const descriptors: number[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graph-watch-file-output-'));
});
afterEach(() => {
  for (const fd of descriptors.splice(0)) closeSync(fd);
  rmSync(folder, { recursive: true, force: true });
});

function opened(flags = 'a'): { path: string; fd: number } {
  const path = join(folder, 'out');
  const fd = openSync(path, flags);
  descriptors.push(fd);
  return { path, fd };
}
const written = (output: FileOutput, text: string): Promise<Error | null | undefined> =>
  new Promise((resolve) => {
    output.on('error', () => undefined);
    output.write(text, resolve);
  });
/** A disk with room for this many bytes, which takes at most `atOnce` of them at a time. */
const disk = (room: number, atOnce = Infinity): WriteBytes & { taken: string } => {
  let left = room;
  const write = (_fd: number, bytes: Uint8Array, offset: number): number => {
    const taken = Math.min(left, atOnce, bytes.length - offset);
    if (taken === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    left -= taken;
    write.taken += Buffer.from(bytes.subarray(offset, offset + taken)).toString();
    return taken;
  };
  write.taken = '';
  return write;
};

describe('a stream to a file', () => {
  it('writes the rest if the system takes only a part', async () => {
    const write = disk(100, 7);
    const output = new FileOutput(1, write);
    expect(await written(output, 'a line of some twenty bytes\n')).toBeFalsy();
    expect([write.taken, output.untakenBytes]).toEqual(['a line of some twenty bytes\n', 0]);
  });

  it.each([[10, 'half'], [0, 'nothing'], [19, 'all but the end of the line']])('fails if the disk takes only %i bytes: %s', async (room) => {
    const write = disk(room);
    const output = new FileOutput(1, write);
    expect(await written(output, '1234567890123456789\n')).toMatchObject({ code: 'ENOSPC' });
    expect([write.taken.length, output.untakenBytes]).toEqual([room, 20 - room]);
  });

  it('fails if the system takes nothing without an error, instead of trying forever', async () => {
    expect(await written(new FileOutput(1, () => 0), 'x\n')).toMatchObject({ code: 'EIO' });
  });

  it('writes to the file itself', async () => {
    const { path, fd } = opened();
    expect(await written(new FileOutput(fd), 'ä\n')).toBeFalsy();
    expect(readFileSync(path, 'utf8')).toBe('ä\n');
  });
});

describe('stdout', () => {
  it('is written directly if it is a regular file, otherwise by Node\'s stream', () => {
    expect(fileOutput(opened().fd)).toBeInstanceOf(FileOutput);
    const device = openSync('/dev/null', 'w');
    descriptors.push(device);
    expect(fileOutput(device)).toBeUndefined();
    expect(fileOutput(987_654)).toBeUndefined();
  });
});

describe('a file that ends in the middle of a line', () => {
  it.each([['', false], ['whole\n', false], ['whole\nhal', true], ['{', true], ['\n', false]])('is noticed: %j', (content, midLine) => {
    writeFileSync(join(folder, 'out'), content);
    expect(new FileOutput(opened().fd).endsMidLine()).toBe(midLine);
  });

  it('is noticed even if the file was opened only for writing, and its name is gone', () => {
    const { path, fd } = opened('w');
    writeSync(fd, 'half');
    rmSync(path);
    expect(new FileOutput(fd).endsMidLine()).toBe(process.platform === 'linux');
  });
});
