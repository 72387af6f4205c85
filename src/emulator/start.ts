import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import { getRequestListener } from '@hono/node-server';
import { adminPowers } from './admin/powers.ts';
import { adminRoutes } from './admin/routes.ts';
import type { EmulatorAdmin } from './admin/powers.ts';
import { certificatesFrom } from './certificates.ts';
import { ownedClock } from './clock.ts';
import { FolderDrive } from './drive/folder-drive.ts';
import { eventHub, logLine } from './events.ts';
import type { EventHub } from './events.ts';
import { Delta } from './graph/delta.ts';
import { Directory } from './graph/directory.ts';
import type { Drive, Group, SharePointList, Site, User } from './graph/directory.ts';
import { buildApp } from './http/app.ts';
import { Faults } from './http/faults.ts';
import { listen } from './http/listen.ts';
import type { Listeners } from './http/listen.ts';
import { settingsFrom } from './options.ts';
import type { EmulatorOptions } from './options.ts';
import { changeNotifier } from './push/change-notifier.ts';
import { Endpoints } from './push/endpoints.ts';
import { PushHost } from './push/push-host.ts';
import { secretsFrom } from './secrets.ts';
import { SignInService } from './sign-in/service.ts';

export type { EmulatorAdmin } from './admin/powers.ts';
export type { EmulatorOptions } from './options.ts';

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
  readonly users: readonly User[];
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

/** The application that is named for changes made in the folder. */
const FOLDER_APPLICATION = { id: 'b26aadf8-566f-4478-926f-589f601d9c74', displayName: 'OneDrive' };

/**
 * Starts a local Microsoft Graph over a folder, on loopback only.
 *
 * Rejects with Node's error where a port is taken (`EADDRINUSE`) or a folder cannot be used, and with
 * a plain Error for a host that is not loopback; nothing is left running then.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const settings = settingsFrom(options);
  const events = eventHub();
  events.on((event) => {
    settings.log(logLine(event));
  });
  const remark = (message: string): void => {
    events.emit({ type: 'remark', message });
  };
  const clock = ownedClock(settings.clock);
  const secrets = secretsFrom(settings.randomBytes);
  const directory = new Directory(settings.personality, settings.users, settings.drives);
  const certificates = await certificatesFrom(settings.stateFolder);
  const faults = new Faults(clock);
  const endpoints = new Endpoints(settings, clock, secrets, events);

  const opened: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    clock.cancelAll();
    for (const part of opened.splice(0).reverse()) await part.close();
    clock.cancelAll();
  };
  try {
    const pushListeners: { current: Listeners | undefined } = { current: undefined };
    const push = new PushHost(settings, endpoints, events, {
      rawConnection: (address, port) => pushListeners.current?.rawConnection(address, port),
    });
    opened.push(push);
    const changed = changeNotifier(settings.pace, clock, () => push.notifyAll());
    const signIn = new SignInService(settings, directory, clock, secrets, () => graphUrl);
    const [user = signIn.defaultUser] = directory.users;
    const folder = await FolderDrive.open({
      folder: settings.folder,
      personality: settings.personality,
      author: {
        user: { id: user.id, displayName: user.displayName, email: user.userPrincipalName },
        application: FOLDER_APPLICATION,
      },
      now: () => clock.now(),
      lagMs: () => settings.pace.deltaLagMs,
      onChanged: (items) => {
        events.emit({ type: 'changed', items: items.length });
        changed();
      },
      remark,
    });
    opened.push(folder);

    const pushServers = await listen(certificates, settings.hosts, settings.pushPort, (server) => {
      servePush(server, push);
    }, remark);
    opened.push(pushServers);
    pushListeners.current = pushServers;
    const pushUrl = `https://localhost:${pushServers.port}`;

    const delta = new Delta(folder.log, settings.quirks, settings.personality, secrets.guid().slice(0, 8));
    let requests = 0;
    const powers = adminPowers({ settings, push, endpoints, faults, signIn, folder, delta, requests: () => requests });
    let graphUrl = '';
    const graph = {
      settings, directory, tokens: signIn.tokens, folder, delta, endpoints, pushUrl,
      nowMs: () => clock.now(),
      get graphUrl() {
        return graphUrl;
      },
    };
    const app = buildApp({ graph, signIn, faults, events, secrets, admin: settings.admin ? adminRoutes(powers, () => graphUrl) : undefined, onRequest: () => requests++ });
    const answerRequest = getRequestListener(app.fetch, { overrideGlobalObjects: false });
    const graphServers = await listen(certificates, settings.hosts, settings.port, (server) => {
      server.on('request', (request: IncomingMessage, response: ServerResponse) => void answerRequest(request, response));
    }, remark);
    opened.push(graphServers);
    graphUrl = `https://localhost:${graphServers.port}`;

    const [list] = directory.site.lists;
    if (list === undefined) throw new Error('The site always has a document library.');
    return {
      graphUrl,
      authority: `${graphUrl}/common`,
      pushUrl,
      devicePage: `${graphUrl}/device`,
      caFile: certificates.caFile,
      ca: certificates.ca,
      user,
      drive: user.drive,
      get users() {
        return directory.users;
      },
      extraDrives: directory.extraDrives,
      group: directory.group,
      site: directory.site,
      list,
      admin: powers,
      events,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function servePush(server: Server, push: PushHost): void {
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    push.request(request, response);
  });
  server.on('upgrade', (request, socket, head) => {
    push.upgrade(request, socket, head);
  });
}
