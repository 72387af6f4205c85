import type { Author } from '../drive/item.ts';
import type { FolderDrive } from '../drive/folder-drive.ts';
import { rootOf } from '../graph/drive-root.ts';
import type { Delta } from '../graph/delta/delta.ts';
import type { Gone } from '../graph/delta/gone.ts';
import { shareItem } from '../graph/sharing/share-answers.ts';
import type { LinkScope, Sharing } from '../graph/sharing/sharing.ts';
import type { Fault, Faults } from '../http/faults.ts';
import type { DeltaQuirks, NotificationShape, Pace, Settings } from '../options.ts';
import type { Endpoints } from '../push/endpoints.ts';
import type { PushHost } from '../push/push-host.ts';
import type { Drop } from '../push/connection-faults.ts';
import type { SignInService } from '../sign-in/service.ts';

export interface EmulatorState {
  sockets: number;
  endpoints: { id: string; driveId: string; sockets: number; expirationDateTime: string }[];
  requests: number;
  notificationsSent: number;
  /** How many requests to the push host carried an Authorization header. */
  bearersSeen: number;
  items: number;
  faultsArmed: number;
  pace: Pace;
  quirks: DeltaQuirks;
}

/** Controls a running emulator, in process or through the admin routes. */
export interface EmulatorAdmin {
  /** Drops the connections of one endpoint, or all. Returns how many. */
  drop(how: Drop, endpointId?: string): number;
  /** Expires endpoints now: their sockets are dropped, their tokens refused. Returns how many. */
  expireEndpoints(endpointId?: string): number;
  /** Applies a fault to the next `count` (default 1) requests whose path begins with `pathPrefix` (default: any). */
  arm(fault: Fault, options?: { count?: number | undefined; pathPrefix?: string | undefined }): void;
  clearFaults(): void;
  /** Refuses the next handshakes with this HTTP status. */
  refuseHandshakes(count: number, status?: number): void;
  /** Answers the next connects with `44` and this message. */
  refuseConnects(count: number, message?: string): void;
  /** Sends notifications with this argument (default: a regular one) to one endpoint's sockets, or all. Returns how many sockets. */
  notify(options?: { argument?: unknown; count?: number | undefined; endpointId?: string | undefined }): Promise<number>;
  revokeTokens(kinds?: { access?: boolean | undefined; refresh?: boolean | undefined }): number;
  /** Issues an access token without a sign-in: for a user (default: the first), or app-only. */
  issueToken(options?: { user?: string | undefined; appOnly?: boolean | undefined; scopes?: readonly string[] | undefined }): string;
  setQuirks(quirks: Partial<DeltaQuirks>): void;
  setPace(pace: Partial<Pace>): void;
  setNotificationShape(shape: NotificationShape): void;
  /** Answers the next delta calls that have a token with 410. */
  gone(gone: Gone): void;
  /** Sets the author of changes noticed in the folder from now on. */
  setAuthor(author: { user?: string | undefined; applicationId?: string | undefined; applicationName?: string | undefined }): void;
  /** Approves or declines a device code. Returns false if there is no such code, or if that has already been decided. */
  approveDevice(userCode: string, user?: string): boolean;
  declineDevice(userCode: string): boolean;
  /** Shares an item of the first user's drive (or of another drive) by a link. Resolves with the link's URL; undefined if there is no such item. */
  share(options: { path: string; driveId?: string | undefined; scope?: LinkScope | undefined }): Promise<string | undefined>;
  /** Reads the folder now; resolves once all earlier changes to it are in the change log. */
  rescan(): Promise<void>;
  state(): EmulatorState;
}

export interface AdminParts {
  settings: Settings;
  push: PushHost;
  endpoints: Endpoints;
  faults: Faults;
  signIn: SignInService;
  folder: FolderDrive;
  delta: Delta;
  sharing: Sharing;
  requests: () => number;
}

/** The client that tokens from `issueToken` belong to: "Microsoft Graph Command Line Tools". */
const COMMAND_LINE_CLIENT = '14d82eec-204b-4c2f-b7e8-296a70dab67e';

export function createAdmin(parts: AdminParts): EmulatorAdmin {
  const { settings, push, endpoints, faults, signIn, folder, delta } = parts;
  return {
    drop: (how, endpointId) => push.drop(how, endpointId),
    expireEndpoints: (endpointId) => {
      const doomed = endpoints.all().filter(({ id }) => endpointId === undefined || id === endpointId);
      for (const endpoint of doomed) endpoints.expire(endpoint);
      return doomed.length;
    },
    arm: (fault, options) => {
      faults.arm(fault, options);
    },
    clearFaults: () => {
      faults.clear();
      push.refuseHandshakes.count = 0;
      push.refuseConnects.count = 0;
      delta.gone = undefined;
    },
    refuseHandshakes: (count, status = 503) => {
      push.refuseHandshakes = { count, status };
    },
    refuseConnects: (count, message = 'Invalid namespace') => {
      push.refuseConnects = { count, message };
    },
    notify: ({ argument, count = 1, endpointId } = {}) => push.burst({ argument, count, endpointId }),
    revokeTokens: ({ access = true, refresh = true } = {}) => signIn.tokens.revoke({ access, refresh }),
    issueToken: ({ user, appOnly = false, scopes = appOnly ? ['Files.Read.All', 'Sites.Read.All'] : ['Files.Read', 'Sites.Read.All', 'User.Read'] } = {}) =>
      signIn.tokens.issueAccess({
        user: appOnly ? undefined : user === undefined ? signIn.defaultUser : signIn.directory.user(user),
        clientId: COMMAND_LINE_CLIENT,
        scopes,
      }).token,
    setQuirks: (quirks) => {
      Object.assign(settings.quirks, quirks);
    },
    setPace: (pace) => {
      Object.assign(settings.pace, pace);
    },
    setNotificationShape: (shape) => {
      settings.notificationShape = shape;
    },
    gone: (gone) => {
      delta.gone = { ...gone };
    },
    setAuthor: ({ user, applicationId, applicationName }) => {
      folder.author = {
        user: user === undefined ? folder.author.user : authorUser(signIn, user),
        application: {
          id: applicationId ?? folder.author.application.id,
          displayName: applicationName ?? folder.author.application.displayName,
        },
      };
    },
    approveDevice: (userCode, user) => {
      const code = signIn.deviceCodes.pending(userCode);
      if (code !== undefined) code.decision = { user: user === undefined ? signIn.defaultUser : signIn.directory.user(user) };
      return code !== undefined;
    },
    declineDevice: (userCode) => {
      const code = signIn.deviceCodes.pending(userCode);
      if (code !== undefined) code.decision = 'declined';
      return code !== undefined;
    },
    share: async ({ path, driveId, scope = 'organization' }) => {
      const drive = driveId === undefined ? signIn.defaultUser.drive : signIn.directory.drive(driveId);
      if (drive === undefined) return undefined;
      const node = folder.tree.byNames(path.split('/').filter((name) => name !== ''), rootOf(folder, drive));
      if (node === undefined) return undefined;
      const { link } = await shareItem({ folder, sharing: parts.sharing }, drive, node, { type: 'view', scope });
      return link.webUrl;
    },
    rescan: () => folder.rescan(),
    state: () => ({
      sockets: push.sockets,
      endpoints: endpoints.all().map(({ id, drive, expiresMs }) => ({
        id,
        driveId: drive.id,
        sockets: push.socketsOf(id),
        expirationDateTime: new Date(expiresMs).toISOString(),
      })),
      requests: parts.requests(),
      notificationsSent: push.notificationsSent,
      bearersSeen: push.bearersSeen,
      items: folder.tree.size,
      faultsArmed: faults.armed.length,
      pace: { ...settings.pace },
      quirks: { ...settings.quirks },
    }),
  };
}

function authorUser(signIn: SignInService, name: string): Author['user'] {
  const user = signIn.directory.user(name);
  return { id: user.id, displayName: user.displayName, email: user.userPrincipalName };
}
