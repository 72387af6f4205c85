import type { BigIntStats } from 'node:fs';

/** What the file system says about one entry of a folder. */
export interface Observed {
  name: string;
  folder: boolean;
  size: number;
  modifiedMs: number;
  createdMs: number;
  /** Device and inode: survives a rename, reused after a deletion. */
  inode: string;
  /** Nanoseconds; 0 if the file system does not record it. */
  birthNs: bigint;
  modifiedNs: bigint;
  changedNs: bigint;
}

/** The entries of one folder, at a path relative to the drive's root (`''` is the root itself). */
export interface Listing {
  path: string;
  self: Observed;
  entries: readonly Observed[];
}

const NS_IN_MS = 1_000_000n;

export function observedFrom(name: string, stats: BigIntStats): Observed {
  const modifiedMs = Number(stats.mtimeNs / NS_IN_MS);
  return {
    name,
    folder: stats.isDirectory(),
    size: stats.isDirectory() ? 0 : Number(stats.size),
    modifiedMs,
    createdMs: stats.birthtimeNs > 0n ? Number(stats.birthtimeNs / NS_IN_MS) : modifiedMs,
    inode: `${stats.dev}:${stats.ino}`,
    birthNs: stats.birthtimeNs,
    modifiedNs: stats.mtimeNs,
    changedNs: stats.ctimeNs,
  };
}

/**
 * Recognition decides whether two observations of one inode are of the same file. Inodes are reused,
 * often at once (ext4, tmpfs), so the time of birth decides. If the file system does not record it,
 * libuv fills in the time of change; then unchanged content has to be enough.
 */
export interface Recognition {
  sees(observed: Observed): void;
  isSameFile(before: Observed, now: Observed, inPlace: boolean): boolean;
}

export function recognition(): Recognition {
  // A birth earlier than a change shows that births are real here and not copies of the change time.
  let birthsAreReal = false;
  return {
    sees: (observed) => {
      if (observed.birthNs > 0n && observed.birthNs < observed.changedNs) birthsAreReal = true;
    },
    isSameFile: (before, now, inPlace) => {
      if (before.folder !== now.folder) return false;
      if (before.birthNs > 0n && before.birthNs === now.birthNs) return true;
      if (birthsAreReal) return false;
      return inPlace || (before.size === now.size && before.modifiedNs === now.modifiedNs);
    },
  };
}
