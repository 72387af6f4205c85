import { readFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { errnoOf, messageOf } from '../errno.ts';
import { setAside, writeWhole } from '../state-file.ts';
import type { Author, Item } from './item.ts';
import type { Observed } from './observation.ts';

/** An item together with what the file system last said of it. */
export interface KeptNode {
  item: Item;
  observed: Observed;
}

export interface KeptTree {
  root: KeptNode;
  /** All others, in no particular order. */
  nodes: readonly KeptNode[];
}

const FORMAT = 1;
/** So many lines for each item, and a few more, are too many: the file is written anew. */
const LINES_PER_ITEM = 2;
const LINES_SPARE = 1_000;

/**
 * A drive's items in the state folder, so that a later run knows them again: by the id and with the
 * version that clients have seen. Without it a file that was changed while no emulator ran would have
 * its old eTag again, and who compares eTags would never hear of the change.
 *
 * The first line says what it is and has the root; each further one is the latest state of an item,
 * or says that it was deleted. A change is appended before any client can see it, so that also an
 * emulator that is killed has kept all that it told.
 *
 * Two emulators over one folder append to one file what both see, and the last line about an item
 * wins; which of them starts or tidies up last writes it anew. Nothing crashes on that, but a version
 * may be counted twice or once.
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

  /** `damaged`: there was one, but it is of no use any more. */
  read(): KeptTree | 'none' | 'damaged' {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return 'none';
      this.#remark(`the drive's items cannot be read: ${messageOf(error)}`);
      return 'damaged';
    }
    try {
      return treeIn(text);
    } catch {
      this.#remark(`the drive's kept items are damaged and were set aside: ${this.#path}.damaged`);
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

  /** `observedOf` tells what the file system says of an item; asked of those that are there. */
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

  /** Whether it is time to write it anew: it has grown out of proportion, or lacks what could not be appended. */
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

  /** A disk that is full costs what the next start knows, not this run. */
  #complain(error: unknown): void {
    if (!this.#heldUp) this.#remark(`the drive's items cannot be kept: ${messageOf(error)}`);
    this.#heldUp = true;
  }
}

/** Throws where the text is no such file. */
function treeIn(text: string): KeptTree {
  const authors = new Map<string, Author>();
  const nodes = new Map<string, KeptNode>();
  // What follows the last line break was being written when the emulator was killed: nobody has seen it.
  const [first, ...lines] = text.slice(0, text.lastIndexOf('\n') + 1).split('\n').slice(0, -1);
  const head = JSON.parse(first ?? '') as { format: unknown; root: PlainNode };
  if (head.format !== FORMAT) throw new Error('another format');
  for (const line of lines) {
    const found = JSON.parse(line) as PlainNode | { gone: string };
    if ('gone' in found) nodes.delete(found.gone);
    else nodes.set(found.id, revived(found, authors));
  }
  return { root: revived(head.root, authors), nodes: [...nodes.values()] };
}

/** A node as JSON has it: what is a bigint as text, and nothing twice. */
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
  /** Absent: whoever created it. */
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

/** An author is one object, however many items name it. */
function revived(found: PlainNode, authors: Map<string, Author>): KeptNode {
  const { inode, birthNs, modifiedNs, changedNs, createdBy, modifiedBy = createdBy, ...item } = found;
  const { id, parentId, name, folder, size, createdMs, modifiedMs, version, contentVersion } = item;
  const numbers = [size, createdMs, modifiedMs, version, contentVersion];
  if (![id, name, inode].every((text) => typeof text === 'string') || !numbers.every(Number.isFinite)) throw new Error('no item');
  const shared = (author: Author): Author => {
    const key = JSON.stringify(author);
    const known = authors.get(key) ?? author;
    authors.set(key, known);
    return known;
  };
  return {
    item: {
      // A folder's size is the sum of what is in it, which is put into it only now.
      id, parentId, name, folder, size: folder ? 0 : size, createdMs, modifiedMs, version, contentVersion,
      createdBy: shared(createdBy), modifiedBy: shared(modifiedBy), deleted: false,
    },
    observed: {
      name, folder, size, modifiedMs, createdMs, inode,
      birthNs: BigInt(birthNs), modifiedNs: BigInt(modifiedNs), changedNs: BigInt(changedNs),
    },
  };
}
