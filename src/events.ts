/** LifecycleEvent is a stage of the connection's life. `time`, `from` and `to` are milliseconds since the epoch. */
export type LifecycleEvent =
  /** The namespace is acknowledged: from here on nothing is missed. `renewAt`: when the endpoint will be renewed. `via`: without a socket, delta is queried at intervals. */
  | { type: 'ready'; time: number; target: string; renewAt?: number; via?: 'poll' }
  /** The connection is lost or could not be made; the next attempt is in `delayMs`. `hint`: what people can do, shown once. */
  | { type: 'reconnecting'; time: number; target: string; reason: string; delayMs: number; hint?: string | undefined }
  /** A new endpoint took over before the old one expired; nothing was missed. */
  | { type: 'renewed'; time: number; target: string; renewAt?: number }
  /** Notifications may have been missed between `from` and `to`. `catchup`: the changes themselves are still reported. */
  | { type: 'gap'; time: number; target: string; reason: string; from: number; to: number; catchup?: true }
  /** The watch is over; if it `failed`, the error is reported as well. */
  | { type: 'end'; time: number; target: string; reason: string; failed: boolean };

/** NotificationEvent is one entry of a notification's `value`, verbatim; a string if the payload was not JSON. */
export interface NotificationEvent {
  type: 'notification';
  time: number;
  target: string;
  data: unknown;
  /** The compact JSON text of `data`, if known: with numbers and escapes spelled as they arrived. U+2028 and U+2029, which end a line for some readers, are escaped. */
  json?: string;
  /** Roughly how many characters it came in: for queues that are bounded by size. */
  size?: number;
}

/** ChangeKind is what happened to an item; `shared`: who can see it; `unknown` if the service did not say enough. */
export type ChangeKind = 'created' | 'modified' | 'renamed' | 'moved' | 'deleted' | 'shared' | 'unknown';

/** ChangeEvent is one item of a drive that changed, derived from delta and what was known before. An absent field is unknown. */
export interface ChangeEvent {
  type: 'change';
  time: number;
  target: string;
  change: ChangeKind;
  item: {
    id: string;
    name?: string;
    /** From the drive's root: `/Reports/Q3.xlsx`; `/` is the root itself. */
    path?: string;
    /** Bytes. */
    size?: number;
    folder: boolean;
    eTag?: string;
    webUrl?: string;
    /** RFC 3339, as Graph has it. */
    lastModifiedDateTime?: string;
    /** Graph's identitySet, verbatim: `{user:{displayName,email,id},application:{id,…}}`. */
    lastModifiedBy?: Readonly<Record<string, unknown>>;
  };
  /**
   * The item's previous state, as far as it is known. `path` is where the item is once all earlier lines have been
   * applied; absent also if another item took its place in the same round, so that it has to be fetched again.
   */
  previous?: { name?: string; path?: string; size?: number };
  /** What led to it: a notification, the poll interval, catching up on what happened while nothing watched, or an enumeration that showed what delta did not say. */
  via: 'push' | 'poll' | 'catchup' | 'recheck';
  /** From `lastModifiedDateTime` to now, in milliseconds. */
  changedToSeenMs?: number;
}

/**
 * CheckpointEvent follows the events that a cursor covers: once they have been handled, `commit` stores the cursor.
 * Never printed.
 */
export interface CheckpointEvent {
  type: 'checkpoint';
  time: number;
  target: string;
  commit: () => Promise<void>;
}

/** WarningEvent is something that people should know and programs need not: a line on stderr, never a record. */
export interface WarningEvent {
  type: 'warning';
  time: number;
  target: string;
  message: string;
}

/** IndexingEvent says how far the background enumeration of a watch has come: for people, never a record. */
export interface IndexingEvent {
  type: 'indexing';
  time: number;
  target: string;
  /** `done`: every change has its previous state from here on; `incomplete`: the enumeration was given up, and changes of what was not listed may lack it. */
  stage: 'listing' | 'done' | 'incomplete';
  /** How many items are known so far. */
  items: number;
  /** Since it began, in milliseconds. */
  elapsedMs: number;
  /** How many changes were reported so far without the item's previous state. */
  unnamed: number;
  /** Why it was given up: the beginning of a sentence. */
  reason?: string | undefined;
}

/**
 * WatchEvent is anything that can happen while watching. `label`: the target's name in the file of targets. `key`: what tells its target from
 * others of this process that have the same name, such as another folder of the same drive; in no record.
 */
export type WatchEvent = { label?: string; key?: string } & (NotificationEvent | ChangeEvent | CheckpointEvent | LifecycleEvent | IndexingEvent | WarningEvent);

/** `targetKey` returns what distinguishes an event's target from all others of this process. */
export function targetKey({ key, target }: { key?: string | undefined; target: string }): string {
  return key ?? target;
}

/** `sizeOfEvent` returns what an event counts for in a queue: only the length of a notification is decided by others. */
export function sizeOfEvent(event: WatchEvent): number {
  return event.type === 'notification' ? (event.size ?? 0) : 0;
}

/** EventSource is what a stream's events come from. */
export interface EventSource {
  /** Whether its events may go out now: another process may be reporting them. Absent: always. */
  readonly held?: boolean;
  /** Resolves with `true` once they may, with `false` if they never will. */
  untilHeld?(): Promise<boolean>;
}

/** Origin is an event's place among those of its stream: what has been handled up to there need not be reported again. */
export interface Origin {
  stream: EventSource;
  /** The last change of that stream before it. */
  before: WatchEvent | undefined;
}
