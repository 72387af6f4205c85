import { checkFilter, type FilterOptions } from '../../changes/filter/filter.ts';
import { usageError } from '../../errors.ts';
import type { ChangeKind } from '../../events.ts';

/** FilterFlags are the flags of `watch` that filter changes, as commander gives them. */
export interface FilterFlags {
  path?: string[];
  change?: ChangeKind[];
  only?: 'files' | 'folders';
  by?: string[];
  notBy?: string[];
  notApp?: string[];
}

/** `filterOptions` checks which changes should pass; `undefined` means all. Throws a usage error for invalid values. */
export function filterOptions(flags: FilterFlags, watchesChanges: boolean): FilterOptions | undefined {
  const { path, change, only, by, notBy, notApp } = flags;
  const given = Object.entries({ path, change, only, by, notBy, notApp }).filter(([, value]) => value !== undefined);
  const [first] = given;
  if (first === undefined) return undefined;
  if (!watchesChanges) {
    const flag = first[0].replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw usageError(`--${flag} filters changes, and a notification does not say what changed.`, 'Add --changes.');
  }
  for (const glob of path ?? []) refuseForeignPath(glob);
  const options = Object.fromEntries(given) as FilterOptions;
  checkFilter(options);
  return options;
}

/** Git Bash turns `/Reports/**` into `C:/Program Files/Git/Reports/**`, which would never match, without a message. */
function refuseForeignPath(glob: string): void {
  const isForeign = /^[A-Za-z]:/.test(glob) || glob.startsWith('\\\\') || /^[A-Za-z][\w+.-]*:\/\//.test(glob);
  if (!isForeign) return;
  throw usageError(`--path ${glob} is not a path in a drive, like '/Reports/**'.`, 'Git Bash turns arguments that begin with a slash into Windows paths: set MSYS_NO_PATHCONV=1 there.');
}
