import type { ChangeEvent } from '../../src/events.ts';

interface MirrorFile {
  id: string;
  /** By lower-case name; `undefined` for a file. */
  inside: Map<string, MirrorFile> | undefined;
  name: string;
}

/** Paths with the ids of their items, and the ids that are folders. */
export interface Listing {
  paths: ReadonlyMap<string, string>;
  folders: ReadonlySet<string>;
}

/**
 * MirrorByPath replays changes as a reader does who knows no ids: by their paths. It throws if a change
 * cannot be replayed because the item, or the folder that it moves to, is not where the change says. An item
 * that is already at the new path is replaced.
 */
export class MirrorByPath {
  readonly #root: MirrorFile = { id: 'root', inside: new Map(), name: '' };

  constructor(start: Listing) {
    for (const path of [...start.paths.keys()].sort((a, b) => a.split('/').length - b.split('/').length)) this.#fetch(path, start);
  }

  /** `now`: where to fetch an item if a change does not say what to move. */
  apply({ change, item: { path, folder }, previous }: ChangeEvent, now: Listing): void {
    if (change === 'deleted') {
      if (path !== undefined) this.#take(path);
    } else if (path === undefined) {
      throw new Error('a line without a path');
    } else if ((change === 'renamed' || change === 'moved') && previous?.path !== undefined) {
      this.#place(path, this.#take(previous.path));
    } else if (change === 'created') {
      if (folder) this.#place(path, { id: now.paths.get(path) ?? '', inside: new Map(), name: '' });
      else this.#fetch(path, now);
    } else if (change !== 'modified' || previous?.path !== path) {
      this.#fetch(path, now);
      for (const below of [...now.paths.keys()].filter((other) => other.startsWith(`${path}/`)).sort((a, b) => a.split('/').length - b.split('/').length)) this.#fetch(below, now);
    } else if (this.#at(path) === undefined) {
      throw new Error(`nothing to modify at ${path}`);
    }
  }

  paths(): Map<string, string> {
    const found = new Map<string, string>();
    const walk = ({ inside }: MirrorFile, above: string): void => {
      for (const file of inside?.values() ?? []) {
        found.set(`${above}/${file.name}`, file.id);
        walk(file, `${above}/${file.name}`);
      }
    };
    walk(this.#root, '');
    return found;
  }

  #fetch(path: string, from: Listing): void {
    const id = from.paths.get(path);
    if (id === undefined) throw new Error(`nothing to fetch at ${path}`);
    this.#place(path, { id, inside: from.folders.has(id) ? new Map() : undefined, name: '' });
  }

  #place(path: string, file: MirrorFile): void {
    const end = path.lastIndexOf('/');
    const folder = this.#at(path.slice(0, end));
    const name = path.slice(end + 1);
    if (folder?.inside === undefined) throw new Error(`no folder for ${path}`);
    folder.inside.set(name.toLowerCase(), { ...file, name });
  }

  #take(path: string): MirrorFile {
    const file = this.#at(path);
    const folder = this.#at(path.slice(0, path.lastIndexOf('/')));
    if (file === undefined || folder?.inside?.delete(file.name.toLowerCase()) !== true) throw new Error(`nothing at ${path}`);
    return file;
  }

  #at(path: string): MirrorFile | undefined {
    let file: MirrorFile | undefined = this.#root;
    for (const name of path.split('/').slice(1)) file = file?.inside?.get(name.toLowerCase());
    return file;
  }
}
