import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { aborted } from '../lib/abort.ts';
import type { Emulator } from '../emulator/start.ts';
import { codeOf, toError, WatchError } from '../errors.ts';
import type { CommandContext } from '../app/context.ts';
import { announceEmulator, EMULATOR_PORT, EMULATOR_PUSH_PORT, emulatorFolder } from '../app/emulator-file.ts';
import { refusedBySystem } from '../lib/system-errors.ts';

/** The flags of `graph-watch emulator`; durations in milliseconds. */
export interface EmulatorFlags {
  port?: number;
  pushPort?: number;
  lifetime?: number;
  tokenLifetime?: number;
  pingInterval?: number;
  pingTimeout?: number;
  notifyDelay?: number;
  deltaLag?: number;
  personality?: 'personal' | 'business';
  /** The path of a directory file. */
  directory?: string;
  drives?: number;
  ownContent?: boolean;
  pageSize?: number;
  alsoAnswer?: readonly string[];
  proxyPort?: number;
  /** Resource units per minute. */
  throttle?: number;
  longPolling?: boolean;
  autoApprove?: boolean;
  admin?: boolean;
}

const CHECK = 'Check the folder, --port, --push-port, and GRAPH_WATCH_CONFIG_DIR, where its certificates are kept.';

/**
 * `runEmulator` serves `folder` with the emulator, and records where it is for `--cloud emulator`. Ends only when
 * interrupted, and then rejects with the signal's reason; with a usage error for a folder or a port that it may not
 * use, with a `network` error for a port that is already in use.
 */
export async function runEmulator(context: CommandContext, folder: string, flags: EmulatorFlags): Promise<never> {
  const { people, settings, signal } = context;
  const emulator = await refusedBySystem('The emulator cannot start', CHECK, () => start(context, folder, flags));
  let takeBack: (() => void) | undefined;
  try {
    const targets = await refusedBySystem('The emulator cannot record its address', CHECK, async () => {
      takeBack = announce(context, emulator);
      return (flags.drives ?? 0) === 0 ? undefined : listDrives(settings.configFolder, emulator);
    });
    for (const line of welcome(resolve(folder), emulator, { admin: flags.admin ?? false, targets, personal: flags.personality === 'personal' })) people.say(line);
    await aborted(signal);
    throw toError(signal.reason);
  } finally {
    takeBack?.();
    await emulator.close();
  }
}

async function start({ settings, people }: CommandContext, folder: string, flags: EmulatorFlags): Promise<Emulator> {
  if (flags.ownContent === true && (flags.drives ?? 0) === 0) throw new WatchError('usage', '--own-content needs --drives <n>: the drives that it is for.');
  if (flags.proxyPort !== undefined && flags.alsoAnswer === undefined) {
    throw new WatchError('usage', '--proxy-port needs the hosts to route to the emulator: --also-answer graph.microsoft.com,login.microsoftonline.com.');
  }
  const { startEmulator, DirectoryFileError } = await import('../emulator/start.ts');
  try {
    return await startEmulator({
      folder,
      stateFolder: emulatorFolder(settings.configFolder),
      port: flags.port,
      pushPort: flags.pushPort,
      lifetimeMs: flags.lifetime,
      tokenLifetimeMs: flags.tokenLifetime,
      pingIntervalMs: flags.pingInterval,
      pingTimeoutMs: flags.pingTimeout,
      notifyDelayMs: flags.notifyDelay,
      deltaLagMs: flags.deltaLag,
      personality: flags.personality,
      directoryFile: flags.directory,
      drives: flags.drives,
      ownContent: flags.ownContent,
      pageSize: flags.pageSize,
      alsoAnswer: flags.alsoAnswer,
      proxyPort: flags.proxyPort,
      unitsPerMinute: flags.throttle,
      polling: flags.longPolling,
      autoApprove: flags.autoApprove,
      admin: flags.admin,
      log: (line) => {
        people.say(line);
      },
    });
  } catch (error) {
    if (error instanceof DirectoryFileError) throw new WatchError('usage', error.message, { cause: error });
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    throw portTaken(error as NodeJS.ErrnoException & { port?: number }, flags);
  }
}

/** Finds out which port Node's error means. Push host, Graph and proxy listen in this order: of two ports that are the same, the later one is in use. */
function portTaken(error: NodeJS.ErrnoException & { port?: number }, { port = EMULATOR_PORT, pushPort = EMULATOR_PUSH_PORT, proxyPort }: EmulatorFlags): WatchError {
  const [flag, what] = error.port === proxyPort ? ['--proxy-port', 'proxy'] : error.port === pushPort && port !== pushPort ? ['--push-port', 'push'] : ['--port', 'Graph and sign-in'];
  return new WatchError('network', `The emulator's port ${error.port ?? port} (${what}) is already in use.`, {
    code: 'EADDRINUSE', cause: error, hint: `Another emulator may be running. Stop it, or choose another port with ${flag} (0: any).`,
  });
}

/** Writes the additional drives to a file for `watch many`; returns its path. */
async function listDrives(configFolder: string, { extraDrives }: Emulator): Promise<string> {
  const path = join(emulatorFolder(configFolder), 'targets.txt');
  await writeFile(path, extraDrives.map((id, index) => `drive ${id} as drive-${index + 1}\n`).join(''), { mode: 0o600 });
  return path;
}

/** Returns a function that undoes it, which never fails. */
function announce({ settings, surroundings, people }: CommandContext, { graphUrl, authority, caFile }: Emulator): () => void {
  const place = { graphUrl, login: authority.replace(/\/[^/]*$/, ''), caFile };
  const takeBack = announceEmulator(settings.configFolder, place, surroundings.clock.now());
  return () => {
    try {
      takeBack();
    } catch (error) {
      people.say(`Couldn't record shutdown: ${toError(error).message}`);
    }
  };
}

function welcome(folder: string, emulator: Emulator, { admin, targets, personal }: { admin: boolean; targets: string | undefined; personal: boolean }): string[] {
  return [
    'A local emulator of Microsoft Graph for development and tests. It listens on',
    'loopback only; anyone on this machine can use it.',
    '',
    `  drive     ${folder}`,
    `  drive id  ${emulator.drive.id}`,
    ...(emulator.group === undefined ? [] : [`  group     ${emulator.group.id}`]),
    `  list      ${hostOf(emulator.site)}:${emulator.site.path} ${emulator.list.name}`,
    // A personal account cannot look up sites.
    ...(personal ? [] : [`  address   ${emulator.list.webUrl}`]),
    `  Graph     ${emulator.graphUrl}/v1.0`,
    `  sign-in   ${emulator.authority}`,
    `  push      ${emulator.pushUrl}`,
    `  CA        ${emulator.caFile}`,
    ...(emulator.proxyUrl === undefined ? [] : [`  proxy     ${emulator.proxyUrl}`]),
    ...(targets === undefined ? [] : [`  targets   ${targets} (all additional drives, for watch many)`]),
    ...(admin ? [`  admin     ${emulator.graphUrl}/admin`] : []),
    '',
    'In another terminal:',
    '',
    '  graph-watch --cloud emulator login',
    '  graph-watch --cloud emulator watch me --changes',
    '',
    ...(personal ? [] : ['(to watch an address, add --scope Files.Read.All Sites.Read.All to login)', '']),
    'Then change a file in the drive. Ctrl-C stops the emulator.',
    '',
  ];
}

function hostOf({ webUrl }: Emulator['site']): string {
  return new URL(webUrl).host;
}
