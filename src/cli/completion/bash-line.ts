/** LastWord is the word at the cursor, as it is being typed. */
export interface LastWord {
  /** Bare, without quotes and backslashes. */
  bare: string;
  /** The quotation mark that is open at the cursor. */
  quote: '' | '"' | '\'';
  /** How much of `bare` stands before what readline replaces. */
  kept: number;
}

export interface BashLine {
  before: string[];
  last: LastWord;
}

/**
 * `readBashLine` splits a command line up to the cursor as bash would, without expanding anything: what stands
 * in it is looked at, and never run. `breaks` is `COMP_WORDBREAKS`: readline replaces only what comes after the last
 * of these in a word, so `drive:b` is replaced from `b` on.
 */
export function readBashLine(line: string, breaks: string): BashLine {
  const words: string[] = [];
  let word: LastWord = { bare: '', quote: '', kept: 0 };
  let started = false;
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (word.quote === '' && /\s/.test(char)) {
      if (started) words.push(word.bare);
      word = { bare: '', quote: '', kept: 0 };
      started = false;
      continue;
    }
    started = true;
    if (char === word.quote) word = { ...word, quote: '' };
    else if (word.quote === '' && (char === '"' || char === '\'')) word = { ...word, quote: char, kept: word.bare.length };
    else if (char === '\\' && word.quote !== '\'') {
      at += 1;
      word = { ...word, bare: word.bare + line.charAt(at) };
    } else {
      const bare = word.bare + char;
      word = { ...word, bare, kept: word.quote === '' && breaks.includes(char) ? bare.length : word.kept };
    }
  }
  return { before: words, last: word };
}

/** Characters that are special to bash somewhere in a word. */
const SPECIAL = /[^\w@%+=:,./\u0080-\u{10ffff}-]/gu;

/**
 * `bashReplacement` returns what readline has to insert for the word at the cursor to become `value`, as
 * one word that bash takes literally; `undefined` if that cannot be written within the open quotation mark.
 */
export function bashReplacement(value: string, { quote, kept }: LastWord): string | undefined {
  const rest = value.slice(kept);
  if (quote === '\'') return rest.includes('\'') ? undefined : rest;
  // Within double quotes "!" is history expansion, and a backslash before it would stay.
  if (quote === '"') return rest.includes('!') ? undefined : rest.replace(/[$`"\\]/g, '\\$&');
  return rest.replace(SPECIAL, '\\$&');
}
