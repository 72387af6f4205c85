import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decodedText, openBytes } from '../../../src/lib/text-stream.ts';

const TEXT = 'tökén 🙂\n'.repeat(3);
const utf16le = Buffer.from(`\ufeff${TEXT}`, 'utf16le');

async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield await Promise.resolve(bytes.subarray(at, at + length));
}

async function all<T extends string | Uint8Array>(source: AsyncIterable<T>): Promise<string> {
  let text = '';
  for await (const piece of source) text += typeof piece === 'string' ? piece : Buffer.from(piece).toString('latin1');
  return text;
}

describe.each([1, 2, 5, 1_000])('in pieces of %d bytes', (length) => {
  it.each([
    ['UTF-8', Buffer.from(TEXT)], ['UTF-8 with a mark', Buffer.from(`\ufeff${TEXT}`)], ['UTF-16LE', utf16le], ['UTF-16BE', Buffer.from(utf16le).swap16()],
    ['gzip', gzipSync(TEXT)], ['gzip over UTF-16LE', gzipSync(utf16le)], ['gzip in two members', Buffer.concat([gzipSync(TEXT.slice(0, 9)), gzipSync(TEXT.slice(9))])],
  ])('%s is decoded', async (_what, bytes) => {
    expect(await all(decodedText(pieces(bytes, length)))).toBe(TEXT);
  });
});

it('decodes nothing, and what is shorter than a byte order mark', async () => {
  expect(await all(decodedText(pieces(Buffer.alloc(0), 1)))).toBe('');
  expect(await all(decodedText(pieces(Buffer.from('a'), 1)))).toBe('a');
});

it('reports that compressed bytes end early, after their content', async () => {
  const bytes = gzipSync(TEXT);
  await expect(all(decodedText(pieces(bytes.subarray(0, -9), 1_000)))).rejects.toMatchObject({ code: 'Z_BUF_ERROR' });
});

describe('a file', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'graph-watch-text-')); });
  afterEach(() => { rmSync(folder, { recursive: true }); });
  const never = new AbortController().signal;

  it('is read to its end, and a named pipe too', async () => {
    writeFileSync(join(folder, 'file'), 'plain\n'.repeat(50_000));
    expect(await all(openBytes(join(folder, 'file'), never))).toBe('plain\n'.repeat(50_000));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const reading = all(openBytes(join(folder, 'pipe'), never));
    await writeFile(join(folder, 'pipe'), 'plain\n');
    expect(await reading).toBe('plain\n');
  });

  it('that is a folder, or missing, fails with the system\'s code', async () => {
    await expect(all(openBytes(folder, never))).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(all(openBytes(join(folder, 'none'), never))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is given up when the signal aborts', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const stop = new AbortController();
    const reading = all(openBytes(join(folder, 'pipe'), stop.signal));
    stop.abort();
    await expect(reading).rejects.toThrow();
  });
});
