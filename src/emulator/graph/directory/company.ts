import type { ApplicationOption } from '../../options.ts';

/**
 * The directory file: the users, groups, teams, sites and libraries that exist, as JSON. Everything but names is optional. Users are
 * named by their `userPrincipalName`; ids are derived from names.
 */
export interface Company {
  displayName: string;
  /** The host of its sites. If it is `contoso.sharepoint.com`, users' drives are on `contoso-my.sharepoint.com`. */
  host: string;
  /**
   * Whether a user's drives include those that the real service was seen to list: on business the
   * PreservationHoldLibrary, which has the same name as the user's own drive; on personal accounts, drives that
   * cannot be opened.
   */
  systemDrives: boolean;
  /** The app registrations. */
  applications: readonly ApplicationOption[];
  users: readonly CompanyUser[];
  groups: readonly CompanyGroup[];
  sites: readonly CompanySite[];
}

export interface CompanyUser {
  userPrincipalName: string;
  displayName?: string | undefined;
}

/** A Microsoft 365 group. It has a site, `/sites/{mailNickname}`, with a library. */
export interface CompanyGroup {
  displayName: string;
  mailNickname: string;
  members: readonly string[];
  /** If present, the group is a team. A private channel has its own site and library. */
  channels?: readonly CompanyChannel[] | undefined;
}

export interface CompanyChannel {
  displayName: string;
  membershipType: 'standard' | 'private';
}

export interface CompanySite {
  /** The site is `/sites/{name}`; a slash in it makes it a subsite; empty: the root site. */
  name: string;
  displayName: string;
  libraries: readonly string[];
  /** Document libraries that are hidden: they appear among the lists, but not among the drives. */
  hiddenLibraries: readonly string[];
  /** Generic lists. */
  lists: readonly string[];
  followedBy: readonly string[];
}

const ADA = 'ada@example.com';
const GRACE = 'grace@example.com';

/** Names in a domain that is reserved for examples (RFC 2606). */
export const DEFAULT_COMPANY: Company = {
  displayName: 'Example',
  host: 'example.com',
  systemDrives: false,
  applications: [],
  users: [
    { userPrincipalName: ADA, displayName: 'Ada Lovelace' },
    { userPrincipalName: GRACE, displayName: 'Grace Hopper' },
  ],
  groups: [
    {
      displayName: 'Engineering',
      mailNickname: 'EngineeringGroup',
      members: [ADA, GRACE],
      channels: [
        { displayName: 'General', membershipType: 'standard' },
        { displayName: 'Releases', membershipType: 'standard' },
        { displayName: 'Leads', membershipType: 'private' },
      ],
    },
    { displayName: 'Sales', mailNickname: 'Sales', members: [GRACE] },
  ],
  sites: [
    { name: 'Engineering', displayName: 'Engineering', libraries: ['Documents', 'Specifications'], hiddenLibraries: [], lists: ['Tasks'], followedBy: [ADA] },
    { name: 'Handbook', displayName: 'Employee Handbook', libraries: ['Documents'], hiddenLibraries: [], lists: [], followedBy: [ADA, GRACE] },
    { name: 'Handbook/Policies', displayName: 'Policies', libraries: ['Documents'], hiddenLibraries: [], lists: [], followedBy: [] },
    { name: '', displayName: 'Communication site', libraries: ['Documents'], hiddenLibraries: [], lists: [], followedBy: [] },
  ],
};
