import { describe, expect, it } from '@jest/globals';
import { decodeText } from '../../../src/lib/text.ts';

const TEXT = 'drive b!ü\r\n# 日本 👩\n';
const utf16 = (mark: number[], text: string): Buffer => Buffer.concat([Buffer.from(mark), Buffer.from(text, 'utf16le')]);

describe('the text of a file', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${TEXT}`)],
    ['UTF-16, little end first', utf16([0xff, 0xfe], TEXT)],
    ['UTF-16, big end first', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(TEXT, 'utf16le').swap16()])],
  ])('is read from %s', (_name, bytes) => {
    expect(decodeText(bytes)).toBe(TEXT);
  });

  it('may be empty, or not be text at all', () => {
    expect(decodeText(new Uint8Array())).toBe('');
    expect(decodeText(Buffer.from([0xff]))).toBe('\ufffd');
    expect(decodeText(Buffer.from([0xff, 0xfe, 0x41]))).toBe('\ufffd');
  });
});
