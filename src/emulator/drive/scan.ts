import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../errno.ts';
import { observedFrom } from './observation.ts';
import type { Listing, Observed } from './observation.ts';

/** How many lstat calls run at once: enough to keep libuv's four threads busy. */
const CONCURRENT_STATS = 32;

/**
 * Reads the folders at `start` (paths relative to `root`), and below each of them those that
 * `descend` accepts. Parents come before their children. Missing folders are left out.
 */
export async function scan(
  root: string,
  start: Iterable<string>,
  descend: (folder: Observed) => boolean,
): Promise<Listing[]> {
  const listings: Listing[] = [];
  const seen = new Set<string>();
  const waiting = [...start].sort();
  // The array grows while it is walked.
  for (const path of waiting) {
    if (seen.has(path)) continue;
    seen.add(path);
    const listing = await list(root, path);
    if (listing === undefined) continue;
    listings.push(listing);
    for (const entry of listing.entries) {
      if (entry.folder && descend(entry)) waiting.push(path === '' ? entry.name : `${path}/${entry.name}`);
    }
  }
  return listings.sort((a, b) => depth(a.path) - depth(b.path));
}

function depth(path: string): number {
  return path === '' ? 0 : path.split('/').length;
}

async function list(root: string, path: string): Promise<Listing | undefined> {
  const folder = join(root, path);
  const self = await observe(folder, path.slice(path.lastIndexOf('/') + 1));
  if (self?.folder !== true) return undefined;
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
  const entries: Observed[] = [];
  for (let at = 0; at < names.length; at += CONCURRENT_STATS) {
    const batch = names.slice(at, at + CONCURRENT_STATS);
    const observed = await Promise.all(batch.map((name) => observe(join(folder, name), name)));
    for (const entry of observed) if (entry !== undefined) entries.push(entry);
  }
  return { path, self, entries };
}

/** Returns files and folders only: a link could lead out of the drive, and devices and sockets have no counterpart in it. */
async function observe(path: string, name: string): Promise<Observed | undefined> {
  try {
    const stats = await lstat(path, { bigint: true });
    return stats.isFile() || stats.isDirectory() ? observedFrom(name, stats) : undefined;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Returns whether the entry was deleted or replaced between two system calls: it then counts as missing. */
function isGone(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EPERM' || code === 'EACCES' || code === 'EBUSY';
}
