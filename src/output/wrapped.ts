import { stripVTControlCharacters } from 'node:util';

/** A command to type, up to the end of its sentence or clause, or any other word. */
const WORDS = /(?:\$ )?graph-watch(?: [^ ]*[^ .:;,)])+(?:[.:;,)]+(?= |$))?|[^ ]+/g;

/**
 * `wrapped` breaks the lines of a text between words, so that none is longer than `room`. A command stays whole, and so does an address: whoever
 * copies it needs it in one piece, which a terminal gives even where it breaks the line itself. What is broken keeps its indentation.
 *
 * A character counts as one column: loading a table of those that are wider would cost more than it helps.
 */
export function wrapped(text: string, room: number): string {
  return text.split('\n').map((line) => (widthOf(line) <= room ? line : broken(line, room))).join('\n');
}

function broken(text: string, room: number): string {
  const indent = /^ */.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let line = '';
  for (const [piece] of text.matchAll(WORDS)) {
    if (line === '') line = indent + piece;
    else if (widthOf(line) + 1 + widthOf(piece) <= room) line += ` ${piece}`;
    else {
      lines.push(line);
      line = indent + piece;
    }
  }
  return [...lines, line].join('\n');
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
