import { percentDecoded } from './lib/percent-encoding.ts';

/** Longest path that is read or reported, in characters. OneDrive allows 400. */
export const LONGEST_PATH = 4_000;

/** `canBeInPath` says whether a name can be part of a path: OneDrive has no other names, and "a/b" or ".." would lead elsewhere. */
export function canBeInPath(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/');
}

/**
 * `parentPath` reads `/drives/{id}/root:/a%20b/c` as `/a b/c`; what is left of the first `root:` says whose
 * drive it is. `undefined` for what cannot be a path, or does not say where it begins.
 *
 * Whether such a path is percent-encoded differs between answers. One with characters that encoding
 * would have replaced is not; where the last folder's plain name comes along, it decides.
 */
export function parentPath(path: string, lastName?: string): string | undefined {
  if (path.length > LONGEST_PATH) return undefined;
  const mark = path.indexOf('root:');
  if (mark < 0) return undefined;
  const below = path.slice(mark + 'root:'.length);
  const parts = below.split('/').filter((part) => part !== '');
  // Equal as it is: not encoded, or nothing in it needed to be. Only the former may hold a literal "%20".
  const isPlain = lastName !== undefined && parts.at(-1) === lastName && percentDecoded(lastName) !== lastName;
  const names = isPlain || /[^\u0021-\u007e]/.test(below) ? parts : parts.map(percentDecoded);
  return names.every(canBeInPath) ? names.map((name) => `/${name}`).join('') : undefined;
}
