import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { WatchError } from '../../errors.ts';
import { parseJson } from '../../lib/json.ts';
import { writeWhole } from '../../lib/write-whole.ts';
import type { Redactor } from '../../lib/redactor.ts';
import type { Clock } from '../../surroundings.ts';
import type { SignInRecord } from '../accounts.ts';
import { keyring, type KeyVault } from './key-vault.ts';
import { seal, unseal } from './encryption.ts';
import { emptyCache, isStoreContent, secretsIn, type MsalCache, type StoreContent } from './content.ts';
import { deleteKey, ensureFolder, findKey, keyFile, makeKey, type StoreKey } from './key.ts';
import { withLock, type LockOptions } from './store-lock.ts';
import { asAuthError, tryWriting } from './storage-access.ts';

export interface TokenStoreOptions {
  configFolder: string;
  clock: Clock;
  redactor: Redactor;
  /** One line for people: where the key went, that a store was set aside. */
  warn: (line: string) => void;
  vault?: KeyVault | undefined;
}

/** LockedStore is what may be done while the lock is held. */
export interface LockedStore {
  content: StoreContent;
  /** Replaces what is stored; `false` if the lock was lost meanwhile and nothing was written. */
  write(content: { cache: MsalCache; signIns: SignInRecord[] }): Promise<boolean>;
  /** Removes every stored token from the disk: the store, what was set aside, temporary files; and the key. */
  erase(): Promise<void>;
}

/** The code of the error for a key in an unreachable keyring. */
export const KEY_UNREACHABLE = 'keyUnreachable';

const STORE_NAME = 'sign-ins';

/**
 * TokenStore keeps the sign-ins: MSAL's cache and our records, encrypted, in one file that is replaced as a whole.
 *
 * Changes are made in `exclusively`, on the content at that moment.
 */
export class TokenStore {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #redactor: Redactor;
  readonly #warn: (line: string) => void;
  readonly #vault: KeyVault;

  constructor({ configFolder, clock, redactor, warn, vault }: TokenStoreOptions) {
    // Absolute, because the keyring's entry is named after it.
    this.#folder = resolve(configFolder);
    this.#clock = clock;
    this.#redactor = redactor;
    this.#warn = warn;
    this.#vault = vault ?? keyring(this.#folder);
  }

  get #path(): string {
    return join(this.#folder, STORE_NAME);
  }

  /** Returns who is signed in, and where the key is kept. Does not use the network, nor wait for other processes. */
  async list(): Promise<{ signIns: readonly SignInRecord[]; storage: StoreKey['storage'] | undefined }> {
    const opened = await this.#open();
    if (opened.state === 'broken') return this.exclusively(({ content }) => Promise.resolve({ signIns: content.signIns, storage: undefined }));
    if (opened.state === 'empty') return { signIns: [], storage: undefined };
    return { signIns: opened.content.signIns, storage: opened.key.storage };
  }

  /** Returns what is stored, `undefined` if nothing readable is. Does not wait for other processes. */
  async read(): Promise<StoreContent | undefined> {
    const opened = await this.#open();
    return opened.state === 'open' ? opened.content : undefined;
  }

  /**
   * Runs `work` on the current content while no other process changes it.
   *
   * A store that cannot be read is set aside first, with a line that says so. Rejects with an `auth`
   * error if its key is in a keyring that cannot be reached, unless `replace` is set: then that
   * store is set aside, too. Rejects with a `network` error if another process has used it for two minutes,
   * unless `patient` is set: for what cannot be repeated.
   */
  async exclusively<T>(
    work: (store: LockedStore) => Promise<T>,
    { replace = false, patient = false, signal }: { replace?: boolean; patient?: boolean; signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    await this.#writing(() => ensureFolder(this.#folder));
    return withLock(this.#folder, this.#locking(signal, patient), async (stillHeld) => {
      const opened = await this.#openOrSetAside(replace);
      return work({
        content: opened.content,
        write: async (content) => {
          if (!stillHeld()) return false;
          await this.#write(content, opened.key);
          return true;
        },
        erase: () => this.#eraseAll(),
      });
    });
  }

  /**
   * Checks whether a sign-in can be stored: creates the folder, writes a file of the size of a store, removes both
   * again, reads what is stored. Rejects with the `auth` error that storing would end with, so that nobody approves a sign-in in vain.
   */
  async checkWritable(): Promise<void> {
    await this.#writing(() => tryWriting(this.#folder, STORE_NAME));
    try {
      await this.#open();
    } catch (error) {
      // Storing a sign-in sets such a store aside.
      if (!(error instanceof WatchError) || error.code !== KEY_UNREACHABLE) throw error;
    }
  }

  /** Whether there is anything to read: without it nothing needs to be created, locked or loaded. */
  exists(): boolean {
    return existsSync(this.#path);
  }

  /** As `LockedStore.erase`, for a store that need not be readable. */
  async erase(signal?: AbortSignal): Promise<void> {
    if (!existsSync(this.#folder)) return;
    await withLock(this.#folder, this.#locking(signal), () => this.#eraseAll());
  }

  /** Removes what was set aside and left behind: it may contain tokens. */
  async eraseLeftovers(signal?: AbortSignal): Promise<void> {
    if (!existsSync(this.#folder)) return;
    await withLock(this.#folder, this.#locking(signal), () => this.#removing(() => this.#removeFiles((name) => name !== STORE_NAME)));
  }

  async #eraseAll(): Promise<void> {
    await this.#removing(async () => {
      await this.#removeFiles(() => true);
      await deleteKey(this.#folder, this.#vault);
    });
  }

  async #removeFiles(which: (name: string) => boolean): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const ours = name === STORE_NAME || name.startsWith(`${STORE_NAME}.`) || name.startsWith(`${STORE_NAME}-key.`);
      if (ours && name !== `${STORE_NAME}.lock` && which(name)) await rm(join(this.#folder, name), { force: true });
    }
  }

  async #open(): Promise<Opened> {
    if (!this.exists()) return { state: 'empty' };
    const key = await this.#reading(() => findKey(this.#folder, this.#vault));
    if (key === 'unreachable') {
      throw new WatchError('auth', 'The key of the stored sign-in is in a keyring that cannot be reached from here.', {
        code: KEY_UNREACHABLE,
        hint: 'Unlock the keyring, or run graph-watch login to sign in again without it.',
      });
    }
    if (key === 'missing') return { state: 'broken', reason: 'its key is missing' };
    return this.#reading(async () => {
      const text = unseal(await readFile(this.#path), key.key);
      const content = text === undefined ? undefined : parseJson(text);
      if (!isStoreContent(content)) return { state: 'broken', reason: 'it is damaged' };
      for (const secret of secretsIn(content.cache)) this.#redactor.add(secret);
      return { state: 'open', key, content };
    });
  }

  /** Only under the lock: another process may be replacing key and store at this moment. */
  async #openOrSetAside(replace: boolean): Promise<{ content: StoreContent; key: StoreKey | undefined }> {
    let opened: Opened;
    try {
      opened = await this.#open();
    } catch (error) {
      if (!replace || !(error instanceof WatchError) || error.code !== KEY_UNREACHABLE) throw error;
      opened = { state: 'broken', reason: 'its keyring cannot be reached' };
    }
    if (opened.state === 'open') return opened;
    if (opened.state === 'broken') {
      const aside = `${this.#path}.corrupt-${new Date(this.#clock.now()).toISOString().replace(/[:.]/g, '-')}`;
      await this.#writing(() => rename(this.#path, aside));
      this.#warn(`The stored sign-in was set aside as ${aside}: ${opened.reason}.`);
    }
    return { content: { version: 1, cache: emptyCache(), signIns: [] }, key: undefined };
  }

  async #write(content: { cache: MsalCache; signIns: SignInRecord[] }, known: StoreKey | undefined): Promise<void> {
    await this.#writing(async () => {
      const key = known ?? (await this.#newKey());
      for (const secret of secretsIn(content.cache)) this.#redactor.add(secret);
      await writeWhole(this.#path, seal(JSON.stringify({ version: 1, ...content }), key.key), { durable: true });
    });
  }

  async #newKey(): Promise<StoreKey> {
    // The store may have been deleted without its key: a key file, once created, stays in use.
    const found = await findKey(this.#folder, this.#vault);
    if (typeof found === 'object') return found;
    const made = await makeKey(this.#folder, this.#vault);
    if (made.storage === 'file') {
      this.#warn(`No system keyring found; your sign-in's encryption key is stored in ${keyFile(this.#folder)} (readable only by you).`);
    }
    return made;
  }

  #locking(signal: AbortSignal | undefined, patient = false): LockOptions {
    return { patient, clock: this.#clock, signal, onWaiting: () => { this.#warn('Waiting for another graph-watch to finish with the stored sign-in.'); } };
  }

  #reading<T>(work: () => T | Promise<T>): Promise<T> {
    return asAuthError(work, 'The stored sign-in cannot be read', `Check who owns the files in ${this.#folder}: a login with sudo makes root their owner.`);
  }

  #writing<T>(work: () => Promise<T>): Promise<T> {
    return asAuthError(work, `The sign-in cannot be stored in ${this.#folder}`, 'Make the folder writable, or set GRAPH_WATCH_CONFIG_DIR to another one.');
  }

  #removing<T>(work: () => Promise<T>): Promise<T> {
    return asAuthError(work, 'The stored sign-in cannot be removed', `Delete the files whose names begin with ${STORE_NAME} in ${this.#folder}.`);
  }
}

type Opened =
  | { state: 'open'; key: StoreKey; content: StoreContent }
  | { state: 'empty' }
  | { state: 'broken'; reason: string };
