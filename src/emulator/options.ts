import { randomBytes } from 'node:crypto';
import { realClock } from './clock.ts';
import type { EmulatorClock } from './clock.ts';
import type { RandomBytes } from './secrets.ts';

/** Which kind of account the drive belongs to: they differ in ids, deletions, and `token=<timestamp>`. */
export type Personality = 'personal' | 'business';

/** The pace of things, in milliseconds; may be changed while the emulator runs. */
export interface Pace {
  /** Life of an endpoint. The real one's is undocumented; 20-60 minutes were seen. */
  lifetimeMs: number;
  /** Life of an access token. */
  tokenLifetimeMs: number;
  /** Life of a refresh token. */
  refreshTokenLifetimeMs: number;
  /** From a change to its notification. The real service takes 5-36 s. All changes in between share one notification. */
  notifyDelayMs: number;
  /** From a change to its appearance in delta. The real service takes up to a minute. */
  deltaLagMs: number;
  /** With `autoApprove`: from asking for a device code to its approval. */
  approveDelayMs: number;
}

export interface DeltaQuirks {
  /** The first delta after each change answers empty, as the real one does when it lags behind the notification. */
  emptyFirst: boolean;
  /** Each item comes twice: right away again, or again at the start of the next page. */
  repeats: 'none' | 'within-page' | 'across-pages';
  /** `parentReference.path` is left out. */
  withoutPath: boolean;
  /** Which properties a deleted item lacks: business deletes lack `name`, personal ones `size`; both `cTag`. */
  deletedShape: Personality;
  /** `deleted: {"state":"deleted"}` instead of `deleted: {}`. */
  deletedState: boolean;
  /** `delta?token=…` or `delta(token='…')`. */
  linkForm: 'query' | 'function';
  /** The unchanged folders above a changed item come with it, the root included, unless `Prefer: deltaExcludeParent`. */
  ancestors: boolean;
}

/** The shapes of the `notification` event's argument seen in the wild. */
export type NotificationShape = 'entries' | 'flat' | 'object';

export interface UserOption {
  userPrincipalName: string;
  displayName?: string | undefined;
}

type PaceOptions = { [K in keyof Pace]?: Pace[K] | undefined };

export interface EmulatorOptions extends PaceOptions {
  /** The drive's content: a real folder, created when absent. */
  folder: string;
  /** Where the certificate authority, the sign-ins and the drive's ids live: made on the first run, used again later. */
  stateFolder: string;
  /** `127.0.0.1` (with `::1` where there is IPv6), `localhost` (the same) or `::1`. Anything else is refused. */
  host?: string | undefined;
  /** Graph and sign-in; 0 takes any free port. */
  port?: number | undefined;
  /** The push host; 0 takes any free port. */
  pushPort?: number | undefined;
  /** Whether the routes under /admin exist. */
  admin?: boolean | undefined;
  /** Device codes and browser sign-ins are approved by themselves. */
  autoApprove?: boolean | undefined;
  personality?: Personality | undefined;
  /** Who can sign in without typing a name; the first one is the default. */
  users?: readonly UserOption[] | undefined;
  /** So many more drives, known through `/drives/{id}`. All drives share the folder's content. */
  drives?: number | undefined;
  pingIntervalMs?: number | undefined;
  pingTimeoutMs?: number | undefined;
  pageSize?: number | undefined;
  /** How often a client may poll for its device code, in seconds. */
  deviceCodeIntervalSeconds?: number | undefined;
  /** Whether socketIo insists on `Content-Type: application/json`, which the documentation calls required. */
  requireContentType?: boolean | undefined;
  /** A refresh token works once. Entra leaves the old one valid, so this is off by default. */
  singleUseRefreshTokens?: boolean | undefined;
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
  port: number;
  pushPort: number;
  admin: boolean;
  autoApprove: boolean;
  personality: Personality;
  users: readonly UserOption[];
  drives: number;
  pingIntervalMs: number;
  pingTimeoutMs: number;
  pageSize: number;
  deviceCodeIntervalSeconds: number;
  requireContentType: boolean;
  singleUseRefreshTokens: boolean;
  notificationShape: NotificationShape;
  pace: Pace;
  quirks: DeltaQuirks;
  log: (line: string) => void;
  clock: EmulatorClock;
  randomBytes: RandomBytes;
}

/** Names that nobody owns (RFC 2606). */
const DEFAULT_USERS: readonly UserOption[] = [
  { userPrincipalName: 'ada@example.com', displayName: 'Ada Lovelace' },
  { userPrincipalName: 'grace@example.com', displayName: 'Grace Hopper' },
];

const SECOND_MS = 1000;
const HOUR_MS = 3600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

export function settingsFrom(options: EmulatorOptions): Settings {
  const personality = options.personality ?? 'business';
  const autoApprove = options.autoApprove ?? false;
  const users = options.users?.length ? options.users : DEFAULT_USERS;
  return {
    folder: options.folder,
    stateFolder: options.stateFolder,
    hosts: loopbackHosts(options.host ?? '127.0.0.1'),
    port: options.port ?? 8443,
    pushPort: options.pushPort ?? 8444,
    admin: options.admin ?? false,
    autoApprove,
    personality,
    users,
    drives: options.drives ?? 0,
    // The values of socket.io itself; the real push host's are not documented.
    pingIntervalMs: options.pingIntervalMs ?? 25 * SECOND_MS,
    pingTimeoutMs: options.pingTimeoutMs ?? 20 * SECOND_MS,
    pageSize: options.pageSize ?? 200,
    deviceCodeIntervalSeconds: options.deviceCodeIntervalSeconds ?? (autoApprove ? 1 : 5),
    requireContentType: options.requireContentType ?? true,
    singleUseRefreshTokens: options.singleUseRefreshTokens ?? false,
    notificationShape: options.notificationShape ?? 'entries',
    pace: {
      lifetimeMs: options.lifetimeMs ?? HOUR_MS,
      tokenLifetimeMs: options.tokenLifetimeMs ?? HOUR_MS,
      refreshTokenLifetimeMs: options.refreshTokenLifetimeMs ?? 90 * DAY_MS,
      notifyDelayMs: options.notifyDelayMs ?? 300,
      deltaLagMs: options.deltaLagMs ?? 0,
      approveDelayMs: options.approveDelayMs ?? 500,
    },
    quirks: {
      emptyFirst: false,
      repeats: 'none',
      withoutPath: false,
      deletedShape: personality,
      deletedState: personality === 'business',
      linkForm: personality === 'business' ? 'query' : 'function',
      ancestors: false,
      ...options.quirks,
    },
    log: options.log ?? (() => undefined),
    clock: options.clock ?? realClock,
    randomBytes: options.randomBytes ?? randomBytes,
  };
}

/**
 * The addresses to listen on. Whoever reaches the emulator can sign in as anyone, so it must not be
 * reachable from another machine, not even by mistake.
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
