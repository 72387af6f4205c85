/**
 * `percentEncoded` percent-encodes what matches, as UTF-8, so that `decodeURIComponent` returns the text. A lone surrogate becomes
 * U+FFFD: UTF-8 has none. `what` needs the flags `g` and `u`.
 */
export function percentEncoded(text: string, what: RegExp): string {
  return text.toWellFormed().replace(what, (character) => [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''));
}

/** `percentDecoded` decodes a part of an address once; one that is not encoded correctly, such as `100%`, stays as it is. */
export function percentDecoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
