/**
 * `decodeText` returns the text of a file that somebody wrote by hand: UTF-8, or UTF-16 as Windows PowerShell's
 * `>` and `Out-File` write it, told apart by the byte order mark, which is left out.
 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return 'utf-8';
}
