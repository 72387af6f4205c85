import picomatch from 'picomatch';
import { toError, usageError } from '../../errors.ts';

/**
 * A test for paths (`/Reports/Q3.xlsx`) from a glob over the whole path: `*` and `?` stay within one
 * name, `**` goes through folders, `{a,b}`, `[a-z]` and `@(a|b)` as in shells. The leading slash may be
 * left out; a trailing one means the folder and all below it. Case does not matter, as in SharePoint,
 * and a leading dot is nothing special. Throws a usage error for what cannot be a glob.
 */
export function pathGlob(glob: string): (path: string) => boolean {
  if (glob.startsWith('!')) {
    throw usageError(`The path "${glob}" begins with "!".`, 'Exclusions are written inside a glob: "/!(Archive)/**". For a name that begins with it: "/\\!name".');
  }
  // Leading slashes go on both sides: picomatch lets "**/" stand for no folder only where nothing precedes it.
  const pattern = plain(glob).replace(/^\/+/, '').replace(/\/$/, '/**');
  if (pattern === '') {
    if (glob === '') throw usageError('The path to watch is empty.', 'Write it like "/Reports/**".');
    return (path) => plain(path).replace(/^\/+/, '') === '';
  }
  try {
    const expression = picomatch.makeRe(escapeLoneParentheses(pattern), OPTIONS);
    return (path) => expression.test(plain(path).replace(/^\/+/, ''));
  } catch (error) {
    throw usageError(`The path "${glob}" is no glob: ${toError(error).message}`, 'Write it like "/Reports/**"; a backslash takes the meaning from a character.');
  }
}

const OPTIONS = {
  // The tool's paths have slashes, also on Windows.
  windows: false,
  nocase: true,
  dot: true,
  nonegate: true,
  keepQuotes: true,
  strictBrackets: true,
  // Without it, an expression that cannot be compiled would silently match nothing.
  debug: true,
} as const;

/** macOS decomposes accents in names, other systems do not: the same name has to match. */
function plain(text: string): string {
  return text.normalize('NFC');
}

/**
 * OneDrive's own copies are called "Report (1).xlsx": parentheses are only special after one of the
 * extended glob's signs, `@(a|b)`.
 */
function escapeLoneParentheses(glob: string): string {
  const open: ('group' | 'lone')[] = [];
  let result = '';
  for (let at = 0; at < glob.length; at += 1) {
    const character = glob.charAt(at);
    if (character === '\\') {
      result += glob.slice(at, at + 2);
      at += 1;
      continue;
    }
    let lone = false;
    if (character === '(') {
      lone = !/[!?*+@]/.test(glob.charAt(at - 1));
      open.push(lone ? 'lone' : 'group');
    } else if (character === ')') {
      lone = open.pop() === 'lone';
    }
    result += lone ? `\\${character}` : character;
  }
  return result;
}
