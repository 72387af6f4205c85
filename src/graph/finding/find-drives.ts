import { matchesAll, type Candidate, type FoundDrive, type Search } from './found-drive.ts';
import { groupDrives } from './groups.ts';
import { ownDrives } from './own.ts';
import { drivesOfSite, siteDrives } from './sites.ts';

/** WhereToLook says where drives are looked for. */
export interface WhereToLook {
  /** Only in this site, as on the command line. */
  site?: string | undefined;
  /** The process signs in as itself: there is no `/me`. */
  asApp: boolean;
}

/**
 * `findDrives` yields what there is to watch, each once, as it is found: the user's own drive, drives of groups, teams
 * and channels, libraries of sites. What Graph refuses is left out and noted in `search.inquiry`. At most about 1,500 requests,
 * four at a time: one for each of 200 groups, one for each team and each private channel, two for each of 200 sites.
 */
export async function* findDrives(search: Search, where: WhereToLook): AsyncGenerator<FoundDrive, void, undefined> {
  const found = new Set<string>();
  for await (const { drive, key, matches = false } of candidates(search, where)) {
    if (found.has(key) || !(matches || matchesAll(drive, search.words))) continue;
    found.add(key);
    yield drive;
  }
}

async function* candidates(search: Search, { site, asApp }: WhereToLook): AsyncGenerator<Candidate, void, undefined> {
  if (site !== undefined) {
    yield* drivesOfSite(search, site);
    return;
  }
  const account = asApp ? 'app' : yield* ownDrives(search);
  // Personal accounts have neither groups nor sites.
  if (account === 'personal') return;
  yield* groupDrives(search, account === 'app');
  yield* siteDrives(search, account === 'app');
}
