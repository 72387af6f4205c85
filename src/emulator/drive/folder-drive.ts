import { mkdir, realpath } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errno.ts';
import type { Personality } from '../options.ts';
import { ChangeLog } from './change-log.ts';
import { watchFolders } from './folder-watch.ts';
import type { FolderWatch } from './folder-watch.ts';
import type { Author, Item } from './item.ts';
import { recognition } from './observation.ts';
import type { Observed } from './observation.ts';
import { reconcile } from './reconcile.ts';
import { restored } from './restored-tree.ts';
import { scan } from './scan.ts';
import { newItem, Tree } from './tree.ts';
import type { TreeFile } from './tree-file.ts';

/** A deletion is believed from a reading during which nothing else happened; after so many readings, anyway. */
const READINGS_MAX = 5;

/**
 * The whole folder is read again this often, or, where that takes long, so that it takes a twentieth of
 * the time: chokidar loses a folder that is deleted and made again at once under the same name.
 */
const REREAD_MS = 2_000;
const REREAD_SHARE = 20;

export interface FolderDriveOptions {
  folder: string;
  personality: Personality;
  author: Author;
  now: () => number;
  lagMs: () => number;
  /** Where the items are kept from run to run. */
  file?: TreeFile | undefined;
  onChanged: (items: readonly Item[]) => void;
  remark: (message: string) => void;
}

/** A real folder as the content of a drive: its items, and the log of what happened to them. */
export class FolderDrive {
  readonly tree: Tree;
  readonly log: ChangeLog;
  /** Whoever is to be named for the changes noticed from now on. */
  author: Author;
  readonly #options: FolderDriveOptions;
  readonly #folder: string;
  readonly #recognition = recognition();
  #watch: FolderWatch | undefined;
  #work: Promise<void> = Promise.resolve();
  #events = 0;
  #isOpen = false;
  /** The version that an item begins with. */
  #firstVersion = 1;
  readonly #closed = new AbortController();
  #rereading: Promise<void> | undefined;

  private constructor(options: FolderDriveOptions, folder: string, root: Observed) {
    this.#options = options;
    this.#folder = folder;
    this.author = options.author;
    this.log = new ChangeLog(options.now, options.lagMs);
    const kept = options.file?.read() ?? 'none';
    if (typeof kept === 'object') this.tree = restored(kept, root);
    else this.tree = new Tree(newItem(itemId(options.personality, root, 'root'), undefined, { ...root, name: 'root' }, options.author), root);
    // Which versions clients have seen is lost: the time is one that they have not.
    if (kept === 'damaged') this.#firstVersion = Math.floor(options.now() / 1000);
    this.log.appendShown([...this.tree.all()].map(({ item }) => item));
  }

  /** Reads the folder (making it where it is absent) and watches it until `close`. */
  static async open(options: FolderDriveOptions): Promise<FolderDrive> {
    await mkdir(options.folder, { recursive: true });
    const folder = await realpath(options.folder);
    const [root] = await scan(folder, [''], () => false);
    if (root === undefined) throw new Error(`The drive's folder cannot be read: ${folder}`);
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

  /** Reads the whole folder now: when it resolves, everything done to the folder before is in the log. */
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

  /** The watcher's word is not all: what it lost is found here, seconds later. */
  async #rereadNowAndThen(): Promise<void> {
    const { signal } = this.#closed;
    let tookMs = 0;
    while (true) {
      const pauseMs = Math.max(REREAD_MS, tookMs * REREAD_SHARE);
      // Rejects when it is cut short by close().
      await sleep(pauseMs, undefined, { ref: false, signal }).catch(() => undefined);
      if (signal.aborted) return;
      const started = performance.now();
      await this.rescan();
      tookMs = performance.now() - started;
    }
  }

  /** Returns whether anything had changed. */
  async #refresh(paths: readonly string[]): Promise<boolean> {
    let changed = false;
    await this.#enqueue(async () => {
      const listings = await scan(this.#folder, paths, (folder) => this.tree.byInode(folder.inode) === undefined);
      const missing = paths.some((path) => !listings.some((listing) => listing.path === path));
      const items = missing ? undefined : reconcile(this.#context(), listings, false);
      if (items === undefined) changed = await this.#readAll();
      else changed = await this.#publish(items);
    });
    return changed;
  }

  async #readAll(): Promise<boolean> {
    for (let reading = 1; ; reading++) {
      const eventsBefore = this.#events;
      const listings = await scan(this.#folder, [''], () => true);
      if (this.#events === eventsBefore || reading >= READINGS_MAX) {
        return this.#publish(reconcile(this.#context(), listings, true) ?? []);
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
      // What was there at the start is no change.
      this.log.appendShown(items);
    }
    return true;
  }

  /** Before anybody can see it: a change that was told and not kept would be told again, or under another id. */
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
      firstVersion: this.#firstVersion,
      newId: (observed, link) => this.#newId(observed, link),
    };
  }

  #newId(observed: Observed, link: string | undefined): string {
    const id = itemId(this.#options.personality, observed, link ?? '');
    return this.tree.byId(id) === undefined ? id : itemId(this.#options.personality, observed, `${link ?? ''} ${this.tree.size}`);
  }

  /** One reading at a time: two at once would each see half of the other's changes. */
  #enqueue(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch((error: unknown) => {
      this.#options.remark(`reading the folder failed: ${messageOf(error)}`);
    });
    return done;
  }
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * An id made from what the file system says of the file's identity, so that the same file has the
 * same id also where nothing was kept of it. Business ids are `01` and 32 characters of base32,
 * personal ones a drive's sixteen hex digits, `!s` and a guid without hyphens.
 */
function itemId(personality: Personality, observed: Observed, salt: string): string {
  const digest = createHash('sha256').update(`${observed.inode} ${observed.birthNs} ${salt}`).digest();
  if (personality === 'personal') return `5A0B9E159B3310AD!s${digest.subarray(0, 16).toString('hex')}`;
  return `01${Array.from(digest, (byte) => BASE32[byte & 31] ?? 'A').join('')}`;
}
