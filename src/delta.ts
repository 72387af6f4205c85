/** DeltaStart is where a delta request starts: everything, from now on, from a time on (milliseconds since the epoch), or where a link left off. */
export type DeltaStart = 'beginning' | 'latest' | { since: number } | { link: string };

/** The code of a failure that smaller pages may avoid: the service took too long for one, or it was too long to be read. */
export const PAGE_TOO_LARGE = 'pageTooLarge';

/** DeltaPage is one page of delta. It has either `next` (there are more pages) or `cursor` (this was the last). */
export interface DeltaPage {
  /** driveItems as they came. */
  items: readonly unknown[];
  next?: string;
  cursor?: string;
  /** When the service answered, by its own clock, in milliseconds since the epoch; absent if it did not say. */
  at?: number;
}

/** DeltaGone is a 410: the cursor is no longer valid. `location` is where to start over, if the answer names a place. */
export interface DeltaGone {
  gone: string;
  location: string | undefined;
}

/** DriveDelta queries one drive. Each call rejects with a `WatchError`. */
export interface DriveDelta {
  /** Requests one page. `onNext` is called with the link to the next one if that is known before the items are read. */
  page(start: DeltaStart, signal: AbortSignal, onNext?: (link: string) => void): Promise<DeltaPage | DeltaGone>;
  /** Returns the link that `{ since }` requests: a cursor to keep until the service has given one. */
  linkSince(since: number): string;
  /** Fetches an item as it is now, with its parent; `undefined` if it does not exist or cannot be read. */
  item(id: string, signal: AbortSignal): Promise<unknown>;
  /** Fetches the drive's id, which says whose cursor a cursor is. */
  driveId(signal: AbortSignal): Promise<string>;
  /** Fetches whether it is a personal drive: Graph reports sharing changes on the others only. */
  isPersonal(signal: AbortSignal): Promise<boolean>;
}

/** DriveSource is what following a drive needs of it. */
export type DriveSource = Omit<DriveDelta, 'driveId' | 'isPersonal'>;
