import { usageError } from '../../errors.ts';
import { parseGlob, type GlobNode } from './glob-parser.ts';

/** Longer paths match no glob, in characters: OneDrive has none (400 at most), and the work grows with the square of it. */
const LONGEST_PATH = 1_000;

/**
 * `pathGlob` makes a test for paths (`/Reports/Q3.xlsx`) from a glob over the whole path: `*` and `?` stay within
 * one name, `**` goes through folders, `{a,b}`, `[a-z]` and `@(a|b)` as in shells. The leading slash may be
 * left out; a trailing one means the folder and all below it. Case does not matter, as in SharePoint,
 * and a leading dot is not special. Throws a usage error for what is not a glob.
 *
 * It does not backtrack, as regular expressions do: names that others choose could make those take forever.
 * Instead it follows all possible positions in the path at once.
 */
export function pathGlob(glob: string): (path: string) => boolean {
  return pathGlobs([glob]);
}

/** `pathGlobs` makes a test for paths that at least one of the globs matches. */
export function pathGlobs(globs: readonly string[]): (path: string) => boolean {
  const lists = globs.map(parsed);
  return (path) => {
    const characters = Array.from(folded(path).replace(/^\/+/, ''));
    if (characters.length > LONGEST_PATH) return false;
    const start = new Uint8Array(characters.length + 1);
    start[0] = 1;
    return lists.some((nodes) => follow(nodes, characters, start)[characters.length] === 1);
  };
}

function parsed(glob: string): GlobNode[] {
  if (glob.startsWith('!')) {
    throw usageError(`The path "${glob}" begins with "!".`, 'Exclusions are written inside a glob: "/!(Archive)/**". For a name that begins with "!": "/\\!name".');
  }
  if (glob === '') throw usageError('The path to watch is empty.', 'Write it like "/Reports/**".');
  return parseGlob(folded(glob).replace(/^\/+/, '').replace(/\/$/, '/**'));
}

/** Without case, and composed: macOS decomposes accents in names, other systems do not. Each character separately, so that the next one does not matter. */
function folded(text: string): string {
  return Array.from(text.normalize('NFC'), (character) => character.toUpperCase().toLowerCase()).join('');
}

/** Places are positions in a path, each 1 where the glob may have got to, and 0 where not. */
type Places = Uint8Array;

function follow(nodes: readonly GlobNode[], path: readonly string[], start: Places): Places {
  let places = start;
  for (const node of nodes) {
    // Most paths fail at one of a glob's first characters.
    if (!places.includes(1)) break;
    places = step(node, path, places);
  }
  return places;
}

function step(node: GlobNode, path: readonly string[], from: Places): Places {
  const to = new Uint8Array(from.length);
  const onEach = (matches: (character: string) => boolean): Places => {
    path.forEach((character, at) => {
      if (from[at] === 1 && matches(character)) to[at + 1] = 1;
    });
    return to;
  };
  /** From every place on, as long as `goesOn` holds. */
  const onwards = (least: 0 | 1, goesOn: (character: string) => boolean): Places => {
    let reached = false;
    for (let at = 0; at < from.length; at += 1) {
      reached = at > 0 && goesOn(path[at - 1] ?? '') && (reached || from[at - 1] === 1);
      if (reached || (least === 0 && from[at] === 1)) to[at] = 1;
    }
    return to;
  };
  switch (node.kind) {
    case 'character': return onEach((character) => character === node.character);
    case 'one': return onEach((character) => character !== '/');
    case 'oneOf': return onEach((character) => character !== '/' && node.negated !== node.ranges.some(([low, high]) => character >= low && character <= high));
    case 'text': return onwards(node.least, (character) => character !== '/');
    case 'anything': return onwards(0, () => true);
    case 'folders':
      return onwards(0, () => true).map((reached, at) => (reached === 1 && (from[at] === 1 || path[at - 1] === '/') ? 1 : 0));
    case 'below': {
      const first = path.findIndex((character, at) => from[at] === 1 && character === '/');
      return from.map((reached, at) => (reached === 1 || (first >= 0 && at > first) ? 1 : 0));
    }
    case 'group': return group(node, path, from);
  }
}

function group({ sign, alternatives }: Extract<GlobNode, { kind: 'group' }>, path: readonly string[], from: Places): Places {
  const once = (start: Places): Places => either(alternatives.map((nodes) => follow(nodes, path, start)));
  switch (sign) {
    case '@': return once(from);
    case '?': return either([from, once(from)]);
    case '*': return either([from, repeated(once, from)]);
    case '+': return repeated(once, from);
    case '!': return otherwise(once, path, from);
  }
}

/** Once, or again from wherever that leads for the first time. */
function repeated(once: (start: Places) => Places, from: Places): Places {
  let reached = once(from);
  let news: Places = reached;
  while (news.includes(1)) {
    const next = once(news);
    news = next.map((is, at) => (is === 1 && reached[at] === 0 ? 1 : 0));
    reached = either([reached, next]);
  }
  return reached;
}

/** Wherever the rest of a name leads but its alternatives do not. */
function otherwise(once: (start: Places) => Places, path: readonly string[], from: Places): Places {
  const to = new Uint8Array(from.length);
  from.forEach((is, start) => {
    if (is !== 1) return;
    const excluded = once(from.map((_, at) => (at === start ? 1 : 0)));
    for (let at = start; at < from.length && (at === start || path[at - 1] !== '/'); at += 1) if (excluded[at] === 0) to[at] = 1;
  });
  return to;
}

function either([first = new Uint8Array(), ...others]: readonly Places[]): Places {
  return first.map((is, at) => (is === 1 || others.some((other) => other[at] === 1) ? 1 : 0));
}
