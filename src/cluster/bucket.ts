/** Entry is the newest revision of a key. */
export interface Entry {
  key: string;
  /** `undefined` if the key was deleted. */
  value: Uint8Array | undefined;
  /** Grows with each write to the bucket, whatever its key. */
  revision: number;
  /** When it was written, by the server's clock, in milliseconds since the epoch. Compare it only with another entry's. */
  at: number;
}

/**
 * Bucket is what the members of a cluster share: values by key, each write conditional on the previous revision.
 *
 * Keys are words of letters, digits, `-`, `_`, `/` and `=`, separated by dots. A write rejects with `Conflict` if it was not
 * made, and with any other error if that is unknown: the answer may be lost, and the caller has to check.
 */
export interface Bucket {
  /** The newest revision; `undefined` if there is none, or the key was deleted. Never an outdated one. */
  get(key: string): Promise<Entry | undefined>;
  /** Writes a key that does not exist, or was deleted. Resolves with its revision. */
  create(key: string, value: Uint8Array): Promise<number>;
  /** Writes if this is still its revision. Resolves with the new one. */
  update(key: string, value: Uint8Array, revision: number): Promise<number>;
  /** Deletes if this is still its revision. */
  delete(key: string, revision: number): Promise<void>;
  /** Removes every trace of keys that were deleted. */
  forget(keys: readonly string[]): Promise<void>;
  /** Calls `onEntry` with each entry below a prefix (`member` for `member.a`), in no particular order; deleted keys are left out. */
  each(prefix: string, onEntry: (entry: Entry) => void): Promise<void>;
  /**
   * Calls `onEntry` with the newest revision of each key that matches (`*`: any one word; `>`: any words), deleted ones included, then resolves;
   * from then on it calls with each new revision, across lost connections too. Revisions that were soon superseded may be
   * left out. `signal` ends it.
   */
  watch(filter: string, signal: AbortSignal, onEntry: (entry: Entry) => void): Promise<void>;
}

/** Conflict says that a conditional write was not made: the key has a newer revision. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}
