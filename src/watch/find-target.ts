import type { CommandContext } from '../app/context.ts';
import { checkTarget } from '../app/graph-access.ts';
import { patiently } from '../app/patience.ts';
import { usageError } from '../errors.ts';
import type { ChangeEvent } from '../events.ts';
import { findPlace } from '../graph/address/find.ts';
import { parseAddress } from '../graph/address/parse.ts';
import type { GraphGet } from '../graph/http.ts';
import type { WantedTarget } from '../graph/target-words.ts';
import type { Target } from '../graph/targets.ts';

/** OneDrive is a wanted target that is a single drive. */
export type OneDrive = Exclude<WantedTarget, { kind: 'site' }>;

/** TargetFlags are the flags of every command that takes a target. */
export interface TargetFlags {
  /** Opens a sharing link as a browser would. */
  redeem?: boolean;
}

/** FoundTarget is the drive that was wanted, and what below it is meant. */
export interface FoundTarget {
  target: Target;
  /** A folder or a file, `/Reports/Q3.xlsx`; `undefined` for the whole drive. */
  below: string | undefined;
  /** What people call it, where Graph says so: `Documents/Reports`. */
  name: string | undefined;
}

export interface FindTargetOptions {
  get: GraphGet;
  signal: AbortSignal;
  /** Opens a sharing link as a browser would. */
  redeem: boolean;
}

/**
 * `checkAddress` refuses an address that cannot be used, or that belongs to another cloud than the one in use,
 * before anything is sent. Throws a usage error.
 */
export function checkAddress({ settings }: Pick<CommandContext, 'settings'>, text: string): ReturnType<typeof parseAddress> {
  const address = parseAddress(text, { emulator: settings.cloud === 'emulator' });
  if (address.cloud !== undefined && address.cloud !== settings.cloud) {
    throw usageError(`That address belongs to the cloud "${address.cloud}", and "${settings.cloud}" is in use.`, `Add --cloud ${address.cloud}.`);
  }
  return address;
}

/**
 * `checkOneDrive` refuses what does not name one drive, or cannot be watched, before anything is sent: an address of
 * another cloud, an id that cannot be valid, a site with all its libraries. Throws a usage error.
 */
export function checkOneDrive(context: CommandContext, wanted: WantedTarget): OneDrive {
  if (wanted.kind === 'site') {
    throw usageError(`"${wanted.site}" is a site, which can have several document libraries: only watch takes all of them.`, 'Name one: list <site> <list>. The site\'s URL alone means its default library.');
  }
  if (wanted.kind === 'target') checkTarget(context, wanted.target);
  else checkAddress(context, wanted.address);
  return wanted;
}

/**
 * `findDrive` returns the drive that is wanted: a target as it is; for an address it asks Graph. Rejects with a
 * `WatchError` that says what is not there, or may not be read.
 */
export async function findDrive(context: CommandContext, wanted: OneDrive, { get, signal, redeem }: FindTargetOptions): Promise<FoundTarget> {
  if (wanted.kind === 'target') return { target: wanted.target, below: undefined, name: undefined };
  const address = checkAddress(context, wanted.address);
  const { driveId, driveName, path } = await patiently(context, 'look up the address', signal, () => findPlace(address, { get, signal, redeem }), { otherwise: 'final' });
  return {
    target: { kind: 'drive', driveId },
    below: path === '' ? undefined : path,
    name: driveName === undefined && path === '' ? undefined : `${driveName ?? ''}${path}`,
  };
}

/**
 * `isBelow` returns the test for changes to a folder and everything in it, or to a file. What leaves the folder
 * concerns it too. Case and the form of accents do not matter, as in SharePoint.
 */
export function isBelow(path: string): (event: ChangeEvent) => boolean {
  const wanted = plain(path);
  const matches = (candidate: string | undefined): boolean => {
    if (candidate === undefined) return false;
    const found = plain(candidate);
    return found === wanted || found.startsWith(`${wanted}/`);
  };
  return ({ item, previous }) => matches(item.path) || matches(previous?.path);
}

function plain(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
