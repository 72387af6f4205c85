/**
 * `decodeText` reads a text file's bytes as UTF-8, or as UTF-16 where a byte order mark says so: Windows
 * PowerShell 5 and Notepad write both. The mark is not part of the text.
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding = first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  // The decoder leaves out the mark.
  return new TextDecoder(encoding).decode(bytes);
}

/** `isPlainUtf8` says whether the bytes begin without a byte order mark. */
export function isPlainUtf8(bytes: Uint8Array): boolean {
  return !/^(?:fffe|feff|efbbbf)/.test(Buffer.from(bytes.subarray(0, 3)).toString('hex'));
}
