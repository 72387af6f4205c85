/** Where a delta request starts: everything, from now on, from a time on, or where a link left off. */
export type DeltaStart = 'beginning' | 'latest' | { since: number } | { link: string };

/** One page of delta. Exactly one of `next` (more pages) and `cursor` (this was the last) is there. */
export interface DeltaPage {
  /** driveItems as they came. */
  items: readonly unknown[];
  next?: string;
  cursor?: string;
  /** When the service answered, by its own clock, in milliseconds since the epoch. */
  at?: number;
}

/** The cursor is no longer good (410). `location` is where to start over, where the answer has one. */
export interface DeltaGone {
  gone: string;
  location: string | undefined;
}

/** How a drive is asked. Both reject with a `WatchError`. */
export interface DriveSource {
  page(start: DeltaStart, signal: AbortSignal): Promise<DeltaPage | DeltaGone>;
  /** The link that `{ since }` asks for: a cursor to keep until there is one of the service's own. */
  linkSince(since: number): string;
  /** An item as it is now; `undefined` where it is gone or may not be seen. */
  item(id: string, signal: AbortSignal): Promise<unknown>;
}
