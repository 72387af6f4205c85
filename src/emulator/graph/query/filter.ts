import { invalidRequest } from '../errors.ts';

type Json = Readonly<Record<string, unknown>>;
type Value = string | number | boolean | null | undefined;

/** A `$filter` or a part of it. */
export type Filter = (item: Json) => boolean;

type Token = { kind: 'text'; value: string } | { kind: 'word'; value: string } | { kind: 'mark'; value: string };

const TOKENS = /\s*(?:'((?:[^']|'')*)'|([\w@./:+-]+)|([(),]))/gy;

const COMPARISONS: Readonly<Record<string, (left: Value, right: Value) => boolean>> = {
  eq: (left, right) => compare(left, right) === 0,
  ne: (left, right) => compare(left, right) !== 0,
  gt: (left, right) => (compare(left, right) ?? 0) > 0,
  ge: (left, right) => (compare(left, right) ?? -1) >= 0,
  lt: (left, right) => (compare(left, right) ?? 0) < 0,
  le: (left, right) => (compare(left, right) ?? 1) <= 0,
};

const TEXT_FUNCTIONS: Readonly<Record<string, (text: string, part: string) => boolean>> = {
  startswith: (text, part) => text.startsWith(part),
  endswith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};

/**
 * Parses a `$filter`: `eq`, `ne`, `gt`, `ge`, `lt`, `le`, `and`, `or`, `not`, parentheses, and
 * `startswith`, `endswith`, `contains`, and `any` of a collection (`groupTypes/any(type:type eq 'Unified')`). A property
 * that exists stands alone (`folder ne null`).
 * Throws Graph's 400 for anything else.
 */
export function parseFilter(text: string): Filter {
  const tokens = tokensOf(text);
  const filter = parseOr(tokens);
  if (tokens.length > 0) throw invalidFilter(text);
  return filter;

  function parseOr(rest: Token[]): Filter {
    const parts = [parseAnd(rest)];
    while (takeWord(rest, 'or')) parts.push(parseAnd(rest));
    return (item) => parts.some((part) => part(item));
  }

  function parseAnd(rest: Token[]): Filter {
    const parts = [parseNot(rest)];
    while (takeWord(rest, 'and')) parts.push(parseNot(rest));
    return (item) => parts.every((part) => part(item));
  }

  function parseNot(rest: Token[]): Filter {
    if (takeWord(rest, 'not')) {
      const part = parseNot(rest);
      return (item) => !part(item);
    }
    if (!takeMark(rest, '(')) return parseComparison(rest);
    const inner = parseOr(rest);
    if (!takeMark(rest, ')')) throw invalidFilter(text);
    return inner;
  }

  function parseComparison(rest: Token[]): Filter {
    const left = rest.shift();
    if (left?.kind === 'word' && takeMark(rest, '(')) return parseFunction(left.value, rest);
    const operator = rest.shift();
    const comparison = operator?.kind === 'word' ? COMPARISONS[operator.value.toLowerCase()] : undefined;
    const right = rest.shift();
    if (left === undefined || right === undefined || comparison === undefined) throw invalidFilter(text);
    const [one, other] = [operand(left), operand(right)];
    return (item) => comparison(one(item), other(item));
  }

  function parseFunction(name: string, rest: Token[]): Filter {
    const [, collection] = /^(.+)\/any$/i.exec(name) ?? [];
    if (collection !== undefined) return parseAny(collection, rest);
    const test = TEXT_FUNCTIONS[name.toLowerCase()];
    const [left, comma, right] = rest.splice(0, 3);
    if (test === undefined || left === undefined || comma?.value !== ',' || right === undefined || !takeMark(rest, ')')) throw invalidFilter(text);
    const [one, other] = [operand(left), operand(right)];
    return (item) => test(String(one(item) ?? '').toLowerCase(), String(other(item) ?? '').toLowerCase());
  }

  /** `name:` and a filter in which the name means an element. */
  function parseAny(collection: string, rest: Token[]): Filter {
    const first = rest.shift();
    const [, name = '', after = ''] = first?.kind === 'word' ? (/^(\w+):(.*)$/s.exec(first.value) ?? []) : [];
    if (name === '') throw invalidFilter(text);
    if (after !== '') rest.unshift({ kind: 'word', value: after });
    const inner = parseOr(rest);
    if (!takeMark(rest, ')')) throw invalidFilter(text);
    return (item) => {
      const elements = valueAt(item, collection);
      return Array.isArray(elements) && elements.some((element) => inner({ [name]: element as unknown }));
    };
  }
}

/** Returns the value at a path such as `list/template`; undefined if there is none. */
export function valueAt(item: Json, path: string): unknown {
  return path.split('/').reduce<unknown>((value, name) => (typeof value === 'object' && value !== null ? (value as Json)[name] : undefined), item);
}

/** Compares as OData does; undefined if the two cannot be compared. Text is compared regardless of case. */
export function compare(left: unknown, right: unknown): number | undefined {
  if (left === undefined || left === null || right === undefined || right === null) return (left ?? null) === (right ?? null) ? 0 : undefined;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') {
    const [one, other] = [left.toLowerCase(), right.toLowerCase()];
    return one < other ? -1 : one > other ? 1 : 0;
  }
  return left === right ? 0 : undefined;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKENS.lastIndex = 0;
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    const [whole, quoted, word, mark] = match;
    end = match.index + whole.length;
    if (quoted !== undefined) tokens.push({ kind: 'text', value: quoted.replaceAll("''", "'") });
    else if (word !== undefined) tokens.push({ kind: 'word', value: word });
    else tokens.push({ kind: 'mark', value: mark ?? '' });
  }
  if (text.slice(end).trim() !== '') throw invalidFilter(text);
  return tokens;
}

function takeWord(tokens: Token[], word: string): boolean {
  const [first] = tokens;
  if (first?.kind !== 'word' || first.value.toLowerCase() !== word) return false;
  tokens.shift();
  return true;
}

function takeMark(tokens: Token[], mark: string): boolean {
  const [first] = tokens;
  if (first?.kind !== 'mark' || first.value !== mark) return false;
  tokens.shift();
  return true;
}

function operand(token: Token): (item: Json) => Value {
  if (token.kind === 'text') return () => token.value;
  const { value } = token;
  if (value === 'null') return () => null;
  if (value === 'true' || value === 'false') return () => value === 'true';
  if (/^-?\d+(\.\d+)?$/.test(value)) return () => Number(value);
  if (/^\d{4}-\d\d-\d\d/.test(value)) return () => value;
  // A facet such as `folder` is compared with null only.
  return (item) => {
    const found = valueAt(item, value);
    return typeof found === 'object' && found !== null ? true : (found as Value);
  };
}

function invalidFilter(text: string): Error {
  return invalidRequest(`Invalid filter clause: ${text}`);
}
