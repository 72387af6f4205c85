import { usageError } from '../../errors.ts';
import { percentDecoded } from '../../lib/percent-encoding.ts';

/** Query is the query of an address: parameters by their names in lower case, decoded once, the first of each. */
export type Query = ReadonlyMap<string, string>;

export function queryOf(url: URL): Query {
  const query = new Map<string, string>();
  for (const [name, value] of url.searchParams) if (!query.has(name.toLowerCase()) && value !== '') query.set(name.toLowerCase(), value);
  return query;
}

/** `segmentsOf` splits a path that is percent-encoded. */
export function segmentsOf(path: string): string[] {
  return plainSegments(path).map(percentDecoded).filter((segment) => segment !== '');
}

/** `plainSegments` splits a path that is decoded already. `.` and `..` would climb out of it and are dropped. */
export function plainSegments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

/** `guid` reads a GUID in any of the usual forms, braces included, in lower case; `undefined` for anything else. */
export function guid(text: string | undefined): string | undefined {
  const [, found] = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i.exec(text?.trim() ?? '') ?? [];
  return found?.toLowerCase();
}

/** `base64Text` decodes base64 or base64url; `undefined` where the result is not text. */
export function base64Text(text: string): string | undefined {
  if (!/^[\w+/=-]+$/.test(text)) return undefined;
  const decodedText = Buffer.from(text, 'base64').toString('utf8');
  return decodedText.includes('\ufffd') ? undefined : decodedText;
}

/** `refused` is the usage error for an address that cannot be used; a query is not repeated, since it may hold the key of a sharing link, nor a password. */
export function refused(text: string, why: string, hint = 'Copy the address that the browser shows for the library, folder or file.'): Error {
  const shown = text.trim().replace(/[?#].*$/s, '?…').replace(/\/\/[^/]*@/, '//').slice(0, 120);
  return usageError(`Cannot use the address "${shown}": ${why}.`, hint);
}
