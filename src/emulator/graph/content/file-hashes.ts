import { createHash } from 'node:crypto';
import type { LocalFiles } from '../../drive/local-files.ts';
import type { Observed } from '../../drive/observation.ts';
import { pathOf } from '../../drive/tree.ts';
import type { Node } from '../../drive/tree.ts';
import type { Personality } from '../../options.ts';
import { QuickXorHash } from './quick-xor-hash.ts';

/** `file.hashes` of a driveItem. SHA-1 and SHA-256 come on personal drives only. */
export interface Hashes {
  quickXorHash: string;
  sha1Hash?: string;
  sha256Hash?: string;
}

/** How many files are read at once. */
const CONCURRENT_FILES = 8;

/** FileHashes reads each file once for its hashes, and again when it has changed. */
export class FileHashes {
  readonly #files: LocalFiles;
  readonly #personality: Personality;
  readonly #known = new WeakMap<Node, { observed: Observed; hashes: Promise<Hashes | undefined> }>();
  readonly #waiting: (() => void)[] = [];
  #reading = 0;

  constructor(files: LocalFiles, personality: Personality) {
    this.#files = files;
    this.#personality = personality;
  }

  /** Resolves with undefined if the file was deleted or changed meanwhile: the real service also leaves hashes out at times. */
  of(node: Node): Promise<Hashes | undefined> {
    const { observed } = node;
    const known = this.#known.get(node);
    if (known !== undefined && isSameContent(known.observed, observed)) return known.hashes;
    const hashes = this.#inTurn(() => this.#read(pathOf(node), observed));
    this.#known.set(node, { observed, hashes });
    return hashes;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#reading >= CONCURRENT_FILES) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#reading++;
    try {
      return await work();
    } finally {
      this.#reading--;
      this.#waiting.shift()?.();
    }
  }

  async #read(path: string, { size, modifiedNs }: Observed): Promise<Hashes | undefined> {
    const file = await this.#files.openForReading(path).catch(() => undefined);
    if (file === undefined) return undefined;
    try {
      const quickXor = new QuickXorHash();
      const sums = this.#personality === 'personal' ? [createHash('sha1'), createHash('sha256')] : [];
      for await (const piece of file.createReadStream({ autoClose: false })) {
        quickXor.update(piece as Buffer);
        for (const sum of sums) sum.update(piece as Buffer);
      }
      const after = await file.stat({ bigint: true });
      if (after.size !== BigInt(size) || after.mtimeNs !== modifiedNs) return undefined;
      const [sha1Hash, sha256Hash] = sums.map((sum) => sum.digest('hex').toUpperCase());
      return { quickXorHash: quickXor.digest(), ...(sha1Hash === undefined || sha256Hash === undefined ? {} : { sha1Hash, sha256Hash }) };
    } catch {
      return undefined;
    } finally {
      await file.close();
    }
  }
}

function isSameContent(one: Observed, other: Observed): boolean {
  return one.inode === other.inode && one.size === other.size && one.modifiedNs === other.modifiedNs;
}
