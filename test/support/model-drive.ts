import type { DeltaGone, DeltaPage, DeltaStart, DriveSource } from '../../src/delta.ts';
import { WatchError } from '../../src/errors.ts';

export interface ModelItem {
  id: string;
  parentId: string | undefined;
  name: string;
  folder: boolean;
  size: number;
  version: number;
  created: number;
  modified: number;
}

interface LogEntry {
  sequence: number;
  at: number;
  item: ModelItem;
  deleted: boolean;
}

/** Behavior that differs between services and versions. */
export interface ModelQuirks {
  /** The time from a change to its delta entry, in milliseconds. */
  lagMs: number;
  pageSize: number;
  repeats: boolean;
  withoutPath: boolean;
  /** Look-ups show the present, which may be ahead of delta. Real ones do. */
  lookUpsAhead: boolean;
  encodedPath: boolean;
  /** The unchanged parent folders of a change are included. */
  ancestors: boolean;
  /** The root is included with every change, but no other folder: what was seen with deltaExcludeParent. */
  rootAlone: boolean;
  /** Children come before their folder. */
  childFirst: boolean;
  /** The children of a deleted folder are listed as deleted, too. */
  deletesChildren: boolean;
  /** The field that is missing in a deletion. */
  deletedLacks: 'name' | 'size';
  /** An enumeration is a snapshot of its start; changes during it are on none of its pages. */
  snapshot: boolean;
  /** An enumeration shows the present, which may be ahead of delta. */
  listedAhead: boolean;
}

export const PLAIN: ModelQuirks = {
  lagMs: 0, pageSize: 100, repeats: false, withoutPath: false, lookUpsAhead: true, encodedPath: true, ancestors: false, rootAlone: false, childFirst: false, deletesChildren: true, deletedLacks: 'name', snapshot: false, listedAhead: false,
};

/** Where the Location header of a 410 leads. */
export type Location = 'none' | 'good' | 'broken';

/** A drive in memory with a delta API: an independent opinion on what the changes should be. */
export class ModelDrive implements DriveSource {
  readonly items = new Map<string, ModelItem>();
  readonly #log: LogEntry[] = [];
  readonly #now: () => number;
  readonly quirks: ModelQuirks;
  readonly #removed: ModelItem[] = [];
  #next = 1;
  /** The failures of the next requests. */
  readonly failures: WatchError[] = [];
  /** The 410 answers to the next requests with a link. */
  readonly gone: { code: string; location: Location }[] = [];
  /** Every request. */
  readonly asked: (DeltaStart | { item: string })[] = [];

  constructor(now: () => number, quirks: Partial<ModelQuirks> = {}) {
    this.#now = now;
    this.quirks = { ...PLAIN, ...quirks };
    this.#put({ id: 'root', parentId: undefined, name: 'root', folder: true, size: 0, version: 1, created: now() - 1e9, modified: now() - 1e9 });
  }

  /** Adds an old item. */
  seed(name: string, parentId: string, folder: boolean): string {
    const id = `i${this.#next++}`;
    const past = this.#now() - 1e8;
    this.#put({ id, parentId, name, folder, size: folder ? 0 : 10, version: 1, created: past, modified: past }, past);
    return id;
  }

  create(name: string, parentId: string, folder: boolean): string | undefined {
    if (!this.#isFolder(parentId) || this.#taken(parentId, name)) return undefined;
    const id = `i${this.#next++}`;
    this.#put({ id, parentId, name, folder, size: folder ? 0 : 1, version: 1, created: this.#now(), modified: this.#now() });
    return id;
  }

  edit(id: string): void {
    const item = this.items.get(id);
    if (item !== undefined && !item.folder) this.#change(item, { size: item.size + 1 });
  }

  /** Delta delivers the item once more, although nothing has changed. */
  repeat(id: string): void {
    const item = this.items.get(id);
    if (item !== undefined) this.#record(item, false);
  }

  /** Renames, moves, or both. */
  move(id: string, parentId: string, name: string): void {
    const item = this.items.get(id);
    if (item?.parentId === undefined || !this.#isFolder(parentId) || this.#taken(parentId, name, id) || this.#within(parentId, id)) return;
    this.#change(item, { parentId, name });
  }

  remove(id: string): void {
    const item = this.items.get(id);
    if (item?.parentId === undefined) return;
    const doomed = [item, ...this.#below(id)];
    for (const each of doomed) {
      this.items.delete(each.id);
      if (each === item || this.quirks.deletesChildren) this.#record({ ...each, version: each.version + 1 }, true);
    }
    if (!item.folder) this.#removed.push(item);
  }

  /** Brings a removed file back from the recycle bin into the root, with its id. */
  restore(): void {
    const item = this.#removed.pop();
    if (item !== undefined && !this.#taken('root', item.name)) this.#put({ ...item, parentId: 'root', version: item.version + 2 });
  }

  path(id: string): string {
    const item = this.items.get(id);
    return item?.parentId === undefined ? '' : `${this.path(item.parentId)}/${item.name}`;
  }

  /** The whole tree, as id → path. */
  paths(): Map<string, string> {
    return new Map([...this.items.keys()].filter((id) => id !== 'root').map((id) => [id, this.path(id)]));
  }

  page(start: DeltaStart): Promise<DeltaPage | DeltaGone> {
    this.asked.push(start);
    const failure = this.failures.shift();
    if (failure !== undefined) return Promise.reject(failure);
    return Promise.resolve(this.#answer(start));
  }

  linkSince(since: number): string {
    return `https://graph.example/delta?since=${since}`;
  }

  item(id: string): Promise<unknown> {
    this.asked.push({ item: id });
    if (this.quirks.lookUpsAhead) {
      const item = this.items.get(id);
      return Promise.resolve(item === undefined ? undefined : this.#json(item, false));
    }
    const latest = this.#shown();
    const entry = latest.get(id);
    return Promise.resolve(entry?.deleted === false ? this.#json(entry.item, false, (above) => latest.get(above)?.item) : undefined);
  }

  #answer(start: DeltaStart): DeltaPage | DeltaGone {
    if (start === 'latest') return { items: [], cursor: this.#link(this.#head(), 0), at: this.#now() };
    if (start === 'beginning') return this.#pageFrom(0, this.#head());
    if ('since' in start) return this.#pageFrom(this.#sequenceAt(start.since), 0);
    const since = /^https:\/\/graph\.example\/delta\?since=(\d+)$/.exec(start.link)?.[1];
    if (since !== undefined) return this.#pageFrom(this.#sequenceAt(Number(since)), 0);
    const match = /^https:\/\/graph\.example\/delta\?token=(\d+)\.(\d+)$/.exec(start.link);
    if (match === null) {
      if (start.link.endsWith('broken')) throw new WatchError('network', 'Graph returned 500', { status: 500 });
      return this.#pageFrom(0, this.#head());
    }
    const gone = this.gone.shift();
    if (gone !== undefined) return { gone: gone.code, location: gone.location === 'none' ? undefined : `https://graph.example/over?${gone.location}` };
    return this.#pageFrom(Number(match[1]), Number(match[2]));
  }

  /** `enumeratedFrom`: deletions up to this sequence number were never visible to the client that enumerates. */
  #pageFrom(sequence: number, enumeratedFrom: number): DeltaPage {
    const enumerated = sequence === 0 || enumeratedFrom > 0;
    const lagMs = enumerated && this.quirks.listedAhead ? 0 : this.quirks.lagMs;
    const latest = this.#shown(lagMs, enumerated && this.quirks.snapshot && enumeratedFrom > 0 ? enumeratedFrom : Infinity);
    const state = (id: string): ModelItem | undefined => latest.get(id)?.item;
    const lives = (id: string | undefined): boolean => id === undefined || (latest.get(id)?.deleted === false && lives(state(id)?.parentId));
    const visible = [...latest.values()].filter((entry) => entry.sequence > sequence && !(entry.deleted && entry.sequence <= enumeratedFrom)
      && (!enumerated || entry.deleted || lives(entry.item.id)));
    const shown = visible.slice(0, this.quirks.pageSize);
    const raws = shown.map(({ item, deleted }) => this.#json(item, deleted, state));
    if (this.quirks.childFirst) raws.reverse();
    const items = this.quirks.repeats ? [...raws, ...raws.slice(-1)] : raws;
    if (this.quirks.ancestors && sequence > 0) items.unshift(...this.#ancestors(shown, (id) => (latest.get(id)?.deleted === false ? state(id) : undefined)).map((item) => this.#json(item, false, state)));
    const root = latest.get('root');
    if (this.quirks.rootAlone && sequence > 0 && raws.length > 0 && root !== undefined) items.unshift(this.#json(root.item, false, state));
    const last = shown.at(-1);
    if (visible.length > shown.length && last !== undefined) return { items, next: this.#link(last.sequence, enumeratedFrom), at: this.#now() };
    return { items, cursor: this.#link(enumerated && this.quirks.snapshot && enumeratedFrom > 0 ? enumeratedFrom : this.#head(lagMs), 0), at: this.#now() };
  }

  /** The latest entry of each item that delta shows by now, in order. */
  #shown(lagMs = this.quirks.lagMs, upTo = Infinity): Map<string, LogEntry> {
    const latest = new Map<string, LogEntry>();
    for (const entry of this.#log) {
      if (entry.at > this.#now() - lagMs || entry.sequence > upTo) break;
      latest.delete(entry.item.id);
      latest.set(entry.item.id, entry);
    }
    return latest;
  }

  #ancestors(entries: readonly LogEntry[], state: (id: string) => ModelItem | undefined): ModelItem[] {
    const included = new Set(entries.map(({ item }) => item.id));
    const found = new Map<string, ModelItem>();
    for (const { item } of entries) {
      for (let above = state(item.parentId ?? ''); above !== undefined; above = state(above.parentId ?? '')) {
        if (!included.has(above.id)) found.set(above.id, above);
      }
    }
    return [...found.values()].reverse();
  }

  #json(item: ModelItem, deleted: boolean, state = (id: string) => this.items.get(id)): Record<string, unknown> {
    const { id, parentId, name, folder, size, version, created, modified } = item;
    const facets = { ...(folder ? { folder: {} } : { file: {} }), ...(parentId === undefined ? { root: {} } : {}) };
    if (deleted) return { id, ...(this.quirks.deletedLacks === 'name' ? { size } : { name }), parentReference: { id: parentId }, ...facets, deleted: {} };
    const names: string[] = [];
    for (let above = state(parentId ?? ''); above?.parentId !== undefined; above = state(above.parentId)) names.unshift(above.name);
    const path = `/drives/d/root:${names.map((each) => `/${this.quirks.encodedPath ? encodeURIComponent(each) : each}`).join('')}`;
    return {
      id, name, size, eTag: `"${id},${version}"`, createdDateTime: new Date(created).toISOString(), lastModifiedDateTime: new Date(modified).toISOString(),
      parentReference: parentId === undefined ? {} : { id: parentId, ...(this.quirks.withoutPath ? {} : { path }) },
      ...facets,
    };
  }

  #put(item: ModelItem, at = this.#now()): void {
    this.items.set(item.id, item);
    this.#record(item, false, at);
  }

  #change(item: ModelItem, change: Partial<ModelItem>): void {
    this.#put({ ...item, ...change, version: item.version + 1, modified: this.#now() });
  }

  /** What was there at the start is not delayed by the lag. */
  #record(item: ModelItem, deleted: boolean, at = this.#now()): void {
    this.#log.push({ sequence: this.#log.length + 1, at: this.#log.length === 0 ? at - 1e9 : at, item, deleted });
  }

  #head(lagMs = this.quirks.lagMs): number {
    return this.#log.findLast(({ at }) => at <= this.#now() - lagMs)?.sequence ?? 0;
  }

  #sequenceAt(time: number): number {
    return this.#log.findLast(({ at }) => at < time)?.sequence ?? 0;
  }

  #link(sequence: number, enumeratedFrom: number): string {
    return `https://graph.example/delta?token=${sequence}.${enumeratedFrom}`;
  }

  #isFolder(id: string): boolean {
    return this.items.get(id)?.folder === true;
  }

  /** Names that differ only by case are the same. */
  #taken(parentId: string, name: string, by?: string): boolean {
    return [...this.items.values()].some((item) => item.id !== by && item.parentId === parentId && item.name.toLowerCase() === name.toLowerCase());
  }

  #within(id: string, folder: string): boolean {
    for (let at: string | undefined = id; at !== undefined; at = this.items.get(at)?.parentId) if (at === folder) return true;
    return false;
  }

  #below(id: string): ModelItem[] {
    const children = [...this.items.values()].filter(({ parentId }) => parentId === id);
    return children.flatMap((child) => [child, ...this.#below(child.id)]);
  }
}
