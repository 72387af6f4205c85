import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { decodeText, isPlainUtf8, readTextFile } from '../../../src/lib/text-file.ts';

const TEXT = 'tökén 🙂\n';
const utf16le = Buffer.from(`\ufeff${TEXT}`, 'utf16le');

it.each([
  ['UTF-8', Buffer.from(TEXT), true], ['UTF-8 with a mark', Buffer.from(`\ufeff${TEXT}`), false],
  ['UTF-16LE', utf16le, false], ['UTF-16BE', Buffer.from(utf16le).swap16(), false],
])('reads %s', (_encoding, bytes, plain) => {
  expect(decodeText(bytes)).toBe(TEXT);
  expect(isPlainUtf8(bytes)).toBe(plain);
});

it('reads a file that is shorter than a byte order mark', () => {
  for (const bytes of [[], [0xff], [0xfe], [0xef, 0xbb]]) expect(isPlainUtf8(Uint8Array.from(bytes))).toBe(true);
  expect(decodeText(Uint8Array.from([]))).toBe('');
});

describe('a text file', () => {
  it('is read up to a limit, even if it is an endless device', async () => {
    await expect(readTextFile('/dev/zero', 64 * 1024)).rejects.toThrow('it is larger than 64 KiB');
    await expect(readTextFile('/dev/null', 64 * 1024)).resolves.toBe('');
    await expect(readTextFile('/no/such/file', 64 * 1024)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([['a named pipe', 'whole'], ['a named pipe that is written in pieces', 'pieces']])('may be %s', async (_what, kind) => {
    const folder = mkdtempSync(join(tmpdir(), 'graph-watch-pipe-'));
    const path = join(folder, 'pipe');
    try {
      execFileSync('mkfifo', [path]);
      const reading = readTextFile(path, 1024);
      const writer = kind === 'whole' ? writeFile(path, 'me\n') : open(path, 'w').then(async (handle) => {
        await handle.write('m');
        await handle.write('e\n');
        await handle.close();
      });
      expect(await reading).toBe('me\n');
      await writer;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is given up if its signal aborts while it is being opened', async () => {
    const stop = new AbortController();
    // As if it came right after the first check: the test cannot know how long opening takes.
    const { signal } = stop;
    let looks = 0;
    Object.defineProperty(signal, 'throwIfAborted', {
      value: () => {
        looks += 1;
        if (looks === 1) stop.abort(new Error('stopped'));
        else if (signal.aborted) throw signal.reason as Error;
      },
    });
    await expect(readTextFile('/dev/null', 1024, signal)).rejects.toThrow('stopped');
  });

  it('that is a pipe without a writer is given up when the signal aborts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'graph-watch-pipe-'));
    const path = join(folder, 'pipe');
    try {
      execFileSync('mkfifo', [path]);
      const stop = new AbortController();
      const reading = readTextFile(path, 1024, stop.signal);
      stop.abort();
      await expect(reading).rejects.toThrow();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
