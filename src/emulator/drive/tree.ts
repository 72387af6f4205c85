import type { Author, Item } from './item.ts';
import type { Observed } from './observation.ts';

/** A node of the drive's tree. It exists as long as its item does; `item` is the current state. */
export interface Node {
  item: Item;
  observed: Observed;
  parent: Node | undefined;
  /** By name; empty for files. */
  children: Map<string, Node>;
}

/**
 * Tree is the current state of the drive: nodes by id, by inode and by path. Structural changes go
 * through `attach` and `detach`, which keep the sizes and times of folders correct.
 */
export class Tree {
  readonly root: Node;
  readonly #byId = new Map<string, Node>();
  readonly #byInode = new Map<string, Node>();

  constructor(root: Item, observed: Observed) {
    this.root = { item: root, observed, parent: undefined, children: new Map() };
    this.#byId.set(root.id, this.root);
    this.#byInode.set(observed.inode, this.root);
  }

  get size(): number {
    return this.#byId.size;
  }

  byId(id: string): Node | undefined {
    return this.#byId.get(id);
  }

  byInode(inode: string): Node | undefined {
    return this.#byInode.get(inode);
  }

  /** Finds a node by the names from a folder down; regardless of case if there is no exact match, as Graph does. */
  byNames(names: readonly string[], from: Node = this.root): Node | undefined {
    let node: Node | undefined = from;
    for (const name of names) node = node === undefined ? undefined : childOf(node, name);
    return node;
  }

  /** Finds a node by its path in the file system, with exact names. */
  byPath(path: string): Node | undefined {
    let node: Node | undefined = this.root;
    for (const name of path === '' ? [] : path.split('/')) node = node?.children.get(name);
    return node;
  }

  /** Every node, parents before children. */
  *all(from: Node = this.root): Generator<Node> {
    const waiting = [from];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      yield node;
      for (const child of node.children.values()) waiting.push(child);
    }
  }

  add(node: Node): void {
    this.#byId.set(node.item.id, node);
    const owner = this.#byInode.get(node.observed.inode);
    // The first of several hard links owns the inode; the others are recognized by their place. An
    // owner that is another file is about to be forgotten: its inode was reused.
    if (owner === undefined || !isHardLink(owner, node)) this.#byInode.set(node.observed.inode, node);
  }

  /** Records a new observation of a node, which may have moved to another inode. */
  observe(node: Node, observed: Observed): void {
    if (node.observed.inode !== observed.inode) {
      if (this.#byInode.get(node.observed.inode) === node) this.#byInode.delete(node.observed.inode);
      if (!this.#byInode.has(observed.inode)) this.#byInode.set(observed.inode, node);
    }
    node.observed = observed;
  }

  forget(node: Node): void {
    this.#byId.delete(node.item.id);
    if (this.#byInode.get(node.observed.inode) === node) this.#byInode.delete(node.observed.inode);
  }

  attach(node: Node, parent: Node, name: string): void {
    node.parent = parent;
    parent.children.set(name, node);
    this.#bubble(parent, node.item.size, Math.max(node.item.modifiedMs, node.item.belowMs));
  }

  detach(node: Node): void {
    const { parent } = node;
    if (parent === undefined) return;
    if (parent.children.get(node.item.name) === node) parent.children.delete(node.item.name);
    this.#bubble(parent, -node.item.size, 0);
    node.parent = undefined;
  }

  resize(node: Node, size: number): void {
    this.#bubble(node.parent, size - node.item.size, 0);
  }

  /** Records that something in a folder changed at this time. */
  touch(folder: Node | undefined, ms: number): void {
    this.#bubble(folder, 0, ms);
  }

  /** What happens below a folder is not a change of the folder: its state is replaced in place, with the same version. */
  #bubble(from: Node | undefined, bytes: number, ms: number): void {
    for (let node = from; node !== undefined; node = node.parent) {
      if (bytes === 0 && ms <= node.item.belowMs) return;
      node.item = { ...node.item, size: node.item.size + bytes, belowMs: Math.max(node.item.belowMs, ms) };
    }
  }
}

/** Returns the path relative to the drive's folder; '' for the root. */
export function pathOf({ item, parent }: Node): string {
  if (parent === undefined) return '';
  const above = pathOf(parent);
  return above === '' ? item.name : `${above}/${item.name}`;
}

/** Finds a child by name; regardless of case if there is no exact match. */
export function childOf({ children }: Node, name: string): Node | undefined {
  const exact = children.get(name);
  if (exact !== undefined) return exact;
  const lower = name.toLowerCase();
  for (const [other, child] of children) if (other.toLowerCase() === lower) return child;
  return undefined;
}

/** Of two nodes with one inode: folders have no hard links, and links of one file have one birth. */
function isHardLink(one: Node, other: Node): boolean {
  return !one.item.folder && !other.item.folder && one.observed.birthNs === other.observed.birthNs;
}

export function newItem(id: string, parentId: string | undefined, observed: Observed, author: Author, version = 1): Item {
  return {
    id,
    parentId,
    name: observed.name,
    folder: observed.folder,
    size: observed.size,
    createdMs: observed.createdMs,
    modifiedMs: observed.modifiedMs,
    belowMs: 0,
    version,
    contentVersion: version,
    createdBy: author,
    modifiedBy: author,
    deleted: false,
  };
}
