import { readFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { errnoOf, messageOf } from '../errno.ts';
import { setAside, writeWhole } from '../state-file.ts';
import type { Author, Item } from './item.ts';
import type { Observed } from './observation.ts';

/** An item together with its last observation in the file system. */
export interface KeptNode {
  item: Item;
  observed: Observed;
}

export interface KeptTree {
  root: KeptNode;
  /** All others, in no particular order. */
  nodes: readonly KeptNode[];
}

const FORMAT = 2;
/** With more lines than this per item, and some to spare, the file is rewritten. */
const LINES_PER_ITEM = 2;
const LINES_SPARE = 1_000;

/**
 * TreeFile keeps a drive's items in the state folder, so that a later run recognizes them, with the id
 * and version that clients have seen. Without it, a file changed while no emulator was running would
 * get its old eTag again, and a client that compares eTags would miss the change.
 *
 * The first line has the format and the root; each further line has the latest state of an item, or
 * says that it was deleted. A change is appended before any client can see it, so that even a killed
 * emulator has kept everything that it reported.
 *
 * Two emulators that serve one folder append to the same file, and the last line about an item wins;
 * the one that starts or compacts last rewrites it. That is safe, although a version may be counted once
 * or twice.
 */
export class TreeFile {
  readonly #path: string;
  readonly #remark: (message: string) => void;
  #lines = 0;
  #heldUp = false;

  constructor(path: string, remark: (message: string) => void) {
    this.#path = path;
    this.#remark = remark;
  }

  /** Returns the kept tree; `damaged` if there is a file that cannot be used. */
  read(): KeptTree | 'none' | 'damaged' {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return 'none';
      this.#remark(`cannot read the file with the drive's items: ${messageOf(error)}`);
      return 'damaged';
    }
    try {
      return treeIn(text);
    } catch {
      this.#remark(`the file with the drive's items is damaged and was moved to ${this.#path}.damaged`);
      this.#attempt(() => {
        setAside(this.#path);
      });
      return 'damaged';
    }
  }

  write(root: KeptNode, nodes: Iterable<KeptNode>): void {
    const lines = [JSON.stringify({ format: FORMAT, root: plain(root) })];
    for (const node of nodes) if (node.item.parentId !== undefined) lines.push(JSON.stringify(plain(node)));
    this.#lines = lines.length;
    this.#attempt(() => {
      writeWhole(this.#path, `${lines.join('\n')}\n`);
      this.#heldUp = false;
    });
  }

  /** `observedOf` returns the last observation of an item that exists. */
  async append(items: readonly Item[], observedOf: (id: string) => Observed | undefined): Promise<void> {
    const lines = items.map((item) => {
      const observed = observedOf(item.id);
      return JSON.stringify(item.deleted || observed === undefined ? { gone: item.id } : plain({ item, observed }));
    });
    this.#lines += lines.length;
    try {
      await appendFile(this.#path, `${lines.join('\n')}\n`, { mode: 0o600 });
    } catch (error) {
      this.#complain(error);
    }
  }

  /** Whether to rewrite the file: it has grown out of proportion, or an append failed. */
  isOvergrown(items: number): boolean {
    return this.#heldUp || this.#lines > items * LINES_PER_ITEM + LINES_SPARE;
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#complain(error);
    }
  }

  /** Reports failures such as a full disk, which affect only what the next start knows, not this run. */
  #complain(error: unknown): void {
    if (!this.#heldUp) this.#remark(`cannot save the drive's items: ${messageOf(error)}`);
    this.#heldUp = true;
  }
}

/** Parses the file. Throws if the text is not such a file. */
function treeIn(text: string): KeptTree {
  const authors = new Map<string, Author>();
  const nodes = new Map<string, KeptNode>();
  // The emulator was killed while it wrote what follows the last line break: no client has seen it.
  const [first, ...lines] = text.slice(0, text.lastIndexOf('\n') + 1).split('\n').slice(0, -1);
  const head = JSON.parse(first ?? '') as { format: unknown; root: PlainNode };
  if (head.format !== FORMAT) throw new Error('unknown format');
  for (const line of lines) {
    const found = JSON.parse(line) as PlainNode | { gone: string };
    if ('gone' in found) nodes.delete(found.gone);
    else nodes.set(found.id, revived(found, authors));
  }
  return { root: revived(head.root, authors), nodes: [...nodes.values()] };
}

/** A node in JSON: bigints as text, and nothing twice. */
interface PlainNode {
  id: string;
  parentId?: string | undefined;
  name: string;
  folder: boolean;
  size: number;
  createdMs: number;
  modifiedMs: number;
  version: number;
  contentVersion: number;
  createdBy: Author;
  /** Absent: the same as `createdBy`. */
  modifiedBy?: Author | undefined;
  inode: string;
  birthNs: string;
  modifiedNs: string;
  changedNs: string;
}

function plain({ item, observed }: KeptNode): PlainNode {
  const { id, parentId, name, folder, createdMs, modifiedMs, version, contentVersion, createdBy, modifiedBy } = item;
  return {
    id, parentId, name, folder, size: observed.size, createdMs, modifiedMs, version, contentVersion,
    createdBy, modifiedBy: modifiedBy === createdBy ? undefined : modifiedBy,
    inode: observed.inode,
    birthNs: String(observed.birthNs), modifiedNs: String(observed.modifiedNs), changedNs: String(observed.changedNs),
  };
}

/** Shares one object per author, however many items name it. */
function revived(found: PlainNode, authors: Map<string, Author>): KeptNode {
  const { inode, birthNs, modifiedNs, changedNs, createdBy, modifiedBy = createdBy, ...item } = found;
  const { id, parentId, name, folder, size, createdMs, modifiedMs, version, contentVersion } = item;
  const numbers = [size, createdMs, modifiedMs, version, contentVersion];
  if (![id, name, inode].every((text) => typeof text === 'string') || !numbers.every(Number.isFinite)) throw new Error('not an item');
  const shared = (author: Author): Author => {
    const key = JSON.stringify(author);
    const known = authors.get(key) ?? author;
    authors.set(key, known);
    return known;
  };
  return {
    item: {
      // A folder's size and the time below it come from its content, which is attached later.
      id, parentId, name, folder, size: folder ? 0 : size, createdMs, modifiedMs, belowMs: 0, version, contentVersion,
      createdBy: shared(createdBy), modifiedBy: shared(modifiedBy), deleted: false,
    },
    observed: {
      name, folder, size, modifiedMs, createdMs, inode,
      birthNs: BigInt(birthNs), modifiedNs: BigInt(modifiedNs), changedNs: BigInt(changedNs),
    },
  };
}
