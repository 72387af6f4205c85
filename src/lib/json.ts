/** `isRecord` says whether a value is a JSON object: neither an array nor `null`. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `field` returns this field of a JSON object; `undefined` where the value is not an object or lacks it. */
export function field(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

/** `textField` returns a field that is a non-empty string, and `undefined` for anything else. */
export function textField(value: unknown, name: string): string | undefined {
  const found = field(value, name);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** `parseJson` returns the text's value, or `undefined` where the text is not valid JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * `oneLine` makes JSON text a single line for every reader: Node's readline, for one, also ends a line at
 * U+2028 and U+2029, which JSON allows unescaped in strings and file names may contain.
 */
export function oneLine(json: string): string {
  // Almost no text contains them, and a text of Latin characters only need not be searched.
  if (!json.includes('\u2028') && !json.includes('\u2029')) return json;
  return json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

/** `present` leaves out the fields that are `undefined`: an absent field says so, `null` or `""` would not. */
export function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}
