import type { EmulatorAdmin } from './admin/admin.ts';
import type { EventHub } from './events.ts';
import type { Drive, Group, SharePointList, Site, User } from './graph/directory/directory.ts';

/** Emulator is a running local emulator of Microsoft Graph. */
export interface Emulator {
  /** `https://localhost:8443`, without the version. */
  readonly graphUrl: string;
  /** `https://localhost:8443/common` */
  readonly authority: string;
  /** `https://localhost:8444` */
  readonly pushUrl: string;
  /** `http://localhost:8445`: the proxy for clients whose hosts are fixed, if there is one. */
  readonly proxyUrl: string | undefined;
  /** The page where a person enters a device code. */
  readonly devicePage: string;
  /** The certificate to trust: its file, for NODE_EXTRA_CA_CERTS, and its PEM. */
  readonly caFile: string;
  readonly ca: string;
  /** The first user, and that user's drive. */
  readonly user: User;
  readonly drive: Drive;
  /** The users offered on the sign-in page, and everyone who signed in under another name. */
  readonly users: readonly User[];
  /** The ids of the additional drives (option `drives`). */
  readonly extraDrives: readonly string[];
  /** The first group, if there is one. */
  readonly group: Group | undefined;
  /** The first site, and its first document library. */
  readonly site: Site;
  readonly list: SharePointList;
  readonly admin: EmulatorAdmin;
  readonly events: EventHub;
  /** Closes every listener, socket, watcher and timer. */
  close(): Promise<void>;
}
