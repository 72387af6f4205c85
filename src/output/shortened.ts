import stringWidth from 'string-width';

const GRAPHEMES = new Intl.Segmenter();

/**
 * `shortened` cuts a text in its middle so that it takes at most `width` columns of a terminal: `/Reports…/Q3.xlsx`. Names
 * say most at their beginning and end. Characters that belong together (emoji, accents) stay together.
 */
export function shortened(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  if (width < 1) return '';
  const parts = Array.from(GRAPHEMES.segment(text), ({ segment }) => segment);
  const room = width - 1;
  // The end matters more: it has the name and its extension.
  const end = taken(parts.toReversed(), Math.ceil(room / 2));
  const start = taken(parts, room - stringWidth(end.join('')));
  return `${start.join('')}…${end.reverse().join('')}`;
}

/** `shortenedEnd` cuts a text at its end: `Ada Lovel…`. */
export function shortenedEnd(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  return width < 1 ? '' : `${start(text, width - 1)}…`;
}

/**
 * `shortenedPath` cuts a path in front of its name, which stays whole where that is possible:
 * `/Documents/Proj…/Q3.xlsx`, `…/Q3.xlsx`, and only then `Quarterl…ers.xlsx`.
 */
export function shortenedPath(path: string, width: number): string {
  if (stringWidth(path) <= width) return path;
  const name = /[^/]*\/?$/.exec(path)?.[0] ?? path;
  // One column for the ellipsis, one for the slash.
  const room = width - stringWidth(name) - 2;
  if (room < 0 || name === path) return shortened(name, width);
  return `${start(path.slice(0, -name.length), room)}…/${name}`;
}

/**
 * `shortenedMove` cuts `old → new`: where it is now matters more, and gets two thirds of the room if it needs them. `brief`
 * stands for the old path where not all of it fits.
 */
export function shortenedMove(from: string, to: string, width: number, brief = from): [from: string, to: string] {
  const room = Math.max(0, width - ARROW.length);
  const [fromWidth, toWidth] = [stringWidth(from), stringWidth(to)];
  if (fromWidth + toWidth <= room) return [from, to];
  if (brief !== from) return shortenedMove(brief, to, width);
  const forFrom = Math.min(fromWidth, Math.max(Math.floor(room / 3), room - toWidth));
  return [shortenedPath(from, forFrom), shortenedPath(to, room - forFrom)];
}

/** Between where something was and where it is. */
export const ARROW = ' → ';

function start(text: string, width: number): string {
  return taken(Array.from(GRAPHEMES.segment(text), ({ segment }) => segment), width).join('');
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

/** `padded` fills a text up to `width` columns, with spaces after it, or before it. */
export function padded(text: string, width: number, side: 'end' | 'start' = 'end'): string {
  const spaces = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return side === 'end' ? `${text}${spaces}` : `${spaces}${text}`;
}
