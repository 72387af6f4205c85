import { randomBytes } from 'node:crypto';
import { realClock } from './clock.ts';
import type { EmulatorClock } from './clock.ts';
import type { RandomBytes } from './secrets.ts';

/** The kind of account that drives belong to: they differ in ids, deletions and `token=<timestamp>`. */
export type Personality = 'personal' | 'business';

/** Lifetimes and delays in milliseconds, and the limit of requests; may be changed while the emulator runs. */
export interface Pace {
  /** Lifetime of an endpoint. The real one is undocumented; 20-60 minutes were seen. */
  lifetimeMs: number;
  /** Lifetime of an access token. */
  tokenLifetimeMs: number;
  /** Lifetime of a refresh token. */
  refreshTokenLifetimeMs: number;
  /** The time from a change to its notification. The real service takes 5-36 s. */
  notifyDelayMs: number;
  /** The time from a change to its appearance in delta. The real service takes up to a minute. */
  deltaLagMs: number;
  /** Resource units per minute and application, beyond which requests are throttled; undefined: no limit. */
  unitsPerMinute: number | undefined;
  /** With `autoApprove`: the time from issuing a device code to its approval. */
  approveDelayMs: number;
}

export interface DeltaQuirks {
  /** The first delta call after each change answers empty, as the real service does when delta lags behind the notification. */
  emptyFirst: boolean;
  /** Each item comes twice: again at once, or again at the start of the next page. */
  repeats: 'none' | 'within-page' | 'across-pages';
  /** `parentReference.path` is left out. */
  withoutPath: boolean;
  /** Which properties a deleted item lacks: business deletes lack `name`, personal ones `size`; both `cTag`. */
  deletedShape: Personality;
  /** `deleted: {"state":"deleted"}` instead of `deleted: {}`. */
  deletedState: boolean;
  /** `delta?token=…` or `delta(token='…')`. */
  linkForm: 'query' | 'function';
  /**
   * Every page includes the unchanged folders above a changed item, or with `deltaExcludeParent` only the
   * root, as the real service does.
   */
  ancestors: boolean;
  /** `children-first`: a page has a folder's content before the folder. The real service sends folders first. */
  order: 'folders-first' | 'children-first';
}

/** The shapes of the `notification` event's argument that the real service was seen to send. */
export type NotificationShape = 'entries' | 'flat' | 'object';

export interface UserOption {
  userPrincipalName: string;
  displayName?: string | undefined;
}

/** An app registration. Without one, an app is accepted with any secret or assertion, and may read. */
export interface ApplicationOption {
  clientId: string;
  /** Absent: the client id. */
  displayName?: string | undefined;
  /** Whether "Allow public client flows" is on. Absent: it is, unless the app has a credential. */
  isPublic?: boolean | undefined;
  secret?: string | undefined;
  /** PEM of the certificate that its assertions are signed with. */
  certificate?: string | undefined;
  /** The tokens of other identity providers that it may sign in with: issuer and subject, compared exactly. */
  federated?: readonly { issuer: string; subject: string }[] | undefined;
  /** The application permissions that it was granted, such as `Files.Read.All`; with none, it gets tokens that Graph refuses. */
  roles?: readonly string[] | undefined;
}

type PaceOptions = { [K in keyof Pace]?: Pace[K] | undefined };

export interface EmulatorOptions extends PaceOptions {
  /** The drive's content: a local folder, created if missing. */
  folder: string;
  /** Keeps the certificate authority, the sign-ins and the drive's ids: created on the first run and reused. */
  stateFolder: string;
  /** `127.0.0.1` (with `::1` where there is IPv6), `localhost` (the same) or `::1`. Anything else is refused. */
  host?: string | undefined;
  /** Further host names to answer for, such as `graph.microsoft.com`, for clients whose hosts are fixed. */
  alsoAnswer?: readonly string[] | undefined;
  /** Port of Graph and sign-in; 0: any free port. */
  port?: number | undefined;
  /** Port of the push host; 0: any free port. */
  pushPort?: number | undefined;
  /** Port of the proxy that routes these names here; 0: any free port; absent: no proxy. */
  proxyPort?: number | undefined;
  /** Whether the routes under /admin exist. */
  admin?: boolean | undefined;
  /** Device codes and browser sign-ins are approved automatically. */
  autoApprove?: boolean | undefined;
  personality?: Personality | undefined;
  /** The users offered on the sign-in page; the first one is the default. */
  users?: readonly UserOption[] | undefined;
  /** A JSON file that says which users, groups, teams, sites and libraries there are; absent: a small company. */
  directoryFile?: string | undefined;
  /** App registrations. Client ids without one are accepted, too. */
  applications?: readonly ApplicationOption[] | undefined;
  /** How many additional drives there are, reachable as `/drives/{id}`. They have the folder's content, too. */
  drives?: number | undefined;
  /** Whether each additional drive has its own content instead: the subfolder `drive-<n>`, which is created. */
  ownContent?: boolean | undefined;
  pingIntervalMs?: number | undefined;
  pingTimeoutMs?: number | undefined;
  pageSize?: number | undefined;
  /** How often a client may poll for its device code, in seconds. */
  deviceCodeIntervalSeconds?: number | undefined;
  /** Whether socketIo refuses requests without `Content-Type: application/json`. The documentation calls it required; the real service does not insist. */
  requireContentType?: boolean | undefined;
  /** Whether a refresh token works only once. Entra leaves the old one valid, so this is off by default. */
  singleUseRefreshTokens?: boolean | undefined;
  /** Whether the push host accepts long polling. Hosts of the `pushn` rings do not; the notification URL then contains `pushn`. */
  polling?: boolean | undefined;
  quirks?: Partial<DeltaQuirks> | undefined;
  notificationShape?: NotificationShape | undefined;
  /** The request log: method, path, status. Never tokens, codes or queries. */
  log?: ((line: string) => void) | undefined;
  clock?: EmulatorClock | undefined;
  randomBytes?: RandomBytes | undefined;
}

/** The options with every default filled in. `pace` and `quirks` may change while the emulator runs. */
export interface Settings {
  folder: string;
  stateFolder: string;
  hosts: readonly string[];
  /** In lower case. */
  alsoAnswer: readonly string[];
  port: number;
  pushPort: number;
  proxyPort: number | undefined;
  admin: boolean;
  autoApprove: boolean;
  personality: Personality;
  /** Used instead of the directory's users, if there are any. */
  users: readonly UserOption[];
  directoryFile: string | undefined;
  applications: readonly ApplicationOption[];
  drives: number;
  ownContent: boolean;
  pingIntervalMs: number;
  pingTimeoutMs: number;
  pageSize: number;
  deviceCodeIntervalSeconds: number;
  requireContentType: boolean;
  singleUseRefreshTokens: boolean;
  polling: boolean;
  notificationShape: NotificationShape;
  pace: Pace;
  quirks: DeltaQuirks;
  log: (line: string) => void;
  clock: EmulatorClock;
  randomBytes: RandomBytes;
}

/** As in the real service: see `DeltaQuirks.ancestors`. */
const FOLDERS_ABOVE_COME_ALONG = true;

const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

export function settingsFrom(options: EmulatorOptions): Settings {
  const personality = options.personality ?? 'business';
  const autoApprove = options.autoApprove ?? false;
  return {
    folder: options.folder,
    stateFolder: options.stateFolder,
    hosts: loopbackHosts(options.host ?? '127.0.0.1'),
    alsoAnswer: hostNames(options.alsoAnswer ?? []),
    port: options.port ?? 8443,
    pushPort: options.pushPort ?? 8444,
    proxyPort: options.proxyPort,
    admin: options.admin ?? false,
    autoApprove,
    personality,
    users: options.users ?? [],
    directoryFile: options.directoryFile,
    applications: options.applications ?? [],
    drives: options.drives ?? 0,
    ownContent: options.ownContent ?? false,
    // socket.io's own defaults; the real push host's values are not documented.
    pingIntervalMs: options.pingIntervalMs ?? 25 * SECOND_MS,
    pingTimeoutMs: options.pingTimeoutMs ?? 20 * SECOND_MS,
    pageSize: options.pageSize ?? 200,
    deviceCodeIntervalSeconds: options.deviceCodeIntervalSeconds ?? (autoApprove ? 1 : 5),
    requireContentType: options.requireContentType ?? false,
    singleUseRefreshTokens: options.singleUseRefreshTokens ?? false,
    polling: options.polling ?? false,
    notificationShape: options.notificationShape ?? 'entries',
    pace: {
      lifetimeMs: options.lifetimeMs ?? HOUR_MS,
      tokenLifetimeMs: options.tokenLifetimeMs ?? HOUR_MS,
      refreshTokenLifetimeMs: options.refreshTokenLifetimeMs ?? 90 * DAY_MS,
      notifyDelayMs: options.notifyDelayMs ?? 300,
      deltaLagMs: options.deltaLagMs ?? 0,
      unitsPerMinute: options.unitsPerMinute,
      approveDelayMs: options.approveDelayMs ?? 500,
    },
    quirks: {
      emptyFirst: false,
      repeats: 'none',
      withoutPath: false,
      deletedShape: personality,
      deletedState: personality === 'business',
      linkForm: 'query',
      ancestors: FOLDERS_ABOVE_COME_ALONG,
      order: 'folders-first',
      ...options.quirks,
    },
    log: options.log ?? (() => undefined),
    clock: options.clock ?? realClock,
    randomBytes: options.randomBytes ?? randomBytes,
  };
}

/** Checks and lower-cases host names: at least two labels of letters, digits and hyphens (RFC 1123, 2.1). */
function hostNames(names: readonly string[]): readonly string[] {
  for (const name of names) if (!HOST_NAME.test(name)) throw new Error(`"${name}" is not a host name.`);
  return [...new Set(names.map((name) => name.toLowerCase()))];
}

const HOST_NAME = /^(?=.{1,190}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/i;

/**
 * Returns the addresses to listen on. Anyone who can reach the emulator can sign in as anyone, so it
 * must not be reachable from another machine, not even by mistake. Throws for any other host.
 */
function loopbackHosts(host: string): readonly string[] {
  switch (host) {
    case '127.0.0.1':
    case 'localhost':
      return ['127.0.0.1', '::1'];
    case '::1':
      return ['::1'];
    default:
      throw new Error(`The emulator listens on loopback only (127.0.0.1, localhost or ::1), not on "${host}".`);
  }
}
