import type { EventSource, WatchEvent } from '../events.ts';
import type { Taker } from '../lib/bounded-queue.ts';

/** TargetStream is the events of one target: its notifications, or what changed. */
export interface TargetStream extends EventSource {
  /** To be read once. */
  events: AsyncGenerator<WatchEvent, void, undefined>;
  /** If the stream can do that: while its reader waits for the next event, each is offered to this function first, in the turn that brings it. */
  passTo?(taker: Taker<WatchEvent>): void;
  /** Records that stdout has accepted everything up to and including this event. */
  settle(last: WatchEvent): Promise<void>;
  close(): Promise<void>;
  /** Aborted once its events will never be `held` again, if that can happen. */
  readonly onLost?: AbortSignal | undefined;
  /** Says how far it has come, where changes are watched. */
  status?: (() => TargetStatus) | undefined;
}

/** TargetStatus is how far a target has come. */
export interface TargetStatus {
  /** Distinguishes it from other targets of this process. */
  key: string;
  /** All that happened up to the latest connect is among its events. */
  caughtUp: boolean;
  /** How many items its index has. */
  items: number;
}
