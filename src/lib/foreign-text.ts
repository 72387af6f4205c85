/** Foreign text is useful to people only up to this many characters. */
export const LONGEST_FOREIGN_TEXT = 300;
/** More than this is not even searched for secrets. */
const LONGEST_READ = 16_384;

/**
 * `foreignText` makes one short line of what somebody else sent: first the secrets are removed, then it is cut,
 * since half a secret would not be recognized.
 */
export function foreignText(text: string, redact: (text: string) => string, longest = LONGEST_FOREIGN_TEXT): string {
  const line = redact(head(text)).replace(/\s+/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest - 1).toWellFormed()}…` : line;
}

/** The beginning of a text that is too long, without its last word, which may be half a secret. */
function head(text: string): string {
  if (text.length <= LONGEST_READ) return text;
  let end = LONGEST_READ;
  while (end > 0 && !/\s/.test(text.charAt(end))) end -= 1;
  // One word: where a secret ends is unknown, so nothing of it is shown.
  return end === 0 ? `(${text.length} characters)` : text.slice(0, end);
}
