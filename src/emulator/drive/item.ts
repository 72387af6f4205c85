/** The author of a change: `lastModifiedBy` in Graph's terms. */
export interface Author {
  /** Absent for an app-only change. */
  user?: { id: string; displayName: string; email: string } | undefined;
  application: { id: string; displayName: string };
}

/** One state of a drive item. Immutable: a change creates a new one. */
export interface Item {
  readonly id: string;
  /** Absent for the root. */
  readonly parentId: string | undefined;
  readonly name: string;
  readonly folder: boolean;
  /** Bytes; a folder's is the sum of its content. */
  readonly size: number;
  readonly createdMs: number;
  /** When the item itself changed; renaming and moving count. */
  readonly modifiedMs: number;
  /** For a folder, the time of the latest change below it, which does not count as a change of the folder; 0 for files. */
  readonly belowMs: number;
  /** Counts changes of any kind: the eTag. */
  readonly version: number;
  /** Counts changes of content: the cTag. */
  readonly contentVersion: number;
  readonly createdBy: Author;
  readonly modifiedBy: Author;
  readonly deleted: boolean;
}
