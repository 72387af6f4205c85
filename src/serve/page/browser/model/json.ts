type Fields = Record<string, unknown>;

/** `parsed` returns the object that a text contains as JSON, or `undefined`. */
export function parsed(text: string): Fields | undefined {
  try {
    return asFields(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** `asFields` returns a value that is an object, neither an array nor null; otherwise `undefined`. */
export function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** `textIn` returns a field that is a non-empty string. */
export function textIn(fields: Fields | undefined, name: string): string | undefined {
  const value = fields?.[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** `numberIn` returns a field that is a finite number. */
export function numberIn(fields: Fields | undefined, name: string): number | undefined {
  const value = fields?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** `timeIn` returns a field that is a time (RFC 3339), in milliseconds since the epoch. */
export function timeIn(fields: Fields | undefined, name: string): number | undefined {
  const time = Date.parse(textIn(fields, name) ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/**
 * `indented` breaks compact JSON into lines. Unlike parsing it and writing it again, this keeps the spelling of numbers and escapes.
 * Text that is not JSON is broken at the same characters.
 */
export function indented(json: string): string {
  let depth = 0;
  const line = (): string => `\n${'  '.repeat(Math.min(depth, 40))}`;
  return json.replace(/"(?:[^"\\]|\\.)*"|\{\s*\}|\[\s*\]|[{}[\],:]/gs, (token) => {
    switch (token) {
      case '{':
      case '[':
        depth += 1;
        return token + line();
      case '}':
      case ']':
        depth = Math.max(0, depth - 1);
        return line() + token;
      case ',':
        return token + line();
      case ':':
        return ': ';
      default:
        return token;
    }
  });
}
