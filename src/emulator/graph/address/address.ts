/** A site as it is written in a URL: an id, or a host and a server-relative path. */
export type SiteReference = { id: string } | { host: string; path: string };

/** The drive that a URL addresses. */
export type DriveReference =
  | { of: 'me' }
  | { of: 'drive'; id: string }
  | { of: 'user'; id: string }
  | { of: 'group'; id: string }
  | { of: 'site'; site: SiteReference }
  | { of: 'list'; site: SiteReference; list: string };

/**
 * `node` is an item's id in the tree, which clients do not see on personal drives; `uniqueId` the GUID
 * that a SharePoint list has for it; `special` the name of a folder such as `photos`.
 */
export type ItemReference =
  | { by: 'root' }
  | { by: 'special'; name: string }
  | { by: 'uniqueId'; id: string }
  | { by: 'node'; id: string }
  | { by: 'id'; id: string }
  | { by: 'path'; from: string | undefined; names: readonly string[] };

/** What a Graph URL addresses. */
export type Address =
  | { what: 'me' }
  | { what: 'users' }
  | { what: 'user'; id: string }
  | { what: 'organization' }
  | { what: 'groups' }
  | { what: 'group'; id: string }
  | { what: 'groupSite'; id: string }
  | { what: 'drives'; drive: DriveReference }
  | { what: 'sites' }
  | { what: 'allSites' }
  | { what: 'subsites'; site: SiteReference }
  /** Of a user, or the signed-in one. */
  | { what: 'followedSites'; user: string | undefined }
  | { what: 'memberOf'; user: string | undefined }
  | { what: 'joinedTeams'; user: string | undefined }
  | { what: 'team'; team: string }
  | { what: 'channels'; team: string }
  | { what: 'channel'; team: string; channel: string }
  | { what: 'filesFolder'; team: string; channel: string }
  | { what: 'searchQuery' }
  /** An encoded sharing link or webUrl, and the segments after it. */
  | { what: 'share'; token: string; below: readonly string[] }
  | { what: 'site'; site: SiteReference }
  | { what: 'lists'; site: SiteReference }
  | { what: 'list'; site: SiteReference; list: string }
  | { what: 'listEndpoint'; site: SiteReference; list: string }
  | { what: 'drive'; drive: DriveReference }
  | { what: 'driveList'; drive: DriveReference }
  | { what: 'endpoint'; drive: DriveReference }
  | { what: 'item'; drive: DriveReference; item: ItemReference }
  | { what: 'children'; drive: DriveReference; item: ItemReference }
  | { what: 'content'; drive: DriveReference; item: ItemReference }
  | { what: 'createUploadSession'; drive: DriveReference; item: ItemReference }
  | { what: 'copy'; drive: DriveReference; item: ItemReference }
  | { what: 'createLink'; drive: DriveReference; item: ItemReference }
  | { what: 'permissions'; drive: DriveReference; item: ItemReference }
  | { what: 'search'; drive: DriveReference; item: ItemReference; text: string }
  | { what: 'delta'; drive: DriveReference; item: ItemReference; token: string | undefined };
