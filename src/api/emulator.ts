import type { Duration, TokenFunction } from './options.ts';

/** EmulatorOptions are the options of `createEmulator`. Durations are in milliseconds, or text like `'90s'`. */
export interface EmulatorOptions {
  /** The drive's content: a local folder, created if missing and not removed. Default: an empty temporary folder, removed at `stop`. */
  folder?: string | undefined;
  /** Where the certificate authority, sign-ins and item ids are kept. Default: a temporary folder, removed at `stop`. */
  stateFolder?: string | undefined;
  /** Port of Graph and sign-in. Default: 0, any free port. */
  port?: number | undefined;
  /** Port of the push host. Default: 0, any free port. */
  pushPort?: number | undefined;
  /** The kind of account, which decides about ids, deletions and `since`. Default: `business`. */
  personality?: 'personal' | 'business' | undefined;
  /** Who can sign in; the first is the default user. Default: a small company. */
  users?: readonly EmulatorUser[] | undefined;
  /** The path of a JSON file with users, groups, teams, sites and libraries. */
  directory?: string | undefined;
  /** How many additional drives there are; their ids are in `extraDriveIds`. Default: 0. */
  drives?: number | undefined;
  /** Lifetime of an endpoint. Default: an hour. */
  lifetime?: Duration | undefined;
  /** Lifetime of an access token. Default: an hour. */
  tokenLifetime?: Duration | undefined;
  /** From a change to its notification. Default: none; the real service takes 5 to 36 seconds. */
  notifyDelay?: Duration | undefined;
  /** From a change to its appearance in delta. Default: none; the real service takes up to a minute. */
  deltaLag?: Duration | undefined;
  /** How often the push host sends a ping. Default: 25 seconds. */
  pingInterval?: Duration | undefined;
  /** Delta entries per page. Default: 200. */
  pageSize?: number | undefined;
  /** Resource units per minute, beyond which requests are answered with 429. Default: no limit. */
  throttle?: number | undefined;
  /** Called with a line for each request: method, path, status. */
  log?: ((line: string) => void) | undefined;
}

/** EmulatorUser is somebody who can sign in. */
export interface EmulatorUser {
  /** The sign-in name: `ada@example.com`. */
  userPrincipalName: string;
  /** The name that people see. Default: made from the sign-in name. */
  displayName?: string | undefined;
}

/** EmulatorConnection is what `watch` and `changes` need to reach an emulator: `changes('me', { ...emulator.connection })`. */
export interface EmulatorConnection {
  /** So that addresses of the emulator are recognized. */
  cloud: 'emulator';
  /** Its Graph root, without the version. */
  graphUrl: string;
  /** The PEM of its certificate authority. */
  ca: string;
  /** Returns an access token of the first user; another one once that was refused. */
  token: TokenFunction;
}

/** RequestFault is what happens to the next requests. */
export type RequestFault = RequestFaultScope &
  (
    | { kind: 'answer'; status: number; code?: string; message?: string; retryAfter?: number | string }
    | { kind: 'hang' }
    | { kind: 'reset' }
    | { kind: 'delay'; delay: Duration }
  );

/** RequestFaultScope says which requests a fault is for. */
export interface RequestFaultScope {
  /** How many requests. Default: 1. */
  count?: number;
  /** Only requests whose path begins like this: `/v1.0/me/drive/root/delta`. Default: any. */
  path?: string;
}

/** ConnectionLoss is a way to lose a push connection: cleanly, by a TCP reset, silently (pings stop), or with a WebSocket close code. */
export type ConnectionLoss = 'disconnect' | 'reset' | 'silent' | number;

/** CursorLoss says how delta refuses cursors. */
export interface CursorLoss {
  /** How many delta requests are answered with 410. Default: 1. */
  count?: number;
  /** Graph's error code. Default: `resyncRequired`. */
  code?: 'resyncRequired' | 'resyncChangesApplyDifferences' | 'resyncChangesUploadDifferences';
}

/** TokenOptions say whose token it is. */
export interface TokenOptions {
  /** The sign-in name. Default: the first user. */
  user?: string;
  /** A token of an app, without a user. Default: false. */
  appOnly?: boolean;
  /** The permissions in it. */
  scopes?: readonly string[];
}

/** EmulatorAuthor is who appears to make the changes. */
export interface EmulatorAuthor {
  /** The sign-in name. */
  user?: string;
  /** The id of the app that the changes are made with. */
  applicationId?: string;
  /** The app's name. */
  applicationName?: string;
}

/** EmulatorState is what the emulator counts. */
export interface EmulatorState {
  /** Push connections that are open. */
  sockets: number;
  /** Requests since the start. */
  requests: number;
  /** Notifications that were handed to a connection. */
  notificationsSent: number;
  /** Items in the drive. */
  items: number;
  /** Faults that no request has met yet. */
  faultsArmed: number;
}

/**
 * Emulator is a local emulator of Microsoft Graph, which listens on loopback only. Paths are those of the drive, `/Reports/Q3.xlsx`; methods that change
 * the drive resolve once Graph would report the change.
 */
export interface Emulator {
  /** What `watch` and `changes` need to reach it. */
  readonly connection: EmulatorConnection;
  /** The Graph root, without the version: `https://localhost:49152`. */
  readonly graphUrl: string;
  /** The sign-in authority, with the tenant. */
  readonly authority: string;
  /** The PEM of its certificate authority. */
  readonly ca: string;
  /** The file with that PEM, for NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  /** The local folder that is the drive's content: whatever changes in it is a change of the drive. */
  readonly folder: string;
  /** The first user's object id, sign-in name and display name. */
  readonly user: Readonly<Required<EmulatorUser> & { id: string }>;
  /** The id of the first user's drive. */
  readonly driveId: string;
  /** The ids of the additional drives (option `drives`). */
  readonly extraDriveIds: readonly string[];
  /** Writes a file, with the folders above it. */
  write(path: string, content: string | Uint8Array): Promise<void>;
  /** Creates a folder, with those above it. */
  createFolder(path: string): Promise<void>;
  /** Renames a file or folder within its folder. */
  rename(path: string, name: string): Promise<void>;
  /** Moves a file or folder, with the folders above its new place. */
  move(from: string, to: string): Promise<void>;
  /** Deletes a file, or a folder with everything in it. */
  remove(path: string): Promise<void>;
  /** Shares an item of the first user's drive; resolves with the link's address, or `undefined` if there is no such item. */
  share(path: string, scope?: 'anonymous' | 'organization' | 'users'): Promise<string | undefined>;
  /** Sets who appears to make changes from now on. */
  setAuthor(author: EmulatorAuthor): void;
  /** Returns an access token, without a sign-in. */
  issueToken(options?: TokenOptions): string;
  /** Makes every token issued so far invalid; returns how many there were. */
  revokeTokens(): number;
  /** Sends a notification to every connection; resolves with how many there were. */
  notify(): Promise<number>;
  /** Makes something happen to the next requests. */
  fail(fault: RequestFault): void;
  /** Loses all push connections; returns how many. */
  dropConnections(how?: ConnectionLoss): number;
  /** Expires all endpoints now: their connections are dropped. Returns how many. */
  expireEndpoints(): number;
  /** Refuses the next connections to the push host with this HTTP status (default: 503). */
  refuseConnections(count: number, status?: number): void;
  /** Makes delta refuse the next requests that have a cursor (410). */
  loseCursors(loss?: CursorLoss): void;
  /** Forgets all faults that no request has met yet. */
  clearFaults(): void;
  /** Returns what it counts. */
  state(): EmulatorState;
  /** Stops it: closes every listener, connection and timer, and removes the temporary folders. */
  stop(): Promise<void>;
  /** Stops it at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}
