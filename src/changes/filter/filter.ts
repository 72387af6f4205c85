import { usageError } from '../../errors.ts';
import type { ChangeEvent, ChangeKind } from '../../events.ts';
import { identityOf, type Identity } from '../../identity.ts';
import { pathGlobs } from './path-glob.ts';

/** FilterOptions says which changes pass. Values of one key are alternatives; all given keys must match. */
export interface FilterOptions {
  /** Globs over the item's path; for what was renamed, moved or deleted also over its previous path. */
  path?: readonly string[];
  change?: readonly ChangeKind[];
  only?: 'files' | 'folders';
  /** Who made it: display name, e-mail address or id, in any case; `me` is whoever is signed in. */
  by?: readonly string[];
  /** Who did not, in the same forms. */
  notBy?: readonly string[];
  /** Ids of applications that did not make it. */
  notApp?: readonly string[];
}

/** ChangeFilter says whether the change passes. */
export type ChangeFilter = (event: ChangeEvent) => boolean;

/** WhoAmI finds out who is signed in. Called at most once, and only if `by` or `notBy` contains `me`. */
export type WhoAmI = () => Promise<Identity>;

/** `--by me` and `--not-by me`, in any case. */
const ME = 'me';

/**
 * `createFilter` creates the filter. An unknown field fails every filter that requires it (`path`, `by`) and passes every
 * filter that excludes (`notBy`, `notApp`). Throws a usage error for invalid values, and what `whoAmI` throws.
 */
export async function createFilter(options: FilterOptions, whoAmI: WhoAmI): Promise<ChangeFilter> {
  checkFilter(options);
  const { by = [], notBy = [] } = options;
  const me = [...by, ...notBy].some(isMe) ? namesOf(await whoAmI()) : [];
  const tests = checkFilter(options, me);
  return (event) => tests.every((test) => test(event));
}

/**
 * `checkFilter` creates the tests of the filter, and refuses invalid values before anything is sent. `me` are the names of the
 * signed-in user, whom only the service knows: without them, `me` is nobody.
 */
export function checkFilter(options: FilterOptions, me: readonly string[] = []): ChangeFilter[] {
  const { path = [], change = [], only, by = [], notBy = [], notApp = [] } = options;
  for (const name of [...by, ...notBy]) if (plain(name) === '') throw usageError('The user to filter by is empty.', 'Specify a display name, an e-mail address or an id.');
  for (const id of notApp) if (plain(id) === '') throw usageError('The app to filter by is empty.', 'Specify its id.');
  const tests: ChangeFilter[] = [];
  if (path.length > 0) {
    const matches = pathGlobs(path);
    tests.push((event) => pathsOf(event).some(matches));
  }
  if (change.length > 0) tests.push((event) => change.includes(event.change));
  if (only !== undefined) tests.push((event) => event.item.folder === (only === 'folders'));
  const people = (names: readonly string[]): string[] => names.flatMap((name) => (isMe(name) ? me : [name]));
  if (by.length > 0) tests.push(madeBy(people(by)));
  if (notBy.length > 0) tests.push(not(madeBy(people(notBy))));
  if (notApp.length > 0) {
    const ids = new Set(notApp.map(plain));
    tests.push((event) => {
      const id = identityOf(event.item.lastModifiedBy, 'application')?.id;
      return id === undefined || !ids.has(plain(id));
    });
  }
  return tests;
}

/** A file that leaves a folder concerns the folder that it leaves. */
function pathsOf({ change, item, previous }: ChangeEvent): string[] {
  const before = change === 'renamed' || change === 'moved' || change === 'deleted' ? previous?.path : undefined;
  return [item.path, before].filter((path) => path !== undefined);
}

function madeBy(names: readonly string[]): ChangeFilter {
  const wanted = new Set(names.map(plain));
  return (event) => {
    const { id, displayName, email } = identityOf(event.item.lastModifiedBy, 'user') ?? {};
    return [id, displayName, email].some((name) => name !== undefined && wanted.has(plain(name)));
  };
}

/** Two people may have the same display name: it counts only if nothing better is known about the user. */
function namesOf({ id, email, displayName }: Identity): string[] {
  const known = [id, email].filter((name) => name !== undefined);
  return known.length > 0 ? known : [displayName].filter((name) => name !== undefined);
}

function isMe(name: string): boolean {
  return plain(name) === ME;
}

function not(test: ChangeFilter): ChangeFilter {
  return (event) => !test(event);
}

function plain(name: string): string {
  return name.trim().normalize('NFC').toLowerCase();
}
