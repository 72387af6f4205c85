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

it('reads what is shorter than a mark', () => {
  for (const bytes of [[], [0xff], [0xfe], [0xef, 0xbb]]) expect(isPlainUtf8(Uint8Array.from(bytes))).toBe(true);
  expect(decodeText(Uint8Array.from([]))).toBe('');
});

describe('a text file', () => {
  it('is read up to a limit, and a device is not read to its end', async () => {
    await expect(readTextFile('/dev/zero', 64 * 1024)).rejects.toThrow('it is larger than 64 KiB');
    await expect(readTextFile('/dev/null', 64 * 1024)).resolves.toBe('');
    await expect(readTextFile('/no/such/file', 64 * 1024)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
