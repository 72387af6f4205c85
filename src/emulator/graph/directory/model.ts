export interface User {
  /** The object id. */
  id: string;
  userPrincipalName: string;
  displayName: string;
  tenantId: string;
  drive: Drive;
  /** Further drives in the user's list of drives. */
  systemDrives: readonly Drive[];
}

export interface Drive {
  id: string;
  /** Whether it is listed but cannot be opened. */
  isPhantom: boolean;
  driveType: 'personal' | 'business' | 'documentLibrary';
  name: string;
  /** `/personal/ada_example_com` and the like; notifications call it `siteUrl`. */
  siteUrl: string;
  webUrl: string;
  webId: string;
  /** Notifications call it `resource`. */
  listId: string;
  siteId: string;
  owner: { id: string; displayName: string; email: string } | undefined;
  /** The folder below the served one that is this drive's content; empty: all of it. */
  subfolder: string;
  /** Present for a library of a group's site. */
  ownerGroup: { id: string; displayName: string; email: string } | undefined;
}

export interface Site {
  /** `{host},{siteId},{webId}`. */
  id: string;
  name: string;
  displayName: string;
  /** Server-relative: `/sites/Engineering`; empty for the root site. */
  path: string;
  webUrl: string;
  lists: readonly SharePointList[];
  /** User principal names, in lower case. */
  followedBy: readonly string[];
}

export interface SharePointList {
  id: string;
  name: string;
  template: 'documentLibrary' | 'genericList';
  hidden: boolean;
  webUrl: string;
  /** Only a document library has one. */
  drive: Drive | undefined;
}

export interface Group {
  id: string;
  displayName: string;
  mailNickname: string;
  /** User principal names, in lower case. */
  members: readonly string[];
  site: Site;
  drive: Drive;
  /** Only a team has channels. */
  channels: readonly Channel[] | undefined;
}

export interface Channel {
  /** `19:…@thread.tacv2` */
  id: string;
  displayName: string;
  membershipType: 'standard' | 'private';
  /** The group's, or a private channel's own. */
  drive: Drive;
}
