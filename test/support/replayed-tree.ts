import type { ChangeEvent } from '../../src/events.ts';

interface Node {
  id: string;
  name: string;
  parentId: string;
}

/** A tree that is updated only from printed changes: what a reader of the output ends up with. */
export class ReplayedTree {
  readonly #nodes = new Map<string, Node>();

  /** Starts with this tree, in which parents come before their children. */
  constructor(start: Iterable<[id: string, path: string]>) {
    for (const [id, path] of start) this.#place(id, path);
  }

  apply({ change, item }: ChangeEvent): void {
    if (change === 'deleted') this.#remove(item.id);
    else if (item.path !== undefined) this.#place(item.id, item.path);
  }

  paths(): Map<string, string> {
    return new Map([...this.#nodes.keys()].map((id) => [id, this.#path(id)]));
  }

  #place(id: string, path: string): void {
    const end = path.lastIndexOf('/');
    const parentId = end === 0 ? 'root' : this.#at(path.slice(0, end));
    // The latest report comes last.
    this.#nodes.delete(id);
    this.#nodes.set(id, { id, name: path.slice(end + 1), parentId });
  }

  /** If two items share a path for a moment, the one that was reported last is meant. */
  #at(path: string): string {
    const found = [...this.#nodes.keys()].reverse().find((id) => this.#path(id) === path);
    if (found === undefined) throw new Error(`nothing was reported at ${path}`);
    return found;
  }

  #remove(id: string): void {
    this.#nodes.delete(id);
    for (const node of [...this.#nodes.values()]) if (node.parentId === id) this.#remove(node.id);
  }

  #path(id: string): string {
    const node = this.#nodes.get(id);
    return node === undefined ? '' : `${this.#path(node.parentId)}/${node.name}`;
  }
}
