/** EventBase is what every event has. */
export interface EventBase {
  /** When graph-watch saw it: RFC 3339 in UTC with milliseconds, `2026-05-11T21:52:27.520Z`. */
  time: string;
  /** The target as records name it: `me`, `drive:<id>`, `drive-list:<id>`, `group:<id>`, `user:<user>` or `list:<site>/<list>`. An address is a `drive:<id>` once it has been looked up. */
  target: string;
}

/** NotificationEvent says that something changed in the drive. Graph does not say what; for that, use `changes`. */
export interface NotificationEvent extends EventBase {
  /** The kind of event. */
  type: 'notification';
  /** One entry of the notification's `value`, verbatim; the raw string if the payload isn't JSON. */
  data: unknown;
}

/** ChangeKind is what happened to an item. A rename combined with a move is `moved`; `shared` means that who can see the item changed; `unknown` means that Graph does not say enough. */
export type ChangeKind = 'created' | 'modified' | 'renamed' | 'moved' | 'deleted' | 'shared' | 'unknown';

/** ChangedItem is a file or a folder as it is after the change. An absent field is unknown. */
export interface ChangedItem {
  /** The driveItem's id in Graph. */
  id: string;
  /** Its name, without the path. */
  name?: string;
  /** Its path from the drive's root, `/Reports/Q3.xlsx`; `/` is the root itself. */
  path?: string;
  /** Its size in bytes. */
  size?: number;
  /** Whether it is a folder. */
  folder: boolean;
  /** Graph's eTag of the item. */
  eTag?: string;
  /** The address that opens it in a browser. */
  webUrl?: string;
  /** When it was last modified, verbatim from Graph. */
  lastModifiedDateTime?: string;
  /** Who modified it last: Graph's identitySet, verbatim, as in `{ user: { displayName, email, id } }`. */
  lastModifiedBy?: Readonly<Record<string, unknown>>;
}

/** PreviousState is what the item was before the change, as far as that is known. */
export interface PreviousState {
  /** Its name, without the path. */
  name?: string;
  /** Its path, where the item is once all earlier events have been applied; absent also if another item took its place at the same time. */
  path?: string;
  /** Its size in bytes. */
  size?: number;
}

/** ChangeEvent is one item of the drive that changed. */
export interface ChangeEvent extends EventBase {
  /** The kind of event. */
  type: 'change';
  /** What happened to the item. */
  change: ChangeKind;
  /** The item after the change. */
  item: ChangedItem;
  /** The item before the change, if that is known. */
  previous?: PreviousState;
  /** What led to it: `push`, a notification; `poll`, a query at an interval; `catchup`, it happened while nothing was watching; `recheck`, delta never reported it and `recheck` found it. */
  via: 'push' | 'poll' | 'catchup' | 'recheck';
  /** Milliseconds from `lastModifiedDateTime` until graph-watch saw it. */
  changedToSeenMs?: number;
}

/** ReadyEvent comes after every successful connect: from here on nothing is missed. */
export interface ReadyEvent extends EventBase {
  /** The kind of event. */
  type: 'ready';
  /** `poll` if there is no socket, and delta is queried at intervals. */
  via?: 'poll';
}

/** ReconnectingEvent says that the connection was lost, or could not be made. */
export interface ReconnectingEvent extends EventBase {
  /** The kind of event. */
  type: 'reconnecting';
  /** Why, for people: the wording may change. */
  reason: string;
  /** Milliseconds until the next attempt. */
  delayMs: number;
}

/** RenewedEvent says that a new endpoint took over before the old one expired; nothing was missed. */
export interface RenewedEvent extends EventBase {
  /** The kind of event. */
  type: 'renewed';
}

/** GapEvent says that notifications may have been missed between `from` and `to`; with `changes`, changes too, unless there is `catchup`. */
export interface GapEvent extends EventBase {
  /** The kind of event. */
  type: 'gap';
  /** Why, for people: the wording may change. */
  reason: string;
  /** When it began, RFC 3339. */
  from: string;
  /** When it ended, RFC 3339. */
  to: string;
  /** Present if the changes themselves are still reported. */
  catchup?: true;
}

/** LifecycleEvent is a stage of the connection's life; with the option `lifecycle` these events are in the stream too. */
export type LifecycleEvent = ReadyEvent | ReconnectingEvent | RenewedEvent | GapEvent;
