/** DirectoryFileError says why a directory file cannot be read, or what is wrong in it. */
export class DirectoryFileError extends Error {
  override readonly name = 'DirectoryFileError';
}

export type Json = Readonly<Record<string, unknown>>;

/** Refuses unknown properties: a misspelled one would otherwise be ignored silently. */
export function objectIn(json: unknown, at: string, known: readonly string[]): Json {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new DirectoryFileError(`${at} must be an object.`);
  const other = Object.keys(json).find((name) => !known.includes(name));
  if (other !== undefined) throw new DirectoryFileError(`${at} has an unknown property: ${other}. Known properties: ${known.join(', ')}.`);
  return json as Json;
}

export function listIn<T>(json: unknown, at: string, read: (json: unknown, at: string) => T): T[] {
  if (json === undefined) return [];
  if (!Array.isArray(json)) throw new DirectoryFileError(`${at} must be an array.`);
  return json.map((entry, index) => read(entry, `${at}[${index}]`));
}

/** `shown` is what the error says instead of the value. */
export function textIn(json: unknown, at: string, pattern: RegExp, shown = JSON.stringify(json)): string {
  if (typeof json !== 'string' || !pattern.test(json)) throw new DirectoryFileError(`${at} is not valid: ${json === undefined ? 'missing' : shown}.`);
  return json;
}

export function flagIn(json: unknown, at: string): boolean | undefined {
  if (json !== undefined && typeof json !== 'boolean') throw new DirectoryFileError(`${at} must be true or false.`);
  return json;
}
