import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();
/** Stands for what was cut out; one column wide. */
const ELLIPSIS = '…';

/** `padded` fills text up to this many columns. */
export function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - stringWidth(text)));
}

/** `shortenEnd` cuts text at its end, so that it takes at most this many columns: `Ada Lovel…`. */
export function shortenEnd(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  return columns <= 0 ? '' : `${head(text, columns - 1)}${ELLIPSIS}`;
}

/** `shortenMiddle` cuts text in its middle: `drive:b!4sC…9f1T`. */
export function shortenMiddle(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  const tail = Math.floor((columns - 1) / 2);
  const start = head(text, columns - 1 - tail);
  return columns <= 0 ? '' : `${start}${ELLIPSIS}${end(text.slice(start.length), tail)}`;
}

/**
 * `shortenPath` cuts a path in its middle, and keeps its name whole where that is possible:
 * `/Documents/Proj…/Q3.xlsx`, `…/Q3.xlsx`, and only then `Quarterly…s.xlsx`.
 */
export function shortenPath(path: string, columns: number): string {
  if (stringWidth(path) <= columns) return path;
  const name = /[^/]*\/?$/.exec(path)?.[0] ?? path;
  // One column for the ellipsis, one for the slash.
  const room = columns - stringWidth(name) - 2;
  if (room < 0 || name === path) return shortenMiddle(name, columns);
  return `${head(path.slice(0, -name.length), room)}${ELLIPSIS}/${name}`;
}

/** `shortenMove` cuts `old → new`: each gets half of the room, and what one does not need the other gets. */
export function shortenMove(from: string, to: string, columns: number): [from: string, to: string] {
  const room = Math.max(0, columns - stringWidth(ARROW));
  const [fromWidth, toWidth] = [stringWidth(from), stringWidth(to)];
  if (fromWidth + toWidth <= room) return [from, to];
  // Where it is now counts for more, by one column.
  const half = Math.floor(room / 2);
  const forFrom = Math.min(fromWidth, Math.max(half, room - toWidth));
  return [shortenPath(from, forFrom), shortenPath(to, room - forFrom)];
}

export const ARROW = ' → ';

/** The first characters that take at most this many columns; what people take for one character stays whole. */
function head(text: string, columns: number): string {
  let taken = 0;
  let at = 0;
  for (const { segment } of graphemes.segment(text)) {
    taken += stringWidth(segment);
    if (taken > columns) break;
    at += segment.length;
  }
  return text.slice(0, at);
}

/** The last characters that take at most this many columns. */
function end(text: string, columns: number): string {
  let left = stringWidth(text);
  let at = 0;
  for (const { segment } of graphemes.segment(text)) {
    if (left <= columns) break;
    left -= stringWidth(segment);
    at += segment.length;
  }
  return text.slice(at);
}
