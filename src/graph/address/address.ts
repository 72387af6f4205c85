import type { CloudHost } from './hosts.ts';

/**
 * Address is what an address from a browser, or from "Copy link", says without anybody being asked. Names are
 * decoded once; browsers encode more than they need to (`%5F`, `%2D`).
 */
export type Address = { cloud: CloudHost | undefined } & (
  /** A place below a SharePoint host: site, library and folders, which only the service can tell apart. */
  | { kind: 'path'; host: string; segments: readonly string[] }
  /** A sharing link, to be looked up as it is. */
  | { kind: 'sharing'; url: string }
  /** A document by its unique id, without its library: `…/Doc.aspx?sourcedoc={guid}`. */
  | { kind: 'document'; host: string; segments: readonly string[]; id: string }
  /** A place in a personal OneDrive. `path` is below the drive's root (`` for the root itself). */
  | { kind: 'personal'; driveId: string; path: string }
  | { kind: 'personal-item'; driveId: string; itemId: string }
  /** A library by its ids, as the Sync button hands them over. */
  | { kind: 'library'; host: string; siteId: string; webId: string; listId: string }
  /** The files of a Teams channel. */
  | { kind: 'channel'; teamId: string; channelId: string }
);

/** Place is where an address leads: a drive, and a folder or file in it. */
export interface Place {
  driveId: string;
  /** What people call the drive, where Graph says so: `Documents`. */
  driveName: string | undefined;
  /** Below the drive's root, decoded: `` for the root itself, `/Reports/Q3.xlsx`. */
  path: string;
  folder: boolean;
}
