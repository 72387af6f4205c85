/** Longer lines are cut: one request must not fill a screen. */
const MAX_LENGTH = 500;

/** Control characters, line and paragraph separators, characters that reorder text, and halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * Makes text from outside (paths, file names, messages) safe to print as one line on a terminal:
 * what could start an escape sequence, end the line or reorder it becomes `\u{1b}` and the like, and everything
 * after 500 characters becomes `…`.
 */
export function printable(text: string): string {
  const escaped = text.slice(0, MAX_LENGTH).replaceAll(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  return text.length > MAX_LENGTH ? `${escaped}…` : escaped;
}
