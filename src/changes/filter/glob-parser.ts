import { usageError } from '../../errors.ts';

/** GlobNode is one part of a glob. What stands for any text stays within one name, but for `folders`, `below` and `anything`. */
export type GlobNode =
  | { kind: 'character'; character: string }
  | { kind: 'oneOf'; negated: boolean; ranges: readonly (readonly [from: string, to: string])[] }
  /** `?` */
  | { kind: 'one' }
  /** `*`; as a whole name, it is not empty. */
  | { kind: 'text'; least: 0 | 1 }
  /** A leading or inner `**` with its slash: any number of whole folders. */
  | { kind: 'folders' }
  /** A trailing `**` with the slash before it: nothing, or whatever is below. */
  | { kind: 'below' }
  /** `**` on its own. */
  | { kind: 'anything' }
  /** `{a,b}` and `@(a|b)`, `?(a)`, `*(a)`, `+(a)`, `!(a)`. */
  | { kind: 'group'; sign: Sign; alternatives: readonly (readonly GlobNode[])[] };

type Sign = '@' | '?' | '*' | '+' | '!';

const SIGNS: ReadonlySet<string> = new Set(['@', '?', '*', '+', '!']);
/** No path is this long, in characters. */
const LONGEST_GLOB = 1_000;
/** `{1..100}` is as many alternatives; a range of more is a mistake. */
const LONGEST_RANGE = 1_000;

/** `parseGlob` reads a glob that begins at the drive's root, without the leading slash. Throws a usage error for what is not one. */
export function parseGlob(glob: string): GlobNode[] {
  const characters = Array.from(glob);
  if (characters.length > LONGEST_GLOB) throw usageError(`The glob is longer than ${LONGEST_GLOB} characters.`);
  return new Parser(characters, (why) => usageError(`The path "${glob}" is not a valid glob: ${why}.`, 'Write it like "/Reports/**"; a backslash escapes a special character.')).parse();
}

class Parser {
  readonly #characters: readonly string[];
  readonly #invalid: (why: string) => Error;
  #at = 0;
  /** Within `*(…)`, `+(…)` or `!(…)`. */
  #repeating = false;

  constructor(characters: readonly string[], invalid: (why: string) => Error) {
    this.#characters = characters;
    this.#invalid = invalid;
  }

  parse(): GlobNode[] {
    return this.#sequence('', true);
  }

  /** Reads up to one of `ends`, which stays unread. `atStart`: a name begins here. */
  #sequence(ends: string, atStart: boolean): GlobNode[] {
    const nodes: GlobNode[] = [];
    const first = this.#at;
    for (let character = this.#characters[this.#at]; character !== undefined && !ends.includes(character); character = this.#characters[this.#at]) {
      const nameBegins = this.#at === first ? atStart : this.#characters[this.#at - 1] === '/';
      nodes.push(this.#node(character, nameBegins));
    }
    return nodes;
  }

  #node(character: string, nameBegins: boolean): GlobNode {
    const next = this.#characters[this.#at + 1];
    if (SIGNS.has(character) && next === '(') return this.#group(character as Sign, nameBegins);
    if (character === '/' && this.#isWord('/**') && this.#characters[this.#at + 3] === undefined) return this.#take(3, { kind: 'below' });
    if (character === '*') return this.#star(nameBegins);
    if (character === '?') return this.#take(1, { kind: 'one' });
    if (character === '[') return this.#oneOf();
    if (character === '{') return this.#brace(nameBegins);
    if (character === '\\' && next !== undefined) return this.#take(2, { kind: 'character', character: next });
    return this.#take(1, { kind: 'character', character });
  }

  #take(count: number, node: GlobNode): GlobNode {
    this.#at += count;
    return node;
  }

  #isWord(word: string): boolean {
    return Array.from(word).every((character, offset) => this.#characters[this.#at + offset] === character);
  }

  #star(nameBegins: boolean): GlobNode {
    let stars = 0;
    // The star of `*(` belongs to the group.
    while (this.#characters[this.#at] === '*' && this.#characters[this.#at + 1] !== '(') {
      stars += 1;
      this.#at += 1;
    }
    const next = this.#characters[this.#at];
    if (stars === 2 && nameBegins && next === '/') return this.#take(1, { kind: 'folders' });
    if (stars === 2 && nameBegins && next === undefined) return { kind: 'anything' };
    return { kind: 'text', least: nameBegins && (next === undefined || next === '/') ? 1 : 0 };
  }

  #oneOf(): GlobNode {
    this.#at += 1;
    const negated = this.#characters[this.#at] === '!' || this.#characters[this.#at] === '^';
    if (negated) this.#at += 1;
    const ranges: [string, string][] = [];
    for (let first = true; first || this.#characters[this.#at] !== ']'; first = false) {
      const from = this.#classCharacter();
      const isRange = this.#characters[this.#at] === '-' && this.#characters[this.#at + 1] !== ']' && this.#characters[this.#at + 1] !== undefined;
      if (isRange) this.#at += 1;
      const to = isRange ? this.#classCharacter() : from;
      if (from > to) throw this.#invalid(`the range "${from}-${to}" is reversed`);
      ranges.push([from, to]);
    }
    return this.#take(1, { kind: 'oneOf', negated, ranges });
  }

  #classCharacter(): string {
    if (this.#characters[this.#at] === '\\' && this.#characters[this.#at + 1] !== undefined) this.#at += 1;
    const character = this.#characters[this.#at];
    if (character === undefined) throw this.#invalid('a "[" is not closed');
    this.#at += 1;
    return character;
  }

  /** `{a,b}` or `{1..3}`; what has neither a comma nor two dots in it is a name with braces. */
  #brace(nameBegins: boolean): GlobNode {
    const start = this.#at;
    this.#at += 1;
    const alternatives = this.#alternatives(',', '}', nameBegins);
    if (alternatives.length > 1) return { kind: 'group', sign: '@', alternatives };
    const range = this.#range(this.#characters.slice(start + 1, this.#at - 1).join(''));
    if (range !== undefined) return { kind: 'group', sign: '@', alternatives: range };
    this.#at = start;
    return this.#take(1, { kind: 'character', character: '{' });
  }

  #range(text: string): GlobNode[][] | undefined {
    const spelled = (word: string): GlobNode[] => Array.from(word, (character) => ({ kind: 'character', character }));
    const [, from = '', to = ''] = /^(\d{1,9})\.\.(\d{1,9})$/.exec(text) ?? /^([a-z])\.\.([a-z])$/i.exec(text) ?? [];
    if (from === '') return undefined;
    const numbers = /\d/.test(from);
    const [low = 0, high = 0] = [from, to].map((end) => (numbers ? Number(end) : end.charCodeAt(0))).sort((a, b) => a - b);
    if (high - low >= LONGEST_RANGE) throw this.#invalid(`the range "{${text}}" is too long`);
    const width = numbers && [from, to].some((end) => end.length > 1 && end.startsWith('0')) ? Math.max(from.length, to.length) : 0;
    return Array.from({ length: high - low + 1 }, (_, n) => spelled(numbers ? String(low + n).padStart(width, '0') : String.fromCharCode(low + n)));
  }

  #group(sign: Sign, nameBegins: boolean): GlobNode {
    const repeats = sign === '*' || sign === '+' || sign === '!';
    // Each level would multiply the work for one path by the square of its length.
    if (repeats && this.#repeating) throw this.#invalid(`"${sign}(" cannot be inside "*(", "+(" or "!("`);
    const before = this.#repeating;
    this.#repeating ||= repeats;
    this.#at += 2;
    const alternatives = this.#alternatives('|', ')', nameBegins);
    this.#repeating = before;
    return { kind: 'group', sign, alternatives };
  }

  #alternatives(separator: string, end: string, nameBegins: boolean): GlobNode[][] {
    const alternatives = [this.#sequence(separator + end, nameBegins)];
    while (this.#characters[this.#at] === separator) {
      this.#at += 1;
      alternatives.push(this.#sequence(separator + end, nameBegins));
    }
    if (this.#characters[this.#at] !== end) throw this.#invalid(`a "${end === '}' ? '{' : '('}" is not closed`);
    this.#at += 1;
    return alternatives;
  }
}
