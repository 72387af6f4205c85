import type { WatchContext } from '../../app/context.ts';
import { checkTarget } from '../../app/graph-access.ts';
import { patiently, type Patience } from '../../app/patience.ts';
import { usageError, WatchError } from '../../errors.ts';
import type { ChangeEvent } from '../../events.ts';
import type { Address } from '../../graph/address/address.ts';
import { findPlace } from '../../graph/address/find.ts';
import { parseAddress } from '../../graph/address/parse.ts';
import { innermostSite, surelySite } from '../../graph/address/sites.ts';
import { visibleLibraries } from '../../graph/finding/sites.ts';
import type { GraphGet } from '../../graph/http.ts';
import type { WantedTarget } from '../../graph/target-words.ts';
import { sitePath, type Target } from '../../graph/targets.ts';

/** SingleDrive is a wanted target that is a single drive. */
export type SingleDrive = Exclude<WantedTarget, { kind: 'site' }>;

/** TargetFlags are the flags of every command that takes a target. */
export interface TargetFlags {
  /** Opens a sharing link as a browser would. */
  redeem?: boolean;
}

/** FoundTarget is a drive that was wanted, and which part of it is meant. */
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
  /** What failed, for people: `look up the address` unless it is given. */
  what?: string;
  /** Whether to wait out an outage; by default, no. */
  patience?: Patience;
}

/**
 * `checkWanted` refuses what cannot be watched before anything is sent: an address that says nothing, or belongs to
 * another cloud than the one in use; an id that cannot be valid. Throws a usage error.
 */
export function checkWanted(context: WatchContext, wanted: WantedTarget): void {
  if (wanted.kind === 'address') checkAddress(context, wanted.address);
  else if (wanted.kind === 'target') checkTarget(context, wanted.target);
  else sitePath(wanted.site);
  const site = wanted.kind === 'site' ? wanted.site : wanted.kind === 'target' && wanted.target.kind === 'list' ? wanted.target.site : '';
  if (placeOfSite(site)?.cloud !== 'emulator') checkCloud(context, placeOfSite(site));
}

/** `checkSingleDrive` is `checkWanted` for commands that take a single drive. */
export function checkSingleDrive(context: WatchContext, wanted: WantedTarget): SingleDrive {
  checkWanted(context, wanted);
  if (wanted.kind !== 'site') return wanted;
  throw usageError(`"${wanted.site}" is a site, which can have several document libraries: only watch accepts a whole site.`, 'Specify one: list <site> <list>. The site\'s URL alone means its default library.');
}

/** `checkAddress` reads an address of the cloud in use. Throws a usage error for any other text. */
export function checkAddress(context: Pick<WatchContext, 'settings'>, text: string): Address {
  const address = parseAddress(text, { emulator: context.settings.cloud === 'emulator' });
  checkCloud(context, address);
  return address;
}

function checkCloud({ settings }: Pick<WatchContext, 'settings'>, address: Address | undefined): void {
  if (address?.cloud === undefined || address.cloud === settings.cloud) return;
  throw usageError(`That address belongs to the cloud "${address.cloud}", but "${settings.cloud}" is in use.`, `Add --cloud ${address.cloud}.`);
}

/** `needsLookUp` says whether Graph has to be asked which drives are wanted. */
export function needsLookUp(wanted: WantedTarget): boolean {
  return wanted.kind !== 'target' || (wanted.target.kind === 'list' && isDeep(wanted.target.site));
}

/**
 * `findDrive` returns the drive that is wanted: a target as it is; for an address it asks Graph. Rejects with a
 * `WatchError` that says what is not there, or cannot be read.
 */
export async function findDrive(context: WatchContext, wanted: SingleDrive, { get, signal, redeem, what = 'look up the address', patience = { otherwise: 'final' } }: FindTargetOptions): Promise<FoundTarget> {
  if (wanted.kind === 'target') {
    const { target } = wanted;
    if (target.kind !== 'list') return { target, below: undefined, name: undefined };
    const site = await patiently(context, what, signal, () => exactSite(target.site, get, signal), patience);
    return { target: { ...target, site }, below: undefined, name: undefined };
  }
  const address = checkAddress(context, wanted.address);
  const { driveId, driveName, path } = await patiently(context, what, signal, () => findPlace(address, { get, signal, redeem }), patience);
  return {
    target: { kind: 'drive', driveId },
    below: path === '' ? undefined : path,
    name: driveName === undefined && path === '' ? undefined : `${driveName ?? ''}${path}`,
  };
}

/** `findDrives` is `findDrive`, and for a site finds every document library that people see. */
export async function findDrives(context: WatchContext, wanted: WantedTarget, options: FindTargetOptions): Promise<FoundTarget[]> {
  if (wanted.kind !== 'site') return [await findDrive(context, wanted, options)];
  const { get, signal, what = 'list the libraries', patience = { otherwise: 'final' } } = options;
  const found = await patiently(context, what, signal, async () => {
    const site = await exactSite(wanted.site, get, signal);
    const libraries: FoundTarget[] = [];
    for await (const { key, drive: { name } } of visibleLibraries(sitePath(site), undefined, { get, signal })) {
      libraries.push({ target: { kind: 'drive', driveId: key }, below: undefined, name });
    }
    return libraries;
  }, patience);
  if (found.length === 0) throw new WatchError('refused', `${wanted.site} has no document library, or this account cannot see any.`, { code: 'itemNotFound', hint: 'Check who is signed in: graph-watch status.' });
  return found;
}

/** A site's URL can continue into a sub-site or a library, which only Graph can tell apart. Any other spelling is unambiguous. */
async function exactSite(site: string, get: GraphGet, signal: AbortSignal): Promise<string> {
  const place = placeOfSite(site);
  if (place === undefined || !isDeep(site)) return site;
  const segments = await innermostSite(place.host, place.segments, get, signal);
  return segments.length === 0 ? place.host : `${place.host}:/${segments.join('/')}`;
}

function isDeep(site: string): boolean {
  const segments = placeOfSite(site)?.segments ?? [];
  return segments.length > surelySite(segments) && !/^(?:sites|teams|personal)$/i.test(segments.join('/'));
}

/** The path in a site's URL, of whatever host. */
function placeOfSite(site: string): Extract<Address, { kind: 'path' }> | undefined {
  if (!/^\s*https?:\/\//i.test(site) || !URL.canParse(site.trim())) return undefined;
  try {
    const address = parseAddress(site, { emulator: true });
    return address.kind === 'path' ? address : undefined;
  } catch {
    // `sitePath` says what is wrong with it.
    return undefined;
  }
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
