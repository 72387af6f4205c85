import { once } from 'node:events';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { watch } from 'chokidar';
import { messageOf } from '../errno.ts';

/** Events that come together (a save is often four of them) are read together. */
const GATHER_MS = 30;
/** A folder is read once more after its last event: watchers drop and merge events under load. */
const SETTLE_MS = 300;

export interface FolderWatch {
  close(): Promise<void>;
}

export interface FolderWatchOptions {
  /** Reads these folders (relative to the root) again; resolves to whether anything had changed. */
  onDirty: (paths: readonly string[]) => Promise<boolean>;
  /** Called for each event as it comes. */
  onEvent: () => void;
  remark: (message: string) => void;
}

/**
 * Watches every folder below `root`, and reports which ones to read again. Only folders are given to
 * the watcher, since a folder's watch also reports its files: a drive of 100,000 files costs a few
 * watches, not 100,000. Only the place of an event is used, not its kind: a rename comes as two
 * events in any order.
 */
export async function watchFolders(root: string, options: FolderWatchOptions): Promise<FolderWatch> {
  const gathered = new Set<string>();
  const settling = new Set<string>();
  let gatherTimer: NodeJS.Timeout | undefined;
  let settleTimer: NodeJS.Timeout | undefined;
  let closed = false;

  const read = async (paths: readonly string[], settle: boolean): Promise<void> => {
    try {
      const changed = await options.onDirty(paths);
      if (closed || !(settle || changed)) return;
      for (const path of paths) settling.add(path);
      settleTimer ??= setTimeout(() => {
        settleTimer = undefined;
        const settled = [...settling];
        settling.clear();
        void read(settled, false);
      }, SETTLE_MS);
    } catch (error) {
      options.remark(`reading the folder failed: ${messageOf(error)}`);
    }
  };
  const mark = (path: string): void => {
    const below = relative(root, path);
    if (closed || below.startsWith('..') || isAbsolute(below)) return;
    options.onEvent();
    gathered.add(below.split(sep).join('/'));
    gatherTimer ??= setTimeout(() => {
      gatherTimer = undefined;
      const paths = [...gathered];
      gathered.clear();
      void read(paths, true);
    }, GATHER_MS);
  };

  const watcher = watch(root, {
    ignoreInitial: true,
    followSymlinks: false,
    ignorePermissionErrors: true,
    atomic: false,
    ignored: (_path, stats) => stats !== undefined && !stats.isDirectory(),
  });
  watcher.on('raw', (_event, _name, details: unknown) => {
    const folder = watchedPath(details);
    if (folder !== undefined) mark(resolve(folder));
  });
  watcher.on('addDir', (path) => {
    // The folder itself is read too: files may have been added before it was watched.
    mark(path);
    if (path !== root) mark(dirname(path));
  });
  watcher.on('unlinkDir', (path) => {
    if (path !== root) mark(dirname(path));
  });
  watcher.on('error', (error) => {
    options.remark(`watching the folder failed: ${messageOf(error)}`);
  });
  await once(watcher, 'ready');

  return {
    close: async () => {
      closed = true;
      clearTimeout(gatherTimer);
      clearTimeout(settleTimer);
      await watcher.close();
    },
  };
}

/** Returns the watched folder, which chokidar puts into the details of its `raw` event. */
function watchedPath(details: unknown): string | undefined {
  if (typeof details !== 'object' || details === null || !('watchedPath' in details)) return undefined;
  return typeof details.watchedPath === 'string' ? details.watchedPath : undefined;
}
