import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join, resolve } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { createAdmin } from './admin/admin.ts';
import { adminRoutes } from './admin/routes.ts';
import { certificatesFrom } from './certificates.ts';
import { ownedClock } from './clock.ts';
import type { OwnedClock } from './clock.ts';
import { FolderDrive } from './drive/folder-drive.ts';
import { TreeFile } from './drive/tree-file.ts';
import type { Emulator } from './emulator.ts';
import { eventHub, logLine } from './events.ts';
import type { EventHub } from './events.ts';
import { DownloadUrls } from './graph/content/download-urls.ts';
import { FileHashes } from './graph/content/file-hashes.ts';
import { Delta } from './graph/delta/delta.ts';
import { DEFAULT_COMPANY } from './graph/directory/company.ts';
import type { Company } from './graph/directory/company.ts';
import { Directory } from './graph/directory/directory.ts';
import { readCompany } from './graph/directory/read-company.ts';
import type { GraphService } from './graph/service.ts';
import { Sharing } from './graph/sharing/sharing.ts';
import { Throttle } from './graph/throttling/throttle.ts';
import { CopyMonitors } from './graph/writes/copy-monitors.ts';
import { UploadArea } from './graph/writes/upload-area.ts';
import { UploadSessions } from './graph/writes/upload-sessions.ts';
import { buildApp } from './http/app.ts';
import { askedOrigin } from './http/asked-origin.ts';
import { Faults } from './http/faults.ts';
import { listen } from './http/listen.ts';
import { TcpConnections } from './http/tcp-connections.ts';
import { settingsFrom } from './options.ts';
import type { EmulatorOptions, Settings } from './options.ts';
import { changeNotifier } from './push/change-notifier.ts';
import { Endpoints } from './push/endpoints.ts';
import { PushHost } from './push/push-host.ts';
import { secretsFrom, stableGuid } from './secrets.ts';
import { RefreshTokenFile } from './sign-in/refresh-token-file.ts';
import { SignInService } from './sign-in/service.ts';

export type { EmulatorAdmin, EmulatorState } from './admin/admin.ts';
export { DirectoryFileError } from './graph/directory/json-fields.ts';
export type { Emulator } from './emulator.ts';
export type { EmulatorOptions } from './options.ts';

/** The application that appears as the author of changes in the folder. */
const FOLDER_APPLICATION = { id: 'b26aadf8-566f-4478-926f-589f601d9c74', displayName: 'OneDrive' };

/**
 * `startEmulator` starts a local emulator of Microsoft Graph that serves a folder as the drive, on loopback only.
 *
 * Rejects with Node's error if a port is in use (`EADDRINUSE`) or a folder cannot be used, and with a
 * plain Error for a host that is not loopback; nothing is left running then.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const settings = settingsFrom(options);
  const clock = ownedClock(settings.clock);
  const opened: Closable[] = [];
  const close = async (): Promise<void> => {
    clock.cancelAll();
    // In reverse order, so that nothing uses a part that is already closed.
    for (const part of opened.splice(0).reverse()) await part.close();
    clock.cancelAll();
  };
  try {
    return await assemble(settings, clock, opened, close);
  } catch (error) {
    await close();
    throw error;
  }
}

interface Closable {
  close(): Promise<void>;
}

/** Starts the parts; each that must be closed is added to `opened` as soon as it is open. */
async function assemble(settings: Settings, clock: OwnedClock, opened: Closable[], close: Emulator['close']): Promise<Emulator> {
  const events = loggedEvents(settings);
  const remark = (message: string): void => {
    events.emit({ type: 'remark', message });
  };
  const secrets = secretsFrom(settings.randomBytes);
  const tls = await certificatesFrom(settings.stateFolder, settings.alsoAnswer);
  const directory = new Directory(settings.personality, companyOf(settings), settings);

  const tcp = new TcpConnections();
  const endpoints = new Endpoints(settings, clock, secrets, events);
  const push = new PushHost(settings, endpoints, events, tcp);
  const pushListeners = await listen({
    hosts: settings.hosts, port: settings.pushPort, remark,
    create: () => {
      const server = createServer(tls);
      tcp.watch(server);
      push.serve(server);
      return server;
    },
  });
  // Closed in reverse order: the listeners wait until all connections are closed.
  opened.push(pushListeners, tcp, push);

  let graphUrl = '';
  const origin = (): string => askedOrigin() ?? graphUrl;
  const refreshTokens = new RefreshTokenFile(join(settings.stateFolder, 'sign-ins.json'), remark);
  const signIn = new SignInService({ settings, directory, clock, secrets, refreshTokens, origin });
  const user = signIn.defaultUser;
  if (settings.ownContent) for (const id of directory.extraDrives) await mkdir(join(settings.folder, directory.drive(id)?.subfolder ?? ''), { recursive: true });
  const changed = changeNotifier(settings.pace, clock, (subfolder, count) => void push.burst({ count, subfolder }));
  const folder = await FolderDrive.open({
    folder: settings.folder,
    personality: settings.personality,
    author: { user: { id: user.id, displayName: user.displayName, email: user.userPrincipalName }, application: FOLDER_APPLICATION },
    now: () => clock.now(),
    lagMs: () => settings.pace.deltaLagMs,
    file: new TreeFile(treePath(settings), remark),
    onChanged: (items) => {
      events.emit({ type: 'changed', items: items.length });
      changed(items.flatMap((item) => ['', ...(settings.ownContent ? folder.topFolders(item) : [])]));
    },
    remark,
  });
  opened.push(folder);

  const pushUrl = `https://localhost:${pushListeners.port}`;
  const delta = new Delta(folder.log, settings.quirks, settings.personality, secrets.guid().slice(0, 8));
  const uploads = await UploadArea.open(join(settings.stateFolder, 'uploads'));
  opened.push(uploads);
  const sharing = new Sharing(directory, folder.tree);
  const graph: GraphService = {
    settings, directory, tokens: signIn.tokens, folder, delta, endpoints, uploads, pushUrl,
    downloads: new DownloadUrls(settings.randomBytes, () => clock.now(), origin),
    sharing,
    throttle: new Throttle(() => clock.now(), () => settings.pace.unitsPerMinute),
    hashes: new FileHashes(folder.files, settings.personality),
    uploadSessions: new UploadSessions(uploads, () => clock.now()),
    copyMonitors: new CopyMonitors(),
    nowMs: () => clock.now(),
    get graphUrl() {
      return origin();
    },
  };
  const faults = new Faults(clock);
  let requests = 0;
  const admin = createAdmin({ settings, push, endpoints, faults, signIn, folder, delta, sharing, requests: () => requests });
  const app = buildApp({
    graph, signIn, faults, events, secrets,
    admin: settings.admin ? adminRoutes(admin, () => graphUrl, tls.caFile) : undefined,
    onRequest: () => requests++,
  });
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const graphListeners = await listen({
    hosts: settings.hosts, port: settings.port, remark,
    create: () => createServer(tls, (request, response) => void answer(request, response)),
  });
  opened.push(graphListeners);
  const proxy = await proxyOf(settings, { graph: graphListeners.port, push: pushListeners.port }, remark);
  if (proxy !== undefined) opened.push(proxy);
  graphUrl = `https://localhost:${graphListeners.port}`;

  return {
    graphUrl, pushUrl,
    proxyUrl: proxy === undefined ? undefined : `http://localhost:${proxy.port}`,
    authority: `${graphUrl}/common`,
    devicePage: `${graphUrl}/device`,
    caFile: tls.caFile,
    ca: tls.ca,
    user,
    drive: user.drive,
    get users() {
      return directory.users;
    },
    extraDrives: directory.extraDrives,
    group: directory.groups[0],
    site: directory.firstSite,
    list: directory.firstLibrary,
    admin,
    events,
    close,
  };
}

async function proxyOf(settings: Settings, ports: { graph: number; push: number }, remark: (message: string) => void): Promise<(Closable & { port: number }) | undefined> {
  const { hosts, alsoAnswer, proxyPort: port } = settings;
  if (port === undefined) return undefined;
  const { openProxy } = await import('./http/proxy.ts');
  return openProxy({ hosts, port, names: alsoAnswer, ports, remark });
}

/** The users named by the option come before those of the directory file. */
function companyOf({ directoryFile, users }: Settings): Company {
  const company = directoryFile === undefined ? DEFAULT_COMPANY : readCompany(directoryFile);
  return users.length === 0 ? company : { ...company, users };
}

/** Returns the path of the file for this folder and kind of account: the ids of the two kinds differ. */
function treePath({ stateFolder, folder, personality }: Settings): string {
  return join(stateFolder, 'drives', `${stableGuid(`${personality} ${resolve(folder)}`)}.ndjson`);
}

function loggedEvents(settings: Settings): EventHub {
  const events = eventHub();
  events.on((event) => {
    settings.log(logLine(event));
  });
  return events;
}
