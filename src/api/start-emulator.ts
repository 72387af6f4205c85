import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { usageError, WatchError } from '../errors.ts';
import { parseDuration } from '../lib/duration.ts';
import { refusedBySystem } from '../lib/system-errors.ts';
import type { startEmulator } from '../emulator/start.ts';
import type { Duration } from './options.ts';
import type { Emulator, EmulatorOptions, RequestFault } from './emulator.ts';

type Running = Awaited<ReturnType<typeof startEmulator>>;

/** `startForTests` does what `createEmulator` promises. */
export async function startForTests(options: EmulatorOptions): Promise<Emulator> {
  const place = await mkdtemp(join(tmpdir(), 'graph-watch-emulator-'));
  const folder = resolve(options.folder ?? join(place, 'drive'));
  try {
    const running = await start(options, folder, resolve(options.stateFolder ?? join(place, 'state')));
    return control(running, folder, async () => {
      await running.close();
      await rm(place, { recursive: true, force: true });
    });
  } catch (error) {
    await rm(place, { recursive: true, force: true });
    throw error;
  }
}

async function start(options: EmulatorOptions, folder: string, stateFolder: string): Promise<Running> {
  const { startEmulator: start, DirectoryFileError } = await import('../emulator/start.ts');
  const { port = 0, pushPort = 0, personality, users, directory: directoryFile, drives, pageSize, throttle: unitsPerMinute, log } = options;
  try {
    return await refusedBySystem('The emulator cannot start', 'Check the folders and the ports; 0 is any free port.', () => start({
      folder, stateFolder, port, pushPort, personality, users, directoryFile, drives, pageSize, unitsPerMinute, log,
      lifetimeMs: milliseconds(options.lifetime), tokenLifetimeMs: milliseconds(options.tokenLifetime), pingIntervalMs: milliseconds(options.pingInterval),
      notifyDelayMs: milliseconds(options.notifyDelay) ?? 0, deltaLagMs: milliseconds(options.deltaLag),
    }));
  } catch (error) {
    if (error instanceof DirectoryFileError) throw new WatchError('usage', error.message, { cause: error });
    throw error;
  }
}

function control(running: Running, folder: string, close: () => Promise<void>): Emulator {
  const { graphUrl, authority, ca, caFile, user, drive, extraDrives, admin } = running;
  let token = admin.issueToken();
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= close());
  const at = (path: string): string => join(folder, ...segmentsOf(path));
  const changed = async (work: () => Promise<unknown>): Promise<void> => {
    await work();
    await admin.rescan();
  };
  const move = (from: string, to: string): Promise<void> => changed(async () => {
    await mkdir(dirname(at(to)), { recursive: true });
    await rename(at(from), at(to));
  });
  return {
    connection: {
      cloud: 'emulator', graphUrl, ca,
      token: ({ refused }) => {
        if (refused === token) token = admin.issueToken();
        return token;
      },
    },
    graphUrl, authority, ca, caFile, folder,
    user: { id: user.id, userPrincipalName: user.userPrincipalName, displayName: user.displayName },
    driveId: drive.id,
    extraDriveIds: extraDrives,
    write: (path, content) => changed(async () => {
      await mkdir(dirname(at(path)), { recursive: true });
      await writeFile(at(path), content);
    }),
    createFolder: (path) => changed(() => mkdir(at(path), { recursive: true })),
    rename: (path, name) => {
      if (basename(name) !== name) throw usageError(`"${name}" is not the name of an item.`, 'Use move to give it another folder.');
      return move(path, `${dirname(path)}/${name}`);
    },
    move,
    remove: (path) => changed(() => rm(at(path), { recursive: true })),
    share: (path, scope) => admin.share({ path, scope }),
    setAuthor: (author) => { admin.setAuthor(author); },
    issueToken: (options) => admin.issueToken(options),
    revokeTokens: () => admin.revokeTokens(),
    notify: () => admin.notify(),
    fail: ({ count, path, ...fault }) => { admin.arm(armed(fault), { count, pathPrefix: path }); },
    dropConnections: (how = 'reset') => admin.drop(how),
    expireEndpoints: () => admin.expireEndpoints(),
    refuseConnections: (count, status) => { admin.refuseHandshakes(count, status); },
    loseCursors: ({ count = 1, code = 'resyncRequired' } = {}) => { admin.gone({ count, code, location: 'good' }); },
    clearFaults: () => { admin.clearFaults(); },
    state: () => {
      const { sockets, requests, notificationsSent, items, faultsArmed } = admin.state();
      return { sockets, requests, notificationsSent, items, faultsArmed };
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

type ArmedFault = Parameters<Running['admin']['arm']>[0];

function armed(fault: Omit<RequestFault, 'count' | 'path'> & Pick<RequestFault, 'kind'>): ArmedFault {
  const known = fault as RequestFault;
  switch (known.kind) {
    case 'answer':
      return { kind: 'answer', status: known.status, code: known.code, message: known.message, retryAfter: known.retryAfter === undefined ? undefined : String(known.retryAfter) };
    case 'delay':
      return { kind: 'delay', delayMs: milliseconds(known.delay) ?? 0 };
    case 'hang':
    case 'reset':
      return { kind: known.kind };
  }
}

function segmentsOf(path: string): string[] {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..') || segments.length === 0) throw usageError(`"${path}" is not the path of an item in the drive, like /Reports/Q3.xlsx.`);
  return segments;
}

function milliseconds(duration: Duration | undefined): number | undefined {
  return typeof duration === 'string' ? parseDuration(duration) : duration;
}
