/** A stage of the connection's life. `time`, `from` and `to` are milliseconds since the epoch. */
export type LifecycleEvent =
  /** The namespace is acknowledged: from here on nothing is missed. `renewAt`: when the endpoint will be renewed. */
  | { type: 'ready'; time: number; target: string; renewAt?: number }
  /** The connection is lost or could not be made; the next try is in `delayMs`. `hint`: what people can do, said once. */
  | { type: 'reconnecting'; time: number; target: string; reason: string; delayMs: number; hint?: string | undefined }
  /** A new endpoint took over before the old one expired; nothing was missed. */
  | { type: 'renewed'; time: number; target: string; renewAt?: number }
  /** Notifications may have been missed between `from` and `to`. `catchup`: what changed meanwhile is told all the same. */
  | { type: 'gap'; time: number; target: string; reason: string; from: number; to: number; catchup?: true }
  /** The watch is over; where it `failed`, the error is reported besides. */
  | { type: 'end'; time: number; target: string; reason: string; failed: boolean };

/** One entry of a notification's `value`, verbatim; a string where the payload was no JSON. */
export interface NotificationEvent {
  type: 'notification';
  time: number;
  target: string;
  data: unknown;
  /** The compact JSON text that `data` came as, where it is known: numbers and escapes as they were spelled. */
  json?: string;
  /** In how many characters it came, about: for whoever bounds what waits. */
  size?: number;
}

/** What happened to an item; `unknown` where the service did not say enough to tell. */
export type ChangeKind = 'created' | 'modified' | 'renamed' | 'moved' | 'deleted' | 'unknown';

/** One item of a drive that changed, as delta and what is known from before tell it. Absent: not known. */
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
   * What the item was before, as far as it is known. `path`: where it is once all lines before this one have been
   * repeated; absent also where another item took its place in the same round, so that it has to be fetched anew.
   */
  previous?: { name?: string; path?: string; size?: number };
  /** What led to it: a notification, the poll interval, or what happened while nobody watched. */
  via: 'push' | 'poll' | 'catchup';
  /** From `lastModifiedDateTime` to now, in milliseconds. */
  changedToSeenMs?: number;
}

/**
 * Stands behind the events that a cursor covers: once they have been taken, `commit` stores the cursor.
 * Never printed.
 */
export interface CheckpointEvent {
  type: 'checkpoint';
  time: number;
  target: string;
  commit: () => Promise<void>;
}

/** Something people should know and programs need not: a line on stderr, never a record. */
export interface WarningEvent {
  type: 'warning';
  time: number;
  target: string;
  message: string;
}

/** All that can happen while watching. `label`: the name that a file of targets gives this one. */
export type WatchEvent = { label?: string } & (NotificationEvent | ChangeEvent | CheckpointEvent | LifecycleEvent | WarningEvent);

/** `sizeOfEvent` is what an event weighs in a queue: only a notification is as long as somebody else likes. */
export function sizeOfEvent(event: WatchEvent): number {
  return event.type === 'notification' ? (event.size ?? 0) : 0;
}
