/**
 * `safeText` makes text from elsewhere safe for a terminal: control characters, escape sequences and characters
 * that reorder what is shown, or that nobody sees, become visible `\x..`/`\u....` escapes. A payload, a file name or a
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

// C0, DEL and C1 controls; separators that break lines; format characters, bidirectional ones among them; lone
// surrogates; and whatever else a terminal shows as nothing (Default_Ignorable_Code_Point: Hangul fillers,
// variation selectors, unassigned ones such as U+2065). The zero-width joiner and U+FE0F stay, since emoji in file
// names are made of them.
const UNSAFE = /(?!\u200d|\ufe0f)[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
