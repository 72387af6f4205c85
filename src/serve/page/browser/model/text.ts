/** Piece is a run of text that can be shown unchanged, or one character that would be invisible or would reorder the text around it. */
export type Piece = { text: string } | { code: string };

// As in output/safe-text.ts: controls, separators that break lines, format characters, lone surrogates, and whatever else is shown
// as nothing. The zero-width joiner and U+FE0F stay, since emoji are made of them.
const UNSAFE = /(?!\u200d|\ufe0f)[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** More marks than this on one letter would cover the lines around it. */
const MOST_MARKS = 4;
const TOO_MANY_MARKS = new RegExp(`(\\p{M}{${MOST_MARKS}})\\p{M}+`, 'gu');

/** `pieces` splits untrusted text into runs that are shown unchanged and characters that are shown by name (`U+202E`). At most `longest` characters, with an ellipsis in the middle. */
export function pieces(text: string, longest: number): Piece[] {
  const shown = shortened(text, longest).replace(TOO_MANY_MARKS, '$1');
  const found: Piece[] = [];
  let end = 0;
  for (const match of shown.matchAll(UNSAFE)) {
    if (match.index > end) found.push({ text: shown.slice(end, match.index) });
    found.push({ code: codeOf(match[0]) });
    end = match.index + match[0].length;
  }
  if (end < shown.length) found.push({ text: shown.slice(end) });
  return found;
}

/** `plain` is `pieces` as a string, for places without markup: an option, a title. */
export function plain(text: string, longest = 80): string {
  return pieces(text, longest).map((piece) => ('text' in piece ? piece.text : `[${piece.code}]`)).join('');
}

/** `shortened` keeps the beginning and the end of a text of more than `longest` characters. */
export function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const end = Math.floor(longest / 3);
  return `${text.slice(0, longest - end - 1).toWellFormed()}…${text.slice(-end).toWellFormed()}`;
}

/** `escaped` writes what `pieces` would show by name as JSON escapes, so that the text remains the same record. */
export function escaped(json: string): string {
  return json.replace(UNSAFE, (character) => {
    if (character === '\n' || character === '\t' || character === '\r') return character;
    return Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');
  });
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
