import stringWidth from 'string-width';
import { shortenedEnd } from './shortened.ts';

/** `fitted` is the `Fit` for lines of `room` columns: lines break between words, into lines that are indented. */
export function fitted(before: string, texts: readonly string[], how: 'cut' | 'break', room: number): string {
  const left = room - stringWidth(before);
  const fits = texts.find((text) => stringWidth(text) <= left);
  const last = texts.at(-1) ?? '';
  return fits ?? (how === 'cut' ? shortenedEnd(last, left) : broken(last, left, room));
}

/** Words that are longer than a line are left to the terminal: an address has to be copied whole. */
function broken(text: string, first: number, room: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && stringWidth(longer) > (lines.length === 0 ? first : room - INDENT.length)) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join(`\n${INDENT}`);
}

/** As wide as the time and what follows it. */
const INDENT = ' '.repeat('20:31:05  '.length);
