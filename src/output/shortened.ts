import stringWidth from 'string-width';

const GRAPHEMES = new Intl.Segmenter();

/**
 * `shortened` cuts a text in its middle so that it takes at most `width` columns of a terminal: `/Reports…/Q3.xlsx`. Names
 * say most at their beginning and their end. Characters that belong together (emoji, accents) stay together.
 */
export function shortened(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  if (width < 1) return '';
  const parts = Array.from(GRAPHEMES.segment(text), ({ segment }) => segment);
  const room = width - 1;
  // The end is worth more: it has the name, and its extension.
  const end = taken(parts.toReversed(), Math.ceil(room / 2));
  const start = taken(parts, room - stringWidth(end.join('')));
  return `${start.join('')}…${end.reverse().join('')}`;
}

/** As many of the parts, from the first on, as fit into so many columns. */
function taken(parts: readonly string[], columns: number): string[] {
  let width = 0;
  const found: string[] = [];
  for (const part of parts) {
    width += stringWidth(part);
    if (width > columns) break;
    found.push(part);
  }
  return found;
}

/** `padded` fills a text up to `width` columns, with spaces behind it, or before it. */
export function padded(text: string, width: number, side: 'end' | 'start' = 'end'): string {
  const spaces = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return side === 'end' ? `${text}${spaces}` : `${spaces}${text}`;
}
