import { mkdir, realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errno.ts';
import type { Personality } from '../options.ts';
import { ChangeLog } from './change-log.ts';
import { watchFolders } from './folder-watch.ts';
import type { FolderWatch } from './folder-watch.ts';
import type { Author, Item } from './item.ts';
import { itemId } from './new-item-id.ts';
import { LocalFiles } from './local-files.ts';
import { recognition } from './observation.ts';
import type { Observed } from './observation.ts';
import { reconcile } from './reconcile.ts';
import { withTimes } from './item-times.ts';
import type { ItemTimes } from './item-times.ts';
import { restored } from './restored-tree.ts';
import { scan } from './scan.ts';
import { newItem, Tree } from './tree.ts';
import type { TreeFile } from './tree-file.ts';

/** A deletion is accepted if nothing else happened during the reading; after this many readings, it is accepted anyway. */
const READINGS_MAX = 5;

/**
 * The interval at which the whole folder is read again; if that takes long, a longer one is used, so that reading
 * takes less than a twentieth of the time. Needed because chokidar loses a folder that is deleted and at once created again
 * under the same name.
 */
const REREAD_MS = 2_000;
const REREAD_SHARE = 20;

export interface FolderDriveOptions {
  folder: string;
  personality: Personality;
  author: Author;
  now: () => number;
  lagMs: () => number;
  /** Where the items are stored between runs. */
  file?: TreeFile | undefined;
  onChanged: (items: readonly Item[]) => void;
  remark: (message: string) => void;
}

/** What `FolderDrive.change` needs to know about the work that was done. */
export interface FolderChange<T> {
  /** The folders whose entries may have changed, as paths relative to the drive's. */
  folders: readonly string[];
  /** Times that the file system does not keep. */
  times?: readonly ItemTimes[];
  /** Called when the tree is up to date. */
  result: () => T;
}

/** FolderDrive serves a local folder as the content of a drive: its items and their change log. */
export class FolderDrive {
  readonly tree: Tree;
  readonly log: ChangeLog;
  readonly files: LocalFiles;
  /** The author of changes noticed from now on. */
  author: Author;
  readonly #options: FolderDriveOptions;
  readonly #folder: string;
  readonly #recognition = recognition();
  #watch: FolderWatch | undefined;
  #work: Promise<void> = Promise.resolve();
  #events = 0;
  #isOpen = false;
  /** The version of a new item. */
  #firstVersion = 1;
  readonly #closed = new AbortController();
  #rereading: Promise<void> | undefined;

  private constructor(options: FolderDriveOptions, folder: string, root: Observed) {
    this.#options = options;
    this.#folder = folder;
    this.files = new LocalFiles(folder);
    this.author = options.author;
    this.log = new ChangeLog(options.now, options.lagMs);
    const kept = options.file?.read() ?? 'none';
    if (typeof kept === 'object') this.tree = restored(kept, root);
    else this.tree = new Tree(newItem(itemId(options.personality, root, 'root'), undefined, { ...root, name: 'root' }, options.author), root);
    // The versions that clients have seen are lost; the current time is one that they have not seen.
    if (kept === 'damaged') this.#firstVersion = Math.floor(options.now() / 1000);
    this.log.appendShown([...this.tree.all()].map(({ item }) => item));
  }

  /** Reads the folder (creating it if missing) and watches it until `close`. */
  static async open(options: FolderDriveOptions): Promise<FolderDrive> {
    await mkdir(options.folder, { recursive: true });
    const folder = await realpath(options.folder);
    const [root] = await scan(folder, [''], () => false);
    if (root === undefined) throw new Error(`Cannot read the drive's folder: ${folder}`);
    const drive = new FolderDrive(options, folder, root.self);
    drive.#watch = await watchFolders(folder, {
      onDirty: (paths) => drive.#refresh(paths),
      onEvent: () => drive.#events++,
      remark: options.remark,
    });
    await drive.rescan();
    drive.#isOpen = true;
    drive.#firstVersion = 1;
    drive.#keepAll();
    drive.#rereading = drive.#rereadNowAndThen();
    return drive;
  }

  /** Reads the whole folder now; resolves once all earlier changes to it are in the log. */
  rescan(): Promise<void> {
    return this.#enqueue(async () => {
      await this.#readAll();
    });
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#watch?.close();
    await this.#rereading;
    await this.#work;
  }

  /** Finds what the watcher missed, seconds later. */
  async #rereadNowAndThen(): Promise<void> {
    const { signal } = this.#closed;
    let tookMs = 0;
    while (true) {
      const pauseMs = Math.max(REREAD_MS, tookMs * REREAD_SHARE);
      // Rejects when close() aborts it.
      await sleep(pauseMs, undefined, { ref: false, signal }).catch(() => undefined);
      if (signal.aborted) return;
      const started = performance.now();
      await this.rescan().catch((error: unknown) => {
        this.#options.remark(`reading the folder failed: ${messageOf(error)}`);
      });
      tookMs = performance.now() - started;
    }
  }

  /**
   * Runs `work` on the folder while nothing reads it, and records the result in the tree and the log
   * under this author. Clients see all of it at once.
   */
  async change<T>(author: Author, work: () => Promise<FolderChange<T>>): Promise<T> {
    return this.#enqueue(async () => {
      const { result, folders, times = [] } = await work();
      const before = this.author;
      this.author = author;
      try {
        const items = (await this.#readFolders(folders)) ?? (await this.#readEverything());
        await this.#publish(withTimes(this.tree, items, times, author));
      } finally {
        this.author = before;
      }
      return result();
    });
  }

  /** Returns the names of the folders directly below the root that an item is in, or was in. */
  topFolders(item: Item): string[] {
    const found = [item.parentId, ...this.log.formerParents(item.id)].map((id) => {
      let below: Item | undefined;
      for (let at = this.#known(id); at?.parentId !== undefined; at = this.#known(at.parentId)) below = at;
      return below?.name;
    });
    return [...new Set(found)].filter((name) => name !== undefined);
  }

  /** Returns an item, or a deleted item's last state. */
  #known(id: string | undefined): Item | undefined {
    return id === undefined ? undefined : (this.tree.byId(id)?.item ?? this.log.shown(id));
  }

  /** Adds a change of an item's sharing to the log. The item stays the same, and no notification is sent. */
  async noteSharing(id: string): Promise<void> {
    await this.#enqueue(() => {
      const node = this.tree.byId(id);
      if (node !== undefined) this.log.appendSharing(node.item);
      return Promise.resolve();
    });
  }

  /** Returns whether anything had changed. */
  async #refresh(paths: readonly string[]): Promise<boolean> {
    return this.#enqueue(async () => {
      const items = await this.#readFolders(paths);
      return items === undefined ? this.#readAll() : this.#publish(items);
    });
  }

  /** Reads only these folders; returns undefined if the whole drive has to be read to understand what happened. */
  async #readFolders(paths: readonly string[]): Promise<Item[] | undefined> {
    const listings = await scan(this.#folder, paths, (folder) => this.tree.byInode(folder.inode) === undefined);
    const missing = paths.some((path) => !listings.some((listing) => listing.path === path));
    return missing ? undefined : reconcile(this.#context(), listings, false);
  }

  async #readAll(): Promise<boolean> {
    return this.#publish(await this.#readEverything());
  }

  async #readEverything(): Promise<Item[]> {
    for (let reading = 1; ; reading++) {
      const eventsBefore = this.#events;
      const listings = await scan(this.#folder, [''], () => true);
      if (this.#events === eventsBefore || reading >= READINGS_MAX) {
        return reconcile(this.#context(), listings, true) ?? [];
      }
    }
  }

  async #publish(items: readonly Item[]): Promise<boolean> {
    if (items.length === 0) return false;
    if (this.#isOpen) {
      await this.#keep(items);
      this.log.append(items);
      this.#options.onChanged(items);
    } else {
      // What exists at the start is not a change.
      this.log.appendShown(items);
    }
    return true;
  }

  /** Saves changes before clients can see them: one that was reported but not saved would be reported again, or under another id. */
  async #keep(items: readonly Item[]): Promise<void> {
    const { file } = this.#options;
    await file?.append(items, (id) => this.tree.byId(id)?.observed);
    if (file?.isOvergrown(this.tree.size) === true) this.#keepAll();
  }

  #keepAll(): void {
    this.#options.file?.write(this.tree.root, this.tree.all());
  }

  #context(): Parameters<typeof reconcile>[0] {
    return {
      tree: this.tree,
      recognition: this.#recognition,
      author: this.author,
      now: this.#options.now,
      firstVersion: this.#firstVersion,
      newId: (observed, link) => this.#newId(observed, link),
    };
  }

  #newId(observed: Observed, link: string | undefined): string {
    const id = itemId(this.#options.personality, observed, link ?? '');
    return this.tree.byId(id) === undefined ? id : itemId(this.#options.personality, observed, `${link ?? ''} ${this.tree.size}`);
  }

  /** Runs one reading at a time: two at once would each see half of the other's changes. */
  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.then(() => undefined, () => undefined);
    return done;
  }
}
