/** A stage of the connection's life. `time`, `from` and `to` are milliseconds since the epoch. */
export type LifecycleEvent =
  /** The namespace is acknowledged: from here on nothing is missed. */
  | { type: 'ready'; time: number; target: string }
  /** The connection is lost or could not be made; the next try is in `delayMs`. */
  | { type: 'reconnecting'; time: number; target: string; reason: string; delayMs: number }
  /** A new endpoint took over before the old one expired; nothing was missed. */
  | { type: 'renewed'; time: number; target: string; reason?: string }
  /** Notifications may have been missed between `from` and `to`. */
  | { type: 'gap'; time: number; target: string; reason: string; from: number; to: number }
  /** The watch is over; where it `failed`, the error is reported besides. */
  | { type: 'end'; time: number; target: string; reason: string; failed: boolean };

/** One entry of a notification's `value`, verbatim; a string where the payload was no JSON. */
export interface NotificationEvent {
  type: 'notification';
  time: number;
  target: string;
  data: unknown;
}

/** Something people should know and programs need not: a line on stderr, never a record. */
export interface WarningEvent {
  type: 'warning';
  time: number;
  target: string;
  message: string;
}

/** All that can happen while watching. */
export type WatchEvent = NotificationEvent | LifecycleEvent | WarningEvent;
