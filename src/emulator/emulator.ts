import type { EmulatorAdmin } from './admin/powers.ts';
import type { EventHub } from './events.ts';
import type { Drive, Group, SharePointList, Site, User } from './graph/directory.ts';

/** A local Microsoft Graph, running. */
export interface Emulator {
  /** `https://localhost:8443`, without the version. */
  readonly graphUrl: string;
  /** `https://localhost:8443/common` */
  readonly authority: string;
  /** `https://localhost:8444` */
  readonly pushUrl: string;
  /** Where a person enters a device code. */
  readonly devicePage: string;
  /** The certificate to trust: its file, for NODE_EXTRA_CA_CERTS, and its PEM. */
  readonly caFile: string;
  readonly ca: string;
  /** The first user, and that user's drive. */
  readonly user: User;
  readonly drive: Drive;
  /** Everyone who can be chosen on the pages, and has signed in under a name of their own. */
  readonly users: readonly User[];
  /** The ids of the drives that `drives` asked for. */
  readonly extraDrives: readonly string[];
  readonly group: Group;
  readonly site: Site;
  /** The site's document library. */
  readonly list: SharePointList;
  readonly admin: EmulatorAdmin;
  readonly events: EventHub;
  /** Closes every listener, socket, watcher and timer. */
  close(): Promise<void>;
}
