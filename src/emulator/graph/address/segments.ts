/**
 * The segments of a URL's path, still percent-encoded: only a literal colon, quote or parenthesis has
 * a meaning, so that an id with odd characters is always just an id.
 */
export type Segments = readonly string[];

/** Splits a path, with or without a slash at its end; undefined if the encoding is invalid or a segment is empty. */
export function splitPath(path: string): Segments | undefined {
  const segments = path.replace(/^\//, '').replace(/\/$/, '').split('/');
  try {
    segments.forEach(decodeURIComponent);
  } catch {
    return undefined;
  }
  return segments.includes('') ? undefined : segments;
}

export function isWord(segment: string | undefined, word: string): boolean {
  return segment?.toLowerCase() === word.toLowerCase();
}

export interface Keyed {
  /** The key, encoded; undefined for the collection itself. It may end with a colon that starts a path. */
  key: string | undefined;
  rest: Segments;
}

/** Takes `items/{key}` or `items('{key}')` off the front; undefined if another collection is there. */
export function takeKey([first = '', ...rest]: Segments, collection: string): Keyed | undefined {
  if (isWord(first, collection)) return { key: rest[0], rest: rest.slice(1) };
  const quoted = /^(\w+)\('(.+)'\)(:?)$/.exec(first);
  if (quoted === null || !isWord(quoted[1], collection)) return undefined;
  return { key: `${(quoted[2] ?? '').replaceAll("''", "'")}${quoted[3] ?? ''}`, rest };
}

/** Takes a path that ends at a segment with a colon, or at the last segment; undefined if it contains `..`. */
export function takeNames(segments: Segments): { names: string[]; rest: Segments } | undefined {
  const end = segments.findIndex((segment) => segment.endsWith(':'));
  const written = end < 0 ? segments : segments.slice(0, end + 1);
  const names = written
    .map((segment, index) => decodeURIComponent(index === end ? segment.slice(0, -1) : segment))
    // Graph takes `%2F` for a separator, and ignores `./`.
    .flatMap((text) => text.split('/'))
    .filter((name) => name !== '' && name !== '.');
  return names.includes('..') ? undefined : { names, rest: segments.slice(written.length) };
}

export interface FunctionCall {
  /** In lower case, without `microsoft.graph.`. */
  name: string;
  args: ReadonlyMap<string, string>;
}

/** Reads a segment as a function or action: `delta`, `delta()`, `microsoft.graph.delta(token='…')`. */
export function functionCall(segment: string): FunctionCall | undefined {
  const match = /^(?:microsoft\.graph\.)?(\w+)(?:\((.*)\))?$/is.exec(decodeURIComponent(segment));
  if (match === null) return undefined;
  const args = new Map<string, string>();
  for (const [, name = '', quoted, bare = ''] of (match[2] ?? '').matchAll(/(\w+)=(?:'((?:[^']|'')*)'|([^,]*))/g)) {
    args.set(name.toLowerCase(), quoted?.replaceAll("''", "'") ?? bare);
  }
  return { name: (match[1] ?? '').toLowerCase(), args };
}
