/**
 * Text from elsewhere, made safe for a terminal: control characters, escape sequences and characters
 * that reorder what is shown become visible `\x..`/`\u....` escapes. A payload, a file name or a
 * server's error message must never move the cursor, set a title or hide what follows.
 */
export function safeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const named = NAMED[character];
    if (named !== undefined) return named;
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

// C0, DEL and C1 controls; separators that break lines; bidirectional and other format characters
// (Cf covers U+202A–E, U+2066–9, zero-width and tag characters); lone surrogates. The zero-width
// joiner stays, since emoji in file names are made of it.
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|(?!\u200d)\p{Cf}/gu;
